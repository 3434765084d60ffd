//! Two hubs that meet on a NATS server.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::{
    cluster::meet,
    program::{SECRET, Serving, directory, run},
};

/// A server of the test's own, which ends with it.
struct NatsServer {
    child: Child,
    url: String,
}

impl NatsServer {
    fn start(folder: &Path) -> Self {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut child = Command::new(project.join("target/xtask/python-nats/bin/nats-server"))
            .args(["--addr", "127.0.0.1", "--port", "-1"])
            .args(["--jetstream", "--store_dir"])
            .arg(folder)
            .args(["--user", "hub", "--pass", "hush"])
            .stderr(Stdio::piped())
            .spawn()
            .expect("nats-server has to be installed: `cargo xtask setup` does it");
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut place = None;
        for line in lines.by_ref().map(Result::unwrap) {
            let listening = "Listening for client connections on ";
            place = place.or(line
                .split_once(listening)
                .map(|(_, place)| place.to_owned()));
            if line.contains("Server is ready") {
                break;
            }
        }
        // What it says later goes nowhere, so that it never waits for a reader.
        std::thread::spawn(move || for _ in lines {});
        Self {
            child,
            url: format!("nats://hub:hush@{}", place.unwrap()),
        }
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn hub(name: &str, nats: &str) -> Serving {
    let folder = directory(&format!("cluster-nats-{name}"));
    let file = folder.join("wirehub.toml");
    let text = "[broker]\nkind = \"nats\"\n[[namespaces]]\npattern = \"chat/#\"\n\
                history = { size = 100, ttl = \"5m\" }\nread_history = \"user\"\n";
    fs::write(&file, text).unwrap();
    let variables = [
        ("WIREHUB_AUTH__HMAC_SECRET", SECRET),
        ("WIREHUB_ADMIN__API_KEY", crate::cluster::KEY),
        ("WIREHUB_BROKER__NATS__URL", nats),
        ("WIREHUB_BROKER__NODE", name),
    ];
    Serving::start(&folder, &["--config", file.to_str().unwrap()], &variables)
}

#[test]
fn hubs_that_meet_on_nats_are_one() {
    let nats = NatsServer::start(&directory("cluster-nats"));
    meet(hub("one", &nats.url), hub("other", &nats.url));
}

#[test]
fn what_is_wrong_with_a_server_is_told_without_its_password() {
    let nats = NatsServer::start(&directory("cluster-nats-refused"));
    let _first = hub("same", &nats.url);
    let wrong = nats.url.replace("hush", "hushed");
    for (url, credentials, hint) in [
        (nats.url.as_str(), "", "a node named same is attached"),
        (wrong.as_str(), "", "refuses the user"),
        ("nats://u:hush@127.0.0.1:1", "", "cannot be reached"),
        ("redis://u:hush@127.0.0.1", "", "write it as nats://"),
        (
            nats.url.as_str(),
            "/nowhere/hub.creds",
            "`broker.nats.credentials`, /nowhere",
        ),
        (nats.url.as_str(), "/dev/null", "hold no seed"),
    ] {
        let variables = [
            ("WIREHUB_BROKER__KIND", "nats"),
            ("WIREHUB_BROKER__NATS__URL", url),
            ("WIREHUB_BROKER__NATS__CREDENTIALS", credentials),
            ("WIREHUB_BROKER__NODE", "same"),
        ];
        let ended = run(&["serve", "--listen", "127.0.0.1:0"], &variables);
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(ended.stderr.contains(hint), "{hint} in {}", ended.stderr);
        let all = format!("{}{}", ended.stdout, ended.stderr);
        assert!(!all.contains("hush"), "the password is told: {all}");
    }
}
