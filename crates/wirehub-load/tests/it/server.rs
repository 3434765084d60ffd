use wirehub_load::{Level, Metric, Outcome, Reading, Ruling, ServerView, Thresholds, Verdict};

use crate::verdict::{connects, found, level, note};

/// A server that held something before and after.
fn watched(before: u64, after: u64) -> Outcome {
    let reading = |held: u64| Reading {
        descriptors: Some(held),
        memory: Some(held << 20),
        tasks: Some(held),
        accept_overflows: Some(held),
        ..Reading::default()
    };
    let mut outcome = connects(100_000, 0);
    let mut view = ServerView::of("process 7");
    view.before = Some(reading(before));
    view.after = Some(reading(after));
    outcome.server = Some(view);
    outcome
}

#[test]
fn what_is_not_given_back_is_a_leak() {
    let metric = Metric::Descriptors;
    assert_eq!(level(&watched(1_000, 1_020), metric), Level::Ok);
    assert_eq!(level(&watched(1_000, 1_100), metric), Level::Medium);
    assert_eq!(level(&watched(1_000, 1_101), metric), Level::High);
    assert!(note(&watched(1_000, 1_101), metric).contains("a leak"));
    // One of twelve is more than 2 %, and none that leaks.
    assert_eq!(level(&watched(12, 13), metric), Level::Ok);
    assert_eq!(level(&watched(12, 15), metric), Level::High);
    assert_eq!(level(&watched(20, 36), Metric::Memory), Level::Ok);
    assert_eq!(level(&watched(20, 37), Metric::Memory), Level::High);
    assert_eq!(level(&watched(20, 10), Metric::Tasks), Level::Ok);
}

#[test]
fn a_server_that_is_not_seen_is_not_measured() {
    let unseen = found(&connects(10, 0), Metric::Descriptors);
    assert_eq!((unseen.level, unseen.counts), (Level::NotMeasured, false));
    let mut blind = watched(10, 10);
    blind.server.as_mut().unwrap().after = None;
    blind.server.as_mut().unwrap().trouble = Some("connection refused".to_owned());
    let unseen = found(&blind, Metric::Descriptors);
    assert_eq!((unseen.level, unseen.counts), (Level::NotMeasured, true));
    assert!(unseen.note.unwrap().contains("connection refused"));
    let mut gone = watched(10, 10);
    gone.server.as_mut().unwrap().gone = true;
    let verdict = Verdict::of(&gone, &Thresholds::default());
    assert_eq!(verdict.ruling, Ruling::Fail);
}

#[test]
fn drops_are_a_share_of_all_attempts() {
    let metric = Metric::AcceptOverflows;
    assert_eq!(level(&watched(5, 5), metric), Level::Ok);
    assert_eq!(level(&watched(5, 6), metric), Level::Medium);
    assert_eq!(level(&watched(5, 15), metric), Level::Medium);
    assert_eq!(level(&watched(5, 16), metric), Level::High);
}
