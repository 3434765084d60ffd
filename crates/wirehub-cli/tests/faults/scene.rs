//! What the tests have in common around their clients.

use std::{
    collections::BTreeMap,
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    crew::Crew,
    ledger::{History, body},
    process::{Addresses, DEADLINE},
    socket::call,
};

/// Settings of a hub that remembers everything of a test, with a broker.
pub(crate) fn settings(broker: &str) -> String {
    format!(
        "{broker}[limits]\nrecovery = 1000000\noutbox_bytes = \"64MiB\"\n\
         remembered_bytes = \"1GiB\"\nidempotency_keys = 1000000\nmessages_per_second = 0\n\
         publications_per_second = 0\nsubscriptions_per_second = 0\n\
         session_messages = 100000\nsession_bytes = \"64MiB\"\n\
         [[namespaces]]\npattern = \"#\"\nidempotency_ttl = \"1h\"\n\
         history = {{ size = 1000000, ttl = \"1h\", bytes = \"256MiB\" }}\n"
    )
}

/// Publishes once to each topic, so that each has an epoch that is kept.
pub(crate) fn open_topics(crew: &Crew, hub: &Addresses) {
    for (number, topic) in (1..).zip(&crew.topics) {
        let body = body("first", number);
        let request = json!({"topic": topic, "data": body});
        let answer = call(&hub.admin, "/api/publish", &request).unwrap();
        crew.ledger.acknowledge(topic, body, &answer);
    }
}

/// Waits until every subscriber is where the histories end.
pub(crate) fn catch_up(crew: &Crew, histories: &BTreeMap<String, History>) {
    let lacking = || {
        let mut lacking = Vec::new();
        for (name, seen) in &crew.seen {
            let seen = seen.lock().unwrap();
            for (topic, history) in histories {
                let last = history.publications.keys().next_back();
                let place = seen.places.get(topic);
                if place.map(|place| &place.offset) < last {
                    let trail = &seen.trail;
                    lacking.push(format!(
                        "{name} is at {place:?} of {last:?} in {topic}; {trail:#?}"
                    ));
                }
            }
        }
        lacking
    };
    let begun = Instant::now();
    while !lacking().is_empty() && begun.elapsed() < DEADLINE / 4 {
        thread::sleep(Duration::from_millis(5));
    }
    for text in lacking() {
        crew.ledger.fault(&text);
    }
}
