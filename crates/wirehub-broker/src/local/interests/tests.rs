use std::sync::Mutex;

use wirehub_model::{Topic, TopicFilter};

use super::*;
use crate::Delivery;

const BOUND: usize = 100;

/// Names that `receivers` finds, each node's sink writing its number.
fn reached(interests: &Interests, topic: &str) -> Vec<u64> {
    let mut sinks = Vec::new();
    interests.receivers(&Topic::parse(topic).unwrap(), &mut sinks);
    let gone = crate::NodeName::parse("probe").unwrap();
    SEEN.with(|seen| seen.lock().unwrap().clear());
    for sink in sinks {
        sink.push(Delivery::NodeLeft(gone.clone()));
    }
    let mut found = SEEN.with(|seen| seen.lock().unwrap().clone());
    found.sort_unstable();
    found
}

thread_local! {
    static SEEN: Mutex<Vec<u64>> = const { Mutex::new(Vec::new()) };
}

fn nodes(count: u64) -> Interests {
    let mut interests = Interests::default();
    for id in 1..=count {
        let sink = move |_| SEEN.with(|seen| seen.lock().unwrap().push(id));
        interests.add_node(id, Arc::new(sink));
    }
    interests
}

#[test]
fn filters_match_as_the_model_says() {
    let filters = ["a/b", "a/+", "a/#", "#", "+/b", "+", "$sys/#", "a/+/c", "b"];
    let mut interests = nodes(filters.len() as u64);
    for (index, filter) in filters.iter().enumerate() {
        let filter = TopicFilter::parse(filter).unwrap();
        interests
            .subscribe(index as u64 + 1, filter, BOUND)
            .unwrap();
    }
    for topic in [
        "a", "a/b", "a/b/c", "b", "$sys", "$sys/x", "x/b", "/", "a//c",
    ] {
        let parsed = Topic::parse(topic).unwrap();
        let matching = |(index, filter): (usize, &&str)| {
            let filter = TopicFilter::parse(filter).unwrap();
            filter.matches(&parsed).then_some(index as u64 + 1)
        };
        let expected: Vec<u64> = filters.iter().enumerate().filter_map(matching).collect();
        assert_eq!(reached(&interests, topic), expected, "{topic}");
    }
}

#[test]
fn a_node_is_reached_once_and_not_after_it_left() {
    let mut interests = nodes(2);
    let topic = Topic::parse("a/b").unwrap();
    let filter = TopicFilter::parse("a/#").unwrap();
    interests.open(1, &topic, BOUND).unwrap();
    interests.open(1, &topic, BOUND).unwrap();
    interests.subscribe(1, filter.clone(), BOUND).unwrap();
    interests.subscribe(2, filter.clone(), BOUND).unwrap();
    assert_eq!(reached(&interests, "a/b"), [1, 2]);
    interests.unsubscribe(2, &filter);
    assert_eq!(reached(&interests, "a/b"), [1]);
    interests.remove_node(1);
    assert_eq!(reached(&interests, "a/b"), [0u64; 0]);
    assert!(interests.topics.is_empty() && interests.filters.levels.is_empty());
}

#[test]
fn a_node_has_a_bound() {
    let mut interests = nodes(1);
    interests.open(1, &Topic::parse("a").unwrap(), 2).unwrap();
    let filter = TopicFilter::parse("b").unwrap();
    interests.subscribe(1, filter, 2).unwrap();
    let third = Topic::parse("c").unwrap();
    assert_eq!(
        interests.open(1, &third, 2),
        Err(BrokerError::TooManyInterests(2))
    );
}
