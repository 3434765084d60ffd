//! `wirehub load` against a hub, and against servers that are none.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::Stdio,
    thread,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::program::{Ended, SECRET, Serving, directory, run, wirehub};

const KEY: &str = "a key for the load generator, 0123456789";
const SET: [(&str, &str); 2] = [
    ("WIREHUB_AUTH__HMAC_SECRET", SECRET),
    ("WIREHUB_ADMIN__API_KEY", KEY),
];

/// Runs a form against a server, and reads what was found.
fn load(folder: &Path, form: &str, url: &str, more: &[&str]) -> (Ended, Value) {
    let file = folder.join(format!("{form}.json"));
    let mut arguments = vec!["load", form, url, "--json", file.to_str().unwrap()];
    arguments.extend(["--settle", "0s", "--connections", "40", "--for", "3s"]);
    arguments.extend(more);
    let ended = run(&arguments, &SET);
    let text = fs::read_to_string(&file).unwrap_or_else(|_| panic!("{}", ended.stderr));
    let report: Value = serde_json::from_str(&text).unwrap();
    (ended, report)
}

/// Whether the exit code says what the verdict says.
fn agrees(ended: &Ended, report: &Value) -> bool {
    let code = match report["verdict"]["ruling"].as_str() {
        Some("fail") => 4,
        _ => 0,
    };
    ended.code == Some(code)
}

fn url(hub: &Serving) -> String {
    format!("ws://{}/ws", hub.public)
}

/// A server that does one thing with every connection, and goes with the test.
fn server(mut serve: impl FnMut(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            serve(stream.unwrap());
        }
    });
    url
}

/// Reads the head of a request.
fn head(stream: &TcpStream) {
    let mut lines = BufReader::new(stream).lines();
    while lines
        .next()
        .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
    {}
}

#[test]
fn a_storm_leaves_nothing_behind() {
    let folder = directory("load_storm");
    let hub = Serving::start(&folder, &[], &SET);
    let metrics = format!("http://{}/metrics", hub.admin);
    let html = folder.join("report.html");
    let more = ["--metrics", &metrics, "--html", html.to_str().unwrap()];
    let (ended, report) = load(&folder, "storm", &url(&hub), &more);
    assert!(agrees(&ended, &report), "{ended:?}");
    assert!(fs::read_to_string(html).unwrap().contains("<svg"));
    let found = &report["outcome"];
    let tally = &found["tally"];
    // Forty and their publisher; the forty were cut once and came back, all but those whose time a
    // busy machine let pass.
    let cut = tally["closes"]["rst"].as_u64().unwrap();
    assert!((20..=40).contains(&cut), "{}", ended.stdout);
    assert_eq!(tally["connects_made"], 41 + cut, "{}", ended.stdout);
    assert_eq!(
        (&tally["resumed"], &tally["unsent"]),
        (&cut.into(), &0.into())
    );
    assert_eq!(
        (&tally["lost"], &tally["duplicated"]),
        (&0.into(), &0.into())
    );
    assert!(tally["delivered"].as_u64() > Some(0));
    let server = &found["server"];
    assert!(
        server["before"]["descriptors"].as_u64() > Some(0),
        "{server}"
    );
    assert!(server["after"]["memory"].as_u64() > Some(0), "{server}");
    assert_eq!(server["trouble"], Value::Null);
}

#[test]
fn a_fan_out_of_two_processes_is_one_outcome() {
    let folder = directory("load_fanout");
    let hub = Serving::start(&folder, &[], &SET);
    let (ended, report) = load(
        &folder,
        "fanout",
        &url(&hub),
        &["--processes", "2", "--protobuf"],
    );
    assert!(agrees(&ended, &report), "{ended:?}");
    let found = &report["outcome"];
    assert_eq!(
        (&found["processes"], &found["connections"]),
        (&2.into(), &40.into())
    );
    let tally = &found["tally"];
    let published = tally["published"].as_u64().unwrap();
    assert!(published > 0);
    assert_eq!(tally["acknowledged"], published);
    assert_eq!(tally["delivered"], published * 40);
    assert_eq!(tally["lost"], 0);
}

#[test]
fn a_server_that_dies_ends_no_run() {
    let folder = directory("load_dying");
    let hub = Serving::start(&folder, &[], &SET);
    let file = folder.join("dying.json");
    let to = url(&hub);
    let arguments = ["load", "fanout", &to, "--for", "5s", "--connections", "20"];
    let mut command = wirehub(&arguments, &SET);
    command.args(["--settle", "0s", "--json", file.to_str().unwrap()]);
    let mut load = command
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(load.stderr.take().unwrap()).lines();
    // The first second is over, so that everybody is there.
    let is_told = |line: &str| line.contains("open 2");
    assert!(lines.any(|line| is_told(&line.unwrap())));
    drop(hub);
    thread::spawn(move || lines.count());
    // Connections that nobody wanted to end are a failure, of which the run itself is none.
    assert_eq!(load.wait().unwrap().code(), Some(4));
    let report: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let tally = &report["outcome"]["tally"];
    let closes = tally["closes"].as_object().unwrap();
    let count = |kind| closes.get(kind).and_then(Value::as_u64).unwrap_or(0);
    assert_eq!(count("server_ended") + count("server_reset"), 21, "{tally}");
    assert!(
        tally["connects_failed"]["refused"].as_u64() > Some(0),
        "{tally}"
    );
}

