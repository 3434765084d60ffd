use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use wirehub_broker::{
    BrokerError, Delivery, Link, MembersQuery,
    conformance::{Ending, Subject},
};
use wirehub_model::Position;

use crate::{
    redis_server::DURABLE,
    scene::{KEEP, OnServer, attach, come_back, member, text, topic},
};

const KILLS: usize = 5;

/// Publishes one after the other until it is over; returns what was acknowledged.
async fn publish(
    subject: &OnServer,
    link: &Arc<dyn Link>,
    name: &str,
    over: &AtomicBool,
) -> Vec<(Position, String)> {
    let mut acknowledged = Vec::new();
    let mut number = 0;
    while !over.load(Ordering::Relaxed) {
        number += 1;
        let text = number.to_string();
        let one = subject.append(&topic(name), &text);
        let answer = link.append(vec![one]).await;
        match answer.map(|mut answers| answers.remove(0)) {
            Ok(Ok(appended)) => acknowledged.push((appended.position, text)),
            Ok(Err(error)) | Err(error) => {
                assert!(error.is_worth_a_retry(), "{error}");
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
    }
    acknowledged
}

/// The server is killed with `SIGKILL` and started again while a node publishes and another hears.
/// That one is another process, and publishes elsewhere: its connection for that, over which it
/// also reads what it missed, was there again only after it heard, and what it could not read then
/// was passed over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_kept_and_heard_without_a_gap() {
    let subject = OnServer::durable();
    let (a, _) = subject.attach("a").await;
    let other = subject.another();
    let (b, inbox) = attach(&*other, "b").await;
    let opened = b.open(topic("kill/a"), KEEP).await.unwrap();
    let over = AtomicBool::new(false);
    let mut heard = 0;
    let killing = async {
        for kill in 0..KILLS {
            // Some are acknowledged between two kills.
            for _ in 0..20 + kill * 10 {
                heard += 1;
                assert_eq!(inbox.next_record().await.position.offset.0, heard);
            }
            subject.server.lock().unwrap().kill();
            let away = subject.broker().check().await;
            assert!(
                matches!(away, Err(BrokerError::Unavailable { .. })),
                "{away:?}"
            );
            subject.server.lock().unwrap().start_again();
            come_back(&*subject.broker()).await;
        }
        over.store(true, Ordering::Relaxed);
    };
    let (acknowledged, _, ()) = futures_util::future::join3(
        publish(&subject, &a, "kill/a", &over),
        publish(&subject, &b, "kill/b", &over),
        killing,
    )
    .await;
    let last = acknowledged.last().map(|(position, _)| position.offset.0);
    while Some(heard) < last {
        heard += 1;
        assert_eq!(inbox.next_record().await.position.offset.0, heard);
    }

    let all = a.open(topic("kill/a"), KEEP).await.unwrap();
    assert_eq!(all.position.epoch, opened.position.epoch);
    for (position, text_of) in &acknowledged {
        let found = all.history.iter().find(|one| one.position == *position);
        assert_eq!(
            found.map(|one| text(one)).as_ref(),
            Some(text_of),
            "{position:?}"
        );
    }
    assert!(acknowledged.len() > KILLS * 20, "{}", acknowledged.len());
}

/// What a node hears is one sequence, over all cuts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_was_cut_off_hears_what_it_missed_first() {
    let subject = OnServer::durable();
    let (a, _) = subject.attach("a").await;
    let (b, inbox) = subject.attach("b").await;
    b.open(topic("cut/a"), KEEP).await.unwrap();
    let mut expected = 0;
    for round in 0..10 {
        // Only the connections of hearing are cut, so that something is missed for sure.
        subject.cut_ears();
        // Where nothing follows, nothing but the cut tells that something was missed.
        let count = if round % 2 == 0 { 1 } else { 50 };
        for number in 0..count {
            let one = subject.append(&topic("cut/a"), &format!("{round}-{number}"));
            a.append(vec![one]).await.unwrap().remove(0).unwrap();
        }
        for number in 0..count {
            let record = inbox.next_record().await;
            expected += 1;
            assert_eq!(record.position.offset.0, expected);
            assert_eq!(text(&record), format!("{round}-{number}"));
        }
    }
}

/// News of members are not kept for a node that is cut off; it is told to ask for the list.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_was_cut_off_is_told_that_it_may_have_missed_news() {
    let subject = OnServer::durable();
    let (a, _) = subject.attach("a").await;
    let (b, inbox) = subject.attach("b").await;
    let there = topic("cut/members");
    b.open(there.clone(), KEEP).await.unwrap();
    for number in 1..=5 {
        subject.cut_ears();
        a.enter(there.clone(), member(number, None)).await.unwrap();
        while inbox.next().await != Delivery::Missed {}
        let query = MembersQuery {
            topic: there.clone(),
            limit: 10,
            after: None,
        };
        let members = b.members(query).await.unwrap().members;
        assert_eq!(members.len(), number as usize);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_may_have_lost_something_begins_an_epoch() {
    let subject = OnServer::with(DURABLE, |_| {});
    let (a, _) = subject.attach("a").await;
    let there = topic("epoch/a");
    let one = subject.append(&there, "1");
    let before = a.append(vec![one]).await.unwrap().remove(0).unwrap();
    subject.server.lock().unwrap().kill();
    subject.server.lock().unwrap().start_again();
    come_back(&*subject.broker()).await;
    let one = subject.append(&there, "2");
    let after = a.append(vec![one]).await.unwrap().remove(0).unwrap();
    assert_ne!(after.position.epoch, before.position.epoch);
    assert_eq!(after.position.offset, before.position.offset.next());
    let opened = a.open(there, KEEP).await.unwrap();
    assert_eq!(opened.position, after.position);
    assert_eq!(opened.history.len(), 2);
}

/// A process that shuts down leaves no node behind, whoever let go of the link before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_stays_behind_a_broker_that_was_shut_down() {
    let subject = OnServer::durable();
    for _ in 0..20 {
        let (a, _) = subject.attach("a").await;
        drop(a);
        subject.restart(Ending::Orderly).await;
    }
}
