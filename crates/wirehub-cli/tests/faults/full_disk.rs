//! A store that has no room, until it has some again.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    process::{Addresses, Home, within_deadline},
    socket::{Socket, ask, call},
};

/// Topics have little history each and go soon, so that many of them fill the store and it becomes
/// empty by itself.
const SETTINGS: &str = "[broker]\nkind = \"redb\"\nmax_bytes = \"16MiB\"\n\
                        [limits]\nmessages_per_second = 0\npublications_per_second = 0\n\
                        [[namespaces]]\npattern = \"#\"\n\
                        history = { size = 10, ttl = \"10s\" }\n";

/// More than fits, with room to spare: what waits for room is much less than the store holds.
const TOPICS: u64 = 2_000;

#[test]
fn a_full_store_stops_nothing_and_works_again_when_there_is_room() {
    let home = Home::new("full_disk", SETTINGS);
    let (process, hub) = home.start();
    let mut reader = Socket::open(&hub.public, Some(&home.token("reader"))).unwrap();
    reader.expect().unwrap();
    reader
        .send(&json!({"type": "subscribe", "id": 1, "topic": "live"}))
        .unwrap();
    assert_eq!(reader.expect().unwrap()["type"], "ok");
    assert_eq!(readiness(&hub), (200, "up".to_owned()));

    fill(&home, &hub);
    // Who is here goes on receiving what its publisher is told not to be stored.
    for number in 1..=5 {
        let answer = publish(&hub, number);
        assert_eq!(answer["error"]["code"], "not_stored", "{answer}");
        assert_eq!(heard(&mut reader), number);
    }
    within_deadline("the hub says what is wrong", || {
        let (status, broker) = readiness(&hub);
        assert_eq!(status, 200, "clients are still welcome");
        (broker == "degraded").then_some(())
    });
    assert!(not_stored(&hub) >= 5.0);

    let mut number = 5;
    within_deadline("there is room again", || {
        std::thread::sleep(Duration::from_millis(100));
        number += 1;
        let answer = publish(&hub, number);
        assert_eq!(heard(&mut reader), number);
        answer["offset"].is_u64().then_some(())
    });
    within_deadline("the hub is well again", || {
        let (_, broker) = readiness(&hub);
        (broker == "up").then_some(())
    });
    let log = home.log();
    let lines = |text| log.lines().filter(|line| line.contains(text)).count();
    assert_eq!(lines("the store does not work"), 1, "{log}");
    assert_eq!(lines("the store works again"), 1, "{log}");
    assert_eq!(lines("dependency is failing"), 1, "{log}");
    assert_eq!(
        lines("checking it"),
        0,
        "trying again is not worth a line: {log}"
    );
    process.stop();
}

/// Publishes to many topics until one is not stored.
fn fill(home: &Home, hub: &Addresses) {
    let mut socket = Socket::open(&hub.public, Some(&home.token("writer"))).unwrap();
    socket.expect().unwrap();
    let data = "x".repeat(32 * 1024);
    for number in 0..TOPICS {
        let topic = format!("fill/{number}");
        let request = json!({"type": "publish", "id": number, "topic": topic, "data": data});
        socket.send(&request).unwrap();
        // Some are on their way at any time, so that they are stored together.
        if number >= 16 && socket.expect().unwrap()["code"] == "not_stored" {
            return;
        }
    }
    panic!("the store is never full");
}

fn publish(hub: &Addresses, number: u64) -> Value {
    let request = json!({"topic": "live", "data": number});
    call(&hub.admin, "/api/publish", &request).unwrap()
}

/// The next publication. What is not stored has an epoch of its own, and the reader is told so.
fn heard(reader: &mut Socket) -> u64 {
    let mut message = reader.expect().unwrap();
    if message["type"] == "subscribed" {
        assert_eq!(message["reason"], "unknown_epoch", "{message}");
        message = reader.expect().unwrap();
    }
    assert_eq!(message["topic"], "live", "{message}");
    message["data"].as_u64().unwrap()
}

/// What `/readyz` is answered with, and what it says of the broker.
fn readiness(hub: &Addresses) -> (u16, String) {
    let (status, text) = ask(&hub.admin, "/readyz", None).unwrap();
    let readiness: Value = serde_json::from_str(&text).unwrap();
    let dependencies = readiness["dependencies"].as_array().unwrap();
    let broker = dependencies.iter().find(|found| found["name"] == "broker");
    let broker = broker.expect("the broker is named");
    if broker["status"] == "degraded" {
        let error = broker["error"].as_str().unwrap();
        assert!(error.contains("full"), "{error}");
    }
    (status, broker["status"].as_str().unwrap().to_owned())
}

fn not_stored(hub: &Addresses) -> f64 {
    let (_, text) = ask(&hub.admin, "/metrics", None).unwrap();
    let mut lines = text.lines();
    let line = lines.find_map(|line| line.strip_prefix("wirehub_publications_not_stored_total "));
    line.expect("the counter is there").parse().unwrap()
}
