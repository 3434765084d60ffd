use std::{io, time::Duration};

use wirehub_broker::{
    Broker, BrokerError, Idempotency,
    conformance::{Ending, Subject},
};
use wirehub_model::{Key, Offset};

use crate::scene::{KEEP, OnDisk, text, texts, topic};

const RETRY: Duration = Duration::from_secs(1);

/// A full disk: delivered, counted on under a new epoch, said to the publisher and to `check`; and
/// stored as soon as there is room.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_an_episode() {
    let subject = OnDisk::fresh();
    let (link, inbox) = subject.node("a").await;
    let there = topic("full");
    let before = link.open(there.clone(), KEEP).await.unwrap().position;
    let stored = subject.publish(&link, &there, "1").await.unwrap();
    assert_eq!(stored.position.epoch, before.epoch);

    subject.disk.fail(Some(io::ErrorKind::StorageFull));
    let mut epochs = Vec::new();
    for number in 2..=4 {
        let answer = subject.publish(&link, &there, &number.to_string()).await;
        let Err(BrokerError::NotStored { position, reason }) = answer else {
            panic!("unexpected: {answer:?}");
        };
        assert_eq!(position.offset, Offset(number));
        assert!(reason.contains("full"), "{reason}");
        epochs.push(position.epoch);
    }
    assert_ne!(epochs[0], before.epoch);
    assert!(epochs.iter().all(|epoch| *epoch == epochs[0]));
    for number in 1..=4 {
        let record = inbox.next_record().await;
        assert_eq!(text(&record), number.to_string());
        assert_eq!(record.position.offset, Offset(number));
        assert_eq!(record.position.epoch == before.epoch, number == 1);
    }
    let check = subject.redb().check().await;
    assert!(
        matches!(check, Err(BrokerError::Degraded { .. })),
        "{check:?}"
    );
    assert!(
        !BrokerError::NotStored {
            position: before,
            reason: String::new()
        }
        .is_worth_a_retry()
    );

    // Tried again in vain, then with success.
    subject.advance(RETRY).await;
    assert!(subject.redb().check().await.is_err());
    subject.disk.fail(None);
    subject.advance(RETRY).await;
    subject.redb().check().await.unwrap();
    let stored = subject.publish(&link, &there, "5").await.unwrap();
    assert_eq!(
        (stored.position.epoch, stored.position.offset),
        (epochs[0], Offset(5))
    );

    subject.restart(Ending::Crash).await;
    let (link, _inbox) = subject.node("a").await;
    let after = link.open(there, KEEP).await.unwrap();
    assert_eq!(after.position, stored.position);
    assert_eq!(texts(&after.history), ["1", "2", "3", "4", "5"]);
    let stats = subject.stats().await;
    assert!(stats.store_bytes > 0 && stats.commits == 0, "{stats:?}");
}

/// A crash during an episode: what was not stored is gone, as was said, and no place is given twice
/// in one epoch.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_during_an_episode_gives_no_place_twice() {
    let subject = OnDisk::fresh();
    let (link, _inbox) = subject.node("a").await;
    let there = topic("crash");
    let stored = subject.publish(&link, &there, "1").await.unwrap();
    subject.disk.fail(Some(io::ErrorKind::Other));
    let lost = subject.publish(&link, &there, "2").await;
    let Err(BrokerError::NotStored { position, .. }) = lost else {
        panic!("unexpected: {lost:?}");
    };
    subject.restart(Ending::Crash).await;
    let (link, _inbox) = subject.node("a").await;
    let next = subject.publish(&link, &there, "3").await.unwrap();
    assert_eq!(next.position.epoch, stored.position.epoch);
    assert_eq!(next.position.offset, Offset(2));
    assert_ne!(next.position, position);
}

/// A retry of what was not stored is found, and is not taken for stored.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_during_an_episode_is_told_the_same() {
    let subject = OnDisk::fresh();
    let (link, inbox) = subject.node("a").await;
    let there = topic("retry");
    link.open(there.clone(), KEEP).await.unwrap();
    let mut named = subject.append(&there, "once");
    named.idempotency = Some(Idempotency {
        scope: "s".into(),
        key: Key::parse("n").unwrap(),
    });
    subject.disk.fail(Some(io::ErrorKind::StorageFull));
    let mut places = Vec::new();
    for _ in 0..2 {
        let answer = link.append(vec![named.clone()]).await.unwrap().remove(0);
        let Err(BrokerError::NotStored { position, .. }) = answer else {
            panic!("unexpected: {answer:?}");
        };
        places.push(position);
    }
    assert_eq!(places[0], places[1]);
    subject.disk.fail(None);
    subject.advance(RETRY).await;
    let answer = link.append(vec![named]).await.unwrap().remove(0).unwrap();
    assert_eq!((answer.duplicate, answer.position), (true, places[0]));
    subject.publish(&link, &there, "next").await.unwrap();
    assert_eq!(text(&*inbox.next_record().await), "once");
    assert_eq!(text(&*inbox.next_record().await), "next");
}

