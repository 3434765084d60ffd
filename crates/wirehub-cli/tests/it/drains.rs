//! `wirehub drain`: a hub is emptied and serves again, or is stopped.

use std::{
    fs,
    net::TcpStream,
    process::{Child, Stdio},
};

use rustix::process::Signal;
use serde_json::Value;

use crate::program::{
    SECRET, Serving, answer, directory, handshake, run, wait_for_reconnect, wirehub,
    within_deadline,
};

const SET: [(&str, &str); 2] = [
    ("WIREHUB_AUTH__HMAC_SECRET", SECRET),
    (
        "WIREHUB_ADMIN__API_KEY",
        "a key for the operator, 0123456789",
    ),
];

fn start(test: &str) -> (Serving, String) {
    let folder = directory(test);
    let file = folder.join("wirehub.toml");
    fs::write(&file, "[drain]\nspread = \"200ms\"\n").unwrap();
    let serving = Serving::start(&folder, &["--config", file.to_str().unwrap()], &SET);
    let admin = format!("http://{}", serving.admin);
    (serving, admin)
}

fn join(hub: &Serving) -> TcpStream {
    let token = run(&["token", "--user", "u1"], &SET).stdout;
    let (status, stream) = handshake(&hub.public, token.trim());
    assert_eq!(status, "101");
    stream
}

fn status(admin: &str) -> Value {
    let ended = run(&["drain", admin, "--status", "--json"], &SET);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap()
}

/// The answer of the admin listener, and that to somebody who wants to come in.
fn readiness(hub: &Serving) -> (bool, String) {
    let head = "GET /readyz HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n";
    let is_ready = answer(&hub.admin, head).starts_with("HTTP/1.1 200");
    let token = run(&["token", "--user", "u2"], &SET).stdout;
    (is_ready, handshake(&hub.public, token.trim()).0)
}

fn drain(arguments: &[&str]) -> Child {
    let mut command = wirehub(&[&["drain"], arguments].concat(), &SET);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

#[test]
fn a_drain_ends_when_the_last_client_has_gone() {
    let (mut hub, admin) = start("drain");
    let mut client = join(&hub);
    let draining = drain(&[&admin, "--rate", "100", "--deadline", "1h"]);
    let now = within_deadline(|| Some(status(&admin)).filter(|now| now["draining"] == true));
    assert_eq!(
        (&now["began_with"], &now["stops"]),
        (&1.into(), &false.into())
    );
    assert_eq!(
        (&now["moves_per_second"], &now["deadline"]),
        (&100.into(), &3600.0.into())
    );
    assert_eq!(readiness(&hub), (false, "503".to_owned()));

    // It is asked to move, and goes.
    wait_for_reconnect(&mut client);
    drop(client);
    let ended = draining.wait_with_output().unwrap();
    let said = String::from_utf8(ended.stdout).unwrap();
    assert_eq!(ended.status.code(), Some(0), "{said}");
    assert!(said.starts_with("drained: 1 connections left in"), "{said}");

    // The hub is there all the same, and SIGTERM has nobody to wait for.
    assert_eq!(status(&admin)["draining"], true);
    hub.signal(Signal::TERM);
    assert_eq!(hub.exit_code(), Some(0));
}

#[test]
fn a_drain_can_be_called_off() {
    let (hub, admin) = start("drain-called-off");
    let _client = join(&hub);
    let waiting = drain(&[&admin, "--rate", "1", "--deadline", "1h"]);
    within_deadline(|| (status(&admin)["draining"] == true).then_some(()));
    let ended = run(&["stay", &admin], &SET);
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(0), "serving; 1 connections\n")
    );
    let ended = waiting.wait_with_output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(4), "{said}");
    assert!(said.contains("somebody called the drain off"), "{said}");
    assert_eq!(readiness(&hub), (true, "101".to_owned()));
}

#[test]
fn what_is_no_hub_or_no_rate_is_refused() {
    let (_hub, admin) = start("drain-refused");
    for (arguments, code, hint) in [
        (
            vec![&*admin, "--admin", &*admin],
            2,
            "the hub is named twice",
        ),
        (
            vec!["node-7", "--admin", &*admin],
            4,
            "there is no node `node-7` (this hub has no broker, and meets no others)",
        ),
        (vec!["node 7", "--admin", &*admin], 4, "letters, digits"),
        (
            vec!["http://127.0.0.1:1"],
            1,
            "no answer from http://127.0.0.1:1",
        ),
        (vec![&*admin, "--rate", "0"], 4, "whole number from 1"),
        (vec![&*admin, "--deadline", "2d"], 4, "from 0 to 86400"),
    ] {
        let ended = run(&[&["drain"], &*arguments].concat(), &SET);
        assert_eq!(ended.code, Some(code), "{}", ended.stderr);
        assert!(ended.stderr.contains(hint), "{hint} in {}", ended.stderr);
    }
}
