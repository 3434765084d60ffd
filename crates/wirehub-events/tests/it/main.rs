//! Sinks against a real disk and a real receiver.

#![expect(
    clippy::unwrap_used,
    reason = "a scene that cannot be set up has failed"
)]

mod journals_are_bounded;
mod webhooks_are_signed_and_come_again;

use std::{sync::Arc, time::SystemTime};

use wirehub_core::Occurrence;
use wirehub_events::{Occurred, Source};
use wirehub_model::Topic;

/// Topics that got subscribers.
fn occurred(source: &Source, topics: &[&str]) -> Vec<Arc<Occurred>> {
    let occupied = topics.iter().map(|topic| {
        let occurrence = Occurrence::Occupied(Topic::parse(topic).unwrap());
        Arc::new(Occurred::new(source, SystemTime::now(), occurrence))
    });
    occupied.collect()
}