/// The disk fails during any sync of a long life; afterwards everything is as it was said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_may_fail_at_any_sync() {
    for syncs in 0..12 {
        let subject = OnDisk::with(syncs + 1, |_| {});
        let (link, _inbox) = subject.node("a").await;
        let there = topic("any");
        subject.disk.fail_after(syncs);
        for number in 0..15 {
            _ = subject.publish(&link, &there, &number.to_string()).await;
        }
        subject.disk.fail(None);
        subject.advance(RETRY).await;
        subject.redb().check().await.unwrap();
        let before = link.open(there.clone(), KEEP).await.unwrap();
        assert_eq!(before.history.len(), 15);
        subject.restart(Ending::Crash).await;
        let (link, _inbox) = subject.node("a").await;
        let after = link.open(there, KEEP).await.unwrap();
        assert_eq!(after, before, "after {syncs} syncs");
    }
}

/// The bound of the file is reached like the end of a disk, and left when history ages.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bound_of_the_file_is_an_episode_too() {
    let subject = OnDisk::with(1, |settings| settings.max_bytes = 4 * 1024 * 1024);
    let (link, _inbox) = subject.node("a").await;
    let there = topic("bound");
    let large = "x".repeat(60_000);
    let mut refused = None;
    for _ in 0..150 {
        if let Err(error) = subject.publish(&link, &there, &large).await {
            refused = Some(error);
            break;
        }
    }
    let Some(BrokerError::NotStored { reason, .. }) = refused else {
        panic!("unexpected: {refused:?}");
    };
    assert!(
        reason.contains("may not grow beyond 4194304 bytes"),
        "{reason}"
    );
    let stats = subject.stats().await;
    assert!(stats.store_bytes <= 4 * 1024 * 1024);
    assert!(stats.failures > 0 && stats.not_stored > 0);
    subject.advance(Duration::from_secs(301)).await;
    subject.advance(RETRY).await;
    subject.redb().check().await.unwrap();
    subject.publish(&link, &there, "small").await.unwrap();
}

/// What was forgotten during an episode is not in the file after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_forgotten_in_an_episode_is_gone() {
    let subject = OnDisk::fresh();
    let (link, _inbox) = subject.node("a").await;
    let there = topic("gone");
    let mut few = KEEP;
    few.history.size = 3;
    let publish = async |number: u32| {
        let mut one = subject.append(&there, &number.to_string());
        one.retention = few;
        link.append(vec![one]).await.unwrap().remove(0)
    };
    for number in 1..=3 {
        publish(number).await.unwrap();
    }
    subject.disk.fail(Some(io::ErrorKind::StorageFull));
    for number in 4..=8 {
        publish(number).await.unwrap_err();
    }
    subject.disk.fail(None);
    subject.advance(RETRY).await;
    subject.redb().check().await.unwrap();
    subject.restart(Ending::Crash).await;
    let (link, _inbox) = subject.node("a").await;
    let opened = link.open(there, KEEP).await.unwrap();
    assert_eq!(texts(&opened.history), ["6", "7", "8"]);
}

/// A topic that was not in memory when the store failed is read as long as the file can be; after
/// that it begins anew, under an epoch of its own, and nothing of what it was comes back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_that_cannot_be_read_begins_anew() {
    for readable in [true, false] {
        let subject = OnDisk::fresh();
        let (link, _inbox) = subject.node("a").await;
        let there = topic("unread");
        let old = subject.publish(&link, &there, "old").await.unwrap();
        subject.restart(Ending::Orderly).await;
        let (link, _inbox) = subject.node("a").await;
        subject.disk.fail(Some(io::ErrorKind::StorageFull));
        let other = subject.publish(&link, &topic("other"), "1").await;
        other.unwrap_err();
        if !readable {
            // The file is opened anew in vain, and not open from then on.
            subject.advance(RETRY).await;
            subject.redb().check().await.unwrap_err();
        }
        let answer = subject.publish(&link, &there, "new").await;
        let Err(BrokerError::NotStored { position, .. }) = answer else {
            panic!("unexpected: {answer:?}");
        };
        assert_ne!(position.epoch, old.position.epoch);
        subject.disk.fail(None);
        subject.advance(RETRY).await;
        subject.redb().check().await.unwrap();
        subject.restart(Ending::Crash).await;
        let (link, _inbox) = subject.node("a").await;
        let opened = link.open(there, KEEP).await.unwrap();
        let expected = if readable {
            vec!["old", "new"]
        } else {
            vec!["new"]
        };
        assert_eq!(opened.position, position);
        assert_eq!(texts(&opened.history), expected);
    }
}
