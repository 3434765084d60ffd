use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use wirehub_broker::{
    Broker as _, BrokerError, Delivery, Link, MembersQuery,
    conformance::{Ending, Subject as _},
};
use wirehub_broker_nats::{NatsBroker, NatsSettings};
use wirehub_model::Position;

use crate::{
    nats_server::{NatsServer, Sync},
    proxy::Proxy,
    scene::{KEEP, OnServer, attach, come_back, member, once, text, topic},
};

const KILLS: usize = 5;

/// Publishes one after the other until it is over; returns what was acknowledged.
async fn publish(
    subject: &OnServer,
    link: &Arc<dyn Link>,
    over: &AtomicBool,
) -> Vec<(Position, String)> {
    let mut acknowledged = Vec::new();
    let mut number = 0;
    while !over.load(Ordering::Relaxed) {
        number += 1;
        let text = number.to_string();
        let one = subject.append(&topic("kill/a"), &text);
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
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_kept_and_heard_without_a_gap() {
    let subject = OnServer::durable();
    let (a, _) = subject.attach("a").await;
    let (b, inbox) = subject.attach("b").await;
    let opened = b.open(topic("kill/a"), KEEP).await.unwrap();
    let over = AtomicBool::new(false);
    let killing = async {
        let mut expected = 0;
        for kill in 0..KILLS {
            // Some are acknowledged between two kills.
            for _ in 0..20 + kill * 10 {
                let record = inbox.next_record().await;
                expected += 1;
                assert_eq!(record.position.offset.0, expected);
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
    let (acknowledged, ()) =
        futures_util::future::join(publish(&subject, &a, &over), killing).await;

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

/// What a node hears is one sequence, over all cuts of its connections.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_was_cut_off_hears_what_it_missed_first() {
    let subject = OnServer::fresh();
    let proxy = Proxy::to(subject.server.lock().unwrap().port);
    let far = NatsBroker::connect(NatsSettings::new(proxy.url())).unwrap();
    let (a, _) = subject.attach("a").await;
    let (b, inbox) = attach(&far, "b").await;
    b.open(topic("cut/a"), KEEP).await.unwrap();
    let mut expected = 0;
    for round in 0..10 {
        // Only one node is cut off, so that something is missed for sure.
        proxy.cut();
        for number in 0..50 {
            let one = subject.append(&topic("cut/a"), &format!("{round}-{number}"));
            a.append(vec![one]).await.unwrap().remove(0).unwrap();
        }
        for number in 0..50 {
            let record = inbox.next_record().await;
            expected += 1;
            assert_eq!(record.position.offset.0, expected);
            assert_eq!(text(&record), format!("{round}-{number}"));
        }
    }
    far.shutdown().await.unwrap();
}

/// A hub goes on asking while its server is away, and so knows for a while that it is. Something
/// was published before it found out otherwise, and was taken for all that there was.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_asked_in_vain_hears_what_it_missed_all_the_same() {
    let subject = OnServer::durable();
    let other = subject.another();
    let (a, _) = subject.attach("a").await;
    let (b, inbox) = attach(&*other, "b").await;
    let there = topic("vain/a");
    b.open(there.clone(), KEEP).await.unwrap();
    let asking = async {
        loop {
            _ = b.nodes().await;
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
    };
    let publishing = async {
        for kill in 0..3 {
            subject.server.lock().unwrap().kill();
            // After so long questions pause for longer than what hears.
            tokio::time::sleep(Duration::from_millis(600)).await;
            subject.server.lock().unwrap().start_again();
            come_back(&*subject.broker()).await;
            for number in 0..100 {
                let one = subject.append(&there, &number.to_string());
                a.append(vec![one]).await.unwrap().remove(0).unwrap();
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            for number in 1..=100 {
                let record = inbox.next_record().await;
                assert_eq!(record.position.offset.0, kill * 100 + number);
            }
        }
    };
    tokio::select! {
        () = publishing => {}
        () = asking => {}
    }
    other.shutdown().await.unwrap();
}

/// News of members are not kept for a node that is cut off; it is told to ask for the list.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_was_cut_off_is_told_that_it_may_have_missed_news() {
    let subject = OnServer::fresh();
    let proxy = Proxy::to(subject.server.lock().unwrap().port);
    let far = NatsBroker::connect(NatsSettings::new(proxy.url())).unwrap();
    let (a, _) = subject.attach("a").await;
    let (b, inbox) = attach(&far, "b").await;
    let there = topic("cut/members");
    b.open(there.clone(), KEEP).await.unwrap();
    for number in 1..=5 {
        proxy.cut();
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
    far.shutdown().await.unwrap();
}

/// A publication whose answer is cut off is looked for, and has its place once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_published_while_connections_are_cut_is_published_once() {
    let subject = OnServer::fresh();
    let proxy = Proxy::to(subject.server.lock().unwrap().port);
    let far = NatsBroker::connect(NatsSettings::new(proxy.url())).unwrap();
    let (a, _) = attach(&far, "a").await;
    let there = topic("cut/once");
    let (mut expected, mut refused) = (Vec::new(), 0);
    for round in 0..200 {
        let text = round.to_string();
        let one = subject.append(&there, &text);
        let answer = a.append(vec![one]);
        if round % 5 == 0 {
            proxy.cut();
        }
        match answer.await.unwrap().remove(0) {
            Ok(appended) => expected.push((appended.position.offset.0, text)),
            // Then nothing was published, since it was never sent.
            Err(BrokerError::Unavailable { .. }) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    let (b, _) = subject.attach("b").await;
    let opened = b.open(there, KEEP).await.unwrap();
    let found = opened.history.iter();
    let found: Vec<_> = found
        .map(|one| (one.position.offset.0, text(one)))
        .collect();
    assert_eq!(found, expected);
    assert!(refused < 100, "{refused}");
    far.shutdown().await.unwrap();
}

/// A server whose files are those of some time ago gives no offset twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_has_lost_something_begins_an_epoch() {
    let subject = OnServer::durable();
    let (a, _) = subject.attach("a").await;
    let there = topic("epoch/a");
    let publish = async |text: &str| {
        let one = subject.append(&there, text);
        a.append(vec![one]).await.unwrap().remove(0).unwrap()
    };
    publish("1").await;
    subject.server.lock().unwrap().kill();
    subject.server.lock().unwrap().keep_copy();
    subject.server.lock().unwrap().start_again();
    come_back(&*subject.broker()).await;
    let before = publish("2").await;
    publish("3").await;
    subject.server.lock().unwrap().kill();
    subject.server.lock().unwrap().take_copy();
    subject.server.lock().unwrap().start_again();
    come_back(&*subject.broker()).await;
    let after = publish("4").await;
    assert_eq!(after.position.offset, before.position.offset);
    assert_ne!(after.position.epoch, before.position.epoch);
    let opened = a.open(there, KEEP).await.unwrap();
    let texts: Vec<String> = opened.history.iter().map(|one| text(one)).collect();
    assert_eq!(
        (opened.position, texts),
        (after.position, vec!["4".to_owned()])
    );
}

/// What a writer has left undone when it died is done by the next one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_and_values_of_a_writer_that_died_are_stored_by_the_next() {
    let server = NatsServer::start(Sync::Late, "");
    let subject = OnServer::on(server, |_| {});
    let there = topic("settle/a");
    for round in 0..10 {
        let proxy = Proxy::to(subject.server.lock().unwrap().port);
        let dying = NatsBroker::connect(NatsSettings::new(proxy.url())).unwrap();
        let (a, _) = attach(&dying, &format!("dying{round}")).await;
        let name = format!("n{round}");
        let one = once(subject.append(&there, &name), &name);
        let first = a
            .append(vec![one.clone()])
            .await
            .unwrap()
            .remove(0)
            .unwrap();
        // It has its place; names and values may be stored or not.
        proxy.cut();
        drop(proxy);
        let (b, _) = subject.attach(&format!("next{round}")).await;
        let again = b.append(vec![one]).await.unwrap().remove(0).unwrap();
        assert!(again.duplicate);
        assert_eq!(again.position, first.position);
        let opened = b.open(there.clone(), KEEP).await.unwrap();
        let values: Vec<String> = opened.values.iter().map(|one| text(one)).collect();
        assert!(values.contains(&name), "{name} in {values:?}");
        drop((a, dying));
    }
}

/// A process that shuts down leaves no node behind, whoever let go of the link before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_stays_behind_a_broker_that_was_shut_down() {
    let subject = OnServer::fresh();
    for _ in 0..20 {
        let (a, _) = subject.attach("a").await;
        drop(a);
        subject.restart(Ending::Orderly).await;
    }
}
