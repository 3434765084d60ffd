use std::time::Duration;

use wirehub_broker::conformance::{Ending, Subject};

use crate::scene::{KEEP, OnDisk, texts, topic};

/// After a crash every topic goes on under a new epoch, whether or not something was lost; offsets
/// go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_gives_topics_a_new_epoch() {
    let subject = OnDisk::with(5, OnDisk::relaxed);
    let (link, _inbox) = subject.node("a").await;
    let (early, late) = (topic("early"), topic("late"));
    let first = subject.publish(&link, &early, "1").await.unwrap();
    subject.advance(Duration::from_secs(2)).await;
    committed(&subject, 1).await;
    // The clock stands still, so this one is not made safe.
    let second = subject.publish(&link, &early, "2").await.unwrap();
    subject.publish(&link, &late, "1").await.unwrap();
    subject.restart(Ending::Crash).await;

    let (link, _inbox) = subject.node("a").await;
    let opened = link.open(early.clone(), KEEP).await.unwrap();
    assert_eq!(texts(&opened.history), ["1"]);
    assert_eq!(opened.position.offset, first.position.offset);
    assert_ne!(opened.position.epoch, first.position.epoch);
    assert_eq!(opened.history[0].position.epoch, opened.position.epoch);
    let again = subject.publish(&link, &early, "2").await.unwrap();
    assert_ne!(again.position, second.position);

    // The new epoch is the topic's, not one of this process.
    subject.restart(Ending::Orderly).await;
    let (link, _inbox) = subject.node("a").await;
    let after = link.open(early, KEEP).await.unwrap();
    assert_eq!(after.position, again.position);
    let opened = link.open(late, KEEP).await.unwrap();
    assert!(opened.history.is_empty());
}

/// An orderly end makes everything safe.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_orderly_end_loses_nothing() {
    let subject = OnDisk::with(5, OnDisk::relaxed);
    let there = topic("orderly");
    let (link, _inbox) = subject.node("a").await;
    let last = subject.publish(&link, &there, "1").await.unwrap();
    assert_eq!(subject.stats().await.commits, 0);
    subject.restart(Ending::Orderly).await;
    let (link, _inbox) = subject.node("a").await;
    let opened = link.open(there, KEEP).await.unwrap();
    assert_eq!((opened.position, opened.history.len()), (last.position, 1));
    // Nobody answers early any more, and nothing was lost: epochs stay.
    let broker = subject.broker();
    broker.check().await.unwrap();
}

/// Asks until so many commits were done; the engine does them after the answer that finds them due.
async fn committed(subject: &OnDisk, commits: u64) {
    while subject.stats().await.commits < commits {
        tokio::task::yield_now().await;
    }
}
