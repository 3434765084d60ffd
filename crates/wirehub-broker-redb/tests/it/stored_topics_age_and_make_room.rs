use std::time::Duration;

use wirehub_broker::{
    Broker, BrokerError,
    conformance::{Ending, Subject},
};

use crate::scene::{KEEP, OnDisk, topic};

const TICK: Duration = Duration::from_secs(1);

/// Topics that nobody asks for any more are forgotten when their time is over, and the file can
/// give back their room.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_topics_are_swept_and_the_file_shrinks() {
    let subject = OnDisk::fresh();
    let (link, _inbox) = subject.node("a").await;
    for number in 0..40 {
        let there = topic(&format!("idle/{number}"));
        let answer = subject.publish(&link, &there, &"x".repeat(50_000)).await;
        answer.unwrap();
    }
    let first = link.open(topic("idle/0"), KEEP).await.unwrap().position;
    subject.restart(Ending::Orderly).await;
    let full = subject.stats().await;
    assert_eq!(full.topics, 0, "nothing is loaded that nobody asked for");
    subject.advance(Duration::from_secs(301)).await;
    // Each look takes some of them: once to age, once to forget.
    for _ in 0..20 {
        subject.advance(TICK).await;
    }
    subject.redb().compact().await.unwrap();
    let empty = subject.stats().await;
    assert!(
        empty.store_bytes < full.store_bytes / 4,
        "{full:?} {empty:?}"
    );
    let (link, _inbox) = subject.node("a").await;
    let opened = link.open(topic("idle/0"), KEEP).await.unwrap();
    assert_ne!(opened.position.epoch, first.epoch);
}

/// With little memory topics come and go between memory and file, and nothing is lost by that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn topics_leave_the_memory_and_come_back() {
    let subject = OnDisk::with(3, |settings| settings.local.topics = 4);
    let (link, _inbox) = subject.node("a").await;
    for round in 1..=5 {
        for number in 0..20 {
            let there = topic(&format!("many/{number}"));
            let answer = subject.publish(&link, &there, &"x".repeat(100)).await;
            assert_eq!(answer.unwrap().position.offset.0, round);
        }
    }
    assert!(subject.stats().await.topics <= 4);
    subject.restart(Ending::Crash).await;
    let (link, _inbox) = subject.node("a").await;
    for number in 0..20 {
        let there = topic(&format!("many/{number}"));
        let opened = link.open(there.clone(), KEEP).await.unwrap();
        assert_eq!(opened.history.len(), 5);
        link.close(there).await.unwrap();
    }
}

/// What is forgotten in memory is forgotten in the file: a restart finds the same history.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_is_trimmed_with_the_history() {
    let subject = OnDisk::fresh();
    let (link, _inbox) = subject.node("a").await;
    let there = topic("trim");
    let mut retention = KEEP;
    retention.history.size = 7;
    for number in 0..30 {
        let mut one = subject.append(&there, &number.to_string());
        one.retention = retention;
        link.append(vec![one.clone(), one]).await.unwrap();
    }
    subject.restart(Ending::Crash).await;
    let (link, _inbox) = subject.node("a").await;
    // More may be kept now, and nothing more is there.
    let opened = link.open(there, KEEP).await.unwrap();
    assert_eq!(opened.history.len(), 7);
    assert_eq!(opened.position.offset.0, 60);
}

/// A topic whose publications are on their way into the file does not leave the memory: no offset
/// is given twice, and what finds no room is refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn topics_on_their_way_stay() {
    let subject = OnDisk::with(3, |settings| settings.local.topics = 8);
    let (link, _inbox) = subject.node("a").await;
    let there = |number: usize| topic(&format!("way/{}", number % 20));
    let calls: Vec<_> = (0..100)
        .map(|round| {
            let batch = (0..6).map(|place| subject.append(&there(round * 3 + place), "x"));
            (round, link.append(batch.collect()))
        })
        .collect();
    let mut offsets = vec![Vec::new(); 20];
    for (round, call) in calls {
        for (place, answer) in call.await.unwrap().into_iter().enumerate() {
            match answer {
                Ok(appended) => {
                    let place = (round * 3 + place) % 20;
                    offsets[place].push(appended.position.offset.0);
                }
                Err(error) => assert_eq!(error, BrokerError::TooManyTopics(8)),
            }
        }
    }
    for (number, offsets) in offsets.iter().enumerate() {
        let expected: Vec<u64> = (1..=offsets.len() as u64).collect();
        assert_eq!(*offsets, expected, "topic {number}");
    }
    assert!(offsets.iter().flatten().count() > 8);
}

/// A file that is full to its last page has to be able to forget: what is removed from it makes
/// room, and needs some while it is removed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_full_to_its_last_page_makes_room() {
    for size in [100, 1_500, 3_000, 5_000, 30_000, 70_000] {
        let subject = OnDisk::with(4, |settings| settings.max_bytes = 4 * 1024 * 1024);
        let (link, _inbox) = subject.node("a").await;
        let data = "x".repeat(size);
        for round in 0.. {
            let there = |place| topic(&format!("brim/{}", (round * 8 + place) % 1_000));
            let batch = (0..8).map(|place| subject.append(&there(place), &data));
            let answers = link.append(batch.collect()).await.unwrap();
            if answers.iter().any(Result::is_err) {
                break;
            }
        }
        subject.redb().check().await.unwrap_err();
        subject.advance(Duration::from_secs(301)).await;
        for _ in 0..20 {
            subject.advance(TICK).await;
        }
        let check = subject.redb().check().await;
        assert_eq!(check, Ok(()), "publications of {size} bytes");
    }
}
