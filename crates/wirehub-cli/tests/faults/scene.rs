//! What the tests have in common around their clients.

use std::collections::BTreeMap;

use serde_json::json;

use crate::{
    crew::Crew,
    ledger::{History, body},
    process::{Addresses, within_deadline},
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
    within_deadline("everybody has everything", || {
        let done = crew.seen.iter().all(|(_, seen)| {
            let seen = seen.lock().unwrap();
            histories.iter().all(|(topic, history)| {
                let last = history.publications.keys().next_back();
                seen.places.get(topic).map(|place| &place.offset) >= last
            })
        });
        done.then_some(())
    });
}