#[test]
fn servers_that_are_none_are_named_by_what_they_do() {
    let folder = directory("load_strange");
    let dead = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("ws://{}/", dead.local_addr().unwrap());
    drop(dead);
    let garbage = server(|mut stream| {
        head(&stream);
        let _ = stream.write_all(b"SSH-2.0-OpenSSH\r\n");
    });
    let busy = server(|mut stream| {
        head(&stream);
        let _ = stream.write_all(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
    });
    let gone = server(|stream| head(&stream));
    for (url, cause) in [
        (nobody, "refused"),
        (garbage, "garbage"),
        (busy, "status"),
        (gone, "ended"),
    ] {
        let (ended, report) = load(&folder, "idle", &url, &[]);
        assert_eq!(ended.code, Some(1), "{cause}: {}", ended.stderr);
        let found = &report["outcome"];
        let failed = found["tally"]["connects_failed"].as_object().unwrap();
        assert!(failed[cause].as_u64() >= Some(40), "{failed:?}");
        assert_eq!(found["tally"]["connects_made"], 0);
        if cause == "status" {
            assert_eq!(found["tally"]["statuses"]["503"], failed[cause]);
        }
    }
}

#[test]
fn a_wrong_secret_is_no_reason_to_try_again() {
    let folder = directory("load_secret");
    let hub = Serving::start(&folder, &[], &SET);
    let file = folder.join("found.json");
    let (json, to) = (file.to_str().unwrap(), url(&hub));
    let arguments = [
        "load",
        "idle",
        &to,
        "--for",
        "2s",
        "--connections",
        "5",
        "--json",
        json,
    ];
    let ended = run(&arguments, &[]);
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stdout.contains("WIREHUB_AUTH__HMAC_SECRET"),
        "{}",
        ended.stdout
    );
    let report: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let failed = &report["outcome"]["tally"]["connects_failed"];
    assert_eq!(failed["unauthorized"], 6);
}

#[test]
fn ctrl_c_ends_with_what_was_found() {
    let folder = directory("load_interrupted");
    let hub = Serving::start(&folder, &[], &SET);
    let to = url(&hub);
    let mut command = wirehub(&["load", "fanout", &to, "--connections", "20"], &SET);
    let mut load = command
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(load.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("open 2")));
    kill_process(Pid::from_child(&load), Signal::INT).unwrap();
    thread::spawn(move || lines.count());
    let mut said = String::new();
    load.stdout
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert!(matches!(load.wait().unwrap().code(), Some(0 | 4)));
    assert!(said.contains("stopped before its scenario ended"), "{said}");
}

#[test]
fn what_cannot_be_is_said_before_anything_begins() {
    let ended = run(&["load", "idle", "--connections", "1900000"], &SET);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("--processes"), "{}", ended.stderr);
    let ended = run(&["load", "strom"], &SET);
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.stderr.contains("did you mean `storm`?"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_printed_scenario_runs_and_a_wrong_one_names_its_lines() {
    let folder = directory("load_scenario");
    let hub = Serving::start(&folder, &[], &SET);
    let arguments = ["load", "reconnect", "--for", "3s", "--connections", "10"];
    let printed = run(&[&arguments[..], &["--print-scenario"]].concat(), &SET);
    let file = folder.join("mine.toml");
    fs::write(&file, &printed.stdout).unwrap();
    let path = file.to_str().unwrap();
    let ended = run(&["load", path, &url(&hub), "--settle", "0s"], &SET);
    assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.stderr);
    fs::write(&file, printed.stdout.replace("threads = 2", "thread = 2")).unwrap();
    let ended = run(&["load", path, &url(&hub)], &SET);
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.stderr.contains("did you mean `threads`?"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("mine.toml:"), "{}", ended.stderr);
}

#[test]
fn a_token_in_the_environment_is_no_setting() {
    let hub = Serving::start(&directory("load_token"), &[], &SET);
    let token = run(&["token", "--user", "u", "--subscribe", "load/#"], &SET);
    let variable = ("WIREHUB_LOAD_TOKEN", token.stdout.trim());
    let to = url(&hub);
    let form = ["load", "idle", &to, "--for", "1s", "--connections", "3"];
    let arguments = [&form[..], &["--settle", "0s"]].concat();
    let ended = run(&arguments, &[variable]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}
