//! Hubs of a cluster, by their names: `wirehub nodes`, `drain` and `stay`.

use std::process::Stdio;

use rustix::process::Signal;
use serde_json::Value;

use crate::{
    cluster::{KEY, RedisServer, hub},
    program::{
        Ended, SECRET, Serving, directory, handshake, run, wait_for_reconnect, wirehub,
        within_deadline,
    },
};

const SET: [(&str, &str); 2] = [
    ("WIREHUB_AUTH__HMAC_SECRET", SECRET),
    ("WIREHUB_ADMIN__API_KEY", KEY),
];

/// A command to the cluster, as one of its hubs is asked.
fn ask(hub: &Serving, arguments: &[&str]) -> Ended {
    let admin = format!("http://{}", hub.admin);
    run(&[arguments, &["--admin", &admin]].concat(), &SET)
}

/// Names and states of all hubs.
fn states(hub: &Serving) -> Vec<(String, String)> {
    let listed = ask(hub, &["nodes", "--json"]);
    assert_eq!(listed.code, Some(0), "{}", listed.stderr);
    let rows = listed.stdout.lines().map(|line| {
        let row: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        (text("node"), text("state"))
    });
    rows.collect()
}

fn are(states: [(&str, &str); 2]) -> Vec<(String, String)> {
    let owned = states.map(|(node, state)| (node.to_owned(), state.to_owned()));
    owned.to_vec()
}

#[test]
fn a_hub_is_drained_by_its_name_from_another() {
    let redis = RedisServer::start(&directory("nodes-redis"));
    let one = hub("nodes", "eu-1", &redis.url);
    let two = hub("nodes", "eu-2", &redis.url);
    assert_eq!(
        states(&one),
        are([("eu-1", "serving"), ("eu-2", "serving")])
    );

    let token = run(&["token", "--user", "u1"], &SET).stdout;
    let (status, mut client) = handshake(&two.public, token.trim());
    assert_eq!(status, "101");
    let drain = |rate: &str| {
        let admin = format!("http://{}", one.admin);
        let rest = ["--rate", rate, "--deadline", "1h", "--admin", &admin];
        let mut command = wirehub(&[&["drain", "eu-2"], &rest[..]].concat(), &SET);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let called_off = drain("1");
    within_deadline(|| {
        let now = ask(&one, &["drain", "eu-2", "--status"]);
        now.stdout
            .starts_with("eu-2: draining, 1 a second; 1 of 1 connections are still there")
            .then_some(())
    });
    assert_eq!(
        states(&two),
        are([("eu-1", "serving"), ("eu-2", "draining")])
    );
    let stays = ask(&one, &["stay", "eu-2"]);
    assert_eq!(
        (stays.code, stays.stdout.as_str()),
        (Some(0), "eu-2: serving; 1 connections\n")
    );
    let ended = called_off.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(4));

    let drained = drain("100");
    within_deadline(|| {
        let now = ask(&one, &["drain", "eu-2", "--status"]);
        now.stdout
            .starts_with("eu-2: draining, 100 a second")
            .then_some(())
    });
    // Whichever drain it was that asked the client.
    wait_for_reconnect(&mut client);
    drop(client);
    let ended = drained.wait_with_output().unwrap();
    let said = String::from_utf8(ended.stdout).unwrap();
    assert_eq!(ended.status.code(), Some(0), "{said}");
    assert!(said.starts_with("drained: 1 connections left"), "{said}");
    assert!(said.contains("until `wirehub stay eu-2`"), "{said}");
}

#[test]
fn a_name_that_nobody_has_and_a_hub_that_is_silent_are_told() {
    let redis = RedisServer::start(&directory("nodes-silent-redis"));
    let one = hub("nodes-silent", "eu-1", &redis.url);
    let two = hub("nodes-silent", "eu-2", &redis.url);
    for (name, hint) in [
        ("eu-3", "there is no node `eu-3` (did you mean `eu-1`?)"),
        (
            "tokyo",
            "there is no node `tokyo` (the nodes are eu-1, eu-2)",
        ),
    ] {
        let ended = ask(&one, &["drain", name]);
        assert_eq!(ended.code, Some(4));
        assert!(ended.stderr.contains(hint), "{}", ended.stderr);
    }
    two.signal(Signal::STOP);
    assert_eq!(states(&one), are([("eu-1", "serving"), ("eu-2", "silent")]));
    for (command, hint) in [
        (
            &["connections"][..],
            "eu-2 did not answer: what is there is missing",
        ),
        (&["topics"], "eu-2 did not answer: what is there is missing"),
        (
            &["disconnect", "--user", "nobody"],
            "eu-2 did not answer: it may be done there, or not",
        ),
    ] {
        let ended = ask(&one, command);
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(ended.stderr.contains(hint), "{}", ended.stderr);
    }
    let ended = ask(&one, &["drain", "eu-2"]);
    assert_eq!(ended.code, Some(4));
    for hint in ["eu-2 did not answer in time", "ask again how far it is"] {
        assert!(ended.stderr.contains(hint), "{}", ended.stderr);
    }
    let ended = ask(&one, &["drain", "eu-2", "--status"]);
    assert_eq!(ended.code, Some(4));
    let hint = "eu-2 does not answer";
    assert!(ended.stderr.contains(hint), "{}", ended.stderr);
}

#[test]
fn a_hub_alone_is_one_node_without_a_name() {
    let folder = directory("nodes-alone");
    let alone = Serving::start(&folder, &[], &SET);
    let listed = ask(&alone, &["nodes"]);
    assert_eq!(listed.code, Some(0), "{}", listed.stderr);
    let rows: Vec<Vec<&str>> = listed
        .stdout
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(rows.len(), 2, "{}", listed.stdout);
    assert_eq!(rows[0][..3], ["NODE", "STATE", "CONNECTIONS"]);
    assert_eq!(rows[1][..3], ["-", "serving", "0"]);
    assert!(listed.stderr.contains("has no broker"), "{}", listed.stderr);
}
