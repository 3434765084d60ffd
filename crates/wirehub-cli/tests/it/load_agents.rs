//! `wirehub load` with agents, each a process of its own.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, ChildStdout, Stdio},
    thread,
};

use serde_json::Value;

use crate::program::{SECRET, Serving, directory, run, wirehub};

const SHARED: &str = "a secret that agents share, 0123456789";
const SET: [(&str, &str); 2] = [
    ("WIREHUB_AUTH__HMAC_SECRET", SECRET),
    ("WIREHUB_LOAD_SECRET", SHARED),
];

/// An agent, for as long as the test takes.
struct Agent {
    process: Child,
    address: String,
    log: BufReader<ChildStdout>,
}

impl Agent {
    fn start(more: &[&str]) -> Self {
        // It knows the agents' secret, and not the hub's.
        let mut command = wirehub(&["load", "agent", "--listen", "127.0.0.1:0"], &SET[1..]);
        let command = command.args(more).stdout(Stdio::piped());
        let mut process = command.stderr(Stdio::null()).spawn().unwrap();
        let mut log = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        log.read_line(&mut line).unwrap();
        let address = line.trim().rsplit(' ').next().unwrap().to_owned();
        Self {
            process,
            address,
            log,
        }
    }

    /// What it says until somebody closes its mouth.
    fn says(&mut self, text: &str) {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            assert_ne!(self.log.read_line(&mut line).unwrap(), 0, "without {text}");
        }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn report(folder: &Path) -> Value {
    let text = fs::read_to_string(folder.join("found.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The arguments of a fan-out by agents, and where the report goes.
fn fanout(folder: &Path, hub: &Serving, agents: &[&Agent], lasts: &str) -> Vec<String> {
    let addresses: Vec<&str> = agents.iter().map(|agent| agent.address.as_str()).collect();
    let (url, agents) = (format!("ws://{}/ws", hub.public), addresses.join(","));
    let json = folder.join("found.json").display().to_string();
    let arguments = [
        "load", "fanout", &url, "--for", lasts, "--agents", &agents, "--json", &json,
    ];
    let more = ["--settle", "0s", "--connections", "40"];
    arguments
        .iter()
        .chain(&more)
        .map(|text| (*text).to_owned())
        .collect()
}

fn texts(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

#[test]
fn a_fan_out_of_two_agents_is_one_outcome() {
    let folder = directory("load_agents");
    let hub = Serving::start(&folder, &[], &SET[..1]);
    let (one, mut two) = (Agent::start(&[]), Agent::start(&["--source", "127.0.0.7"]));
    let mut arguments = fanout(&folder, &hub, &[&one, &two], "3s");
    arguments.extend(["--processes", "2"].map(str::to_owned));
    let ended = run(&texts(&arguments), &SET);
    assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.stderr);
    let found = &report(&folder)["outcome"];
    assert_eq!(found["processes"], 4);
    assert_eq!(
        (&found["connections"], &found["missing"]),
        (&40.into(), &Value::Array(vec![]))
    );
    let tally = &found["tally"];
    let published = tally["published"].as_u64().unwrap();
    assert!(published > 0);
    assert_eq!(tally["delivered"], published * 40);
    assert_eq!(
        (&tally["lost"], &tally["connects_made"]),
        (&0.into(), &41.into())
    );
    two.says("ended: exit status: 0");
}

#[test]
fn an_agent_that_dies_is_named_and_fails_the_run() {
    let folder = directory("load_agent_dies");
    let hub = Serving::start(&folder, &[], &SET[..1]);
    let (one, two) = (Agent::start(&[]), Agent::start(&[]));
    let arguments = fanout(&folder, &hub, &[&one, &two], "5s");
    let mut load = wirehub(&texts(&arguments), &SET)
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(load.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("open 4")));
    let name = format!("agent {}: it ended in the middle", two.address);
    drop(two);
    thread::spawn(move || lines.count());
    assert_eq!(load.wait().unwrap().code(), Some(4));
    let report = report(&folder);
    assert_eq!(
        report["outcome"]["missing"],
        Value::from(vec![name.clone()])
    );
    let reasons = report["verdict"]["reasons"].as_array().unwrap();
    let names = |reason: &Value| reason.as_str().unwrap().contains(&name);
    assert!(reasons.iter().any(names), "{reasons:?}");
    // The other half is there, and was not stopped.
    assert_eq!(report["outcome"]["connections"], 20);
    assert!(report["outcome"]["seconds"].as_f64() >= Some(5.0));
}

#[test]
fn strangers_are_refused_before_anything_begins() {
    let folder = directory("load_strangers");
    let hub = Serving::start(&folder, &[], &SET[..1]);
    let agent = Agent::start(&["--parts", "1"]);
    let mut arguments = fanout(&folder, &hub, &[&agent], "3s");
    let other = (
        "WIREHUB_LOAD_SECRET",
        "another secret of agents, 0123456789",
    );
    let ended = run(&texts(&arguments), &[SET[0], other]);
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stderr.contains("has another secret"),
        "{}",
        ended.stderr
    );
    for arguments in [texts(&arguments), vec!["load", "agent"]] {
        let ended = run(&arguments, &SET[..1]);
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        assert!(ended.stderr.contains("openssl rand"), "{}", ended.stderr);
    }
    arguments.extend(["--processes", "2"].map(str::to_owned));
    let ended = run(&texts(&arguments), &SET);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("as many parts"), "{}", ended.stderr);
    // Somebody who is no agent.
    let address = &hub.public;
    let ended = run(&["load", "idle", "--agents", address, "--for", "1s"], &SET);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains(address.as_str()), "{}", ended.stderr);
}

#[test]
fn what_an_agent_cannot_hold_it_says_before_anything_begins() {
    let agent = Agent::start(&[]);
    let agents = agent.address.as_str();
    let arguments = [
        "load",
        "idle",
        "--agents",
        agents,
        "--connections",
        "1900000",
    ];
    let ended = run(&arguments, &SET);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("--processes"), "{}", ended.stderr);
    assert!(ended.stderr.contains(agents), "{}", ended.stderr);
}
