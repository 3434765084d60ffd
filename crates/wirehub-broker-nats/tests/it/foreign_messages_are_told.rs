use wirehub_broker::NodeName;
use wirehub_broker::{
    BrokerError, Delivery,
    conformance::{Inbox, Subject as _},
};
use wirehub_model::{HistoryPage, PresenceKind};

use crate::{
    scene::{KEEP, OnServer, come_back, member, once, text, topic},
    stranger::Stranger,
};

fn stranger(subject: &OnServer) -> Stranger {
    Stranger::on(subject.server.lock().unwrap().port)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_stands_in_a_log_is_named_and_does_not_hurt_others() {
    let subject = OnServer::fresh();
    let (a, _) = subject.attach("a").await;
    for (name, payload, reason) in [
        ("empty", &b""[..], "too early"),
        ("text", b"hello", "version 104"),
        ("newer", b"\x02anything", "version 2"),
        ("short", b"\x01\x00", "too early"),
    ] {
        stranger(&subject).publish(&format!("wirehub.log.{name}"), payload);
        let there = topic(name);
        let one = subject.append(&there, "1");
        let good = subject.append(&topic("good"), "1");
        let mut answers = a.append(vec![one, good]).await.unwrap();
        answers.remove(1).unwrap();
        let appended = answers.remove(0).map(|_| ());
        let opened = a.open(there.clone(), KEEP).await.map(|_| ());
        let read = a.read(there, HistoryPage::Newest, 5).await.map(|_| ());
        for answer in [appended, opened, read] {
            let Err(BrokerError::Damaged { reason: found, .. }) = &answer else {
                panic!("{name}: {answer:?}");
            };
            assert!(found.contains(reason), "{name}: {found}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_and_values_of_somebody_else_are_damage() {
    let subject = OnServer::fresh();
    let (a, _) = subject.attach("a").await;
    stranger(&subject).publish("wirehub.name.names.1%3Asn", b"x");
    let one = once(subject.append(&topic("names"), "1"), "n");
    let answer = a.append(vec![one]).await.unwrap().remove(0);
    assert!(
        matches!(answer, Err(BrokerError::Damaged { .. })),
        "{answer:?}"
    );
    stranger(&subject).publish("wirehub.value.values.k", b"");
    let answer = a.open(topic("values"), KEEP).await;
    assert!(
        matches!(answer, Err(BrokerError::Damaged { .. })),
        "{answer:?}"
    );
    stranger(&subject).publish("wirehub.crowd.crowd", b"x");
    let answer = a.enter(topic("crowd"), member(1, None)).await;
    assert!(
        matches!(answer, Err(BrokerError::Damaged { .. })),
        "{answer:?}"
    );
    // A node that is none keeps nobody from coming and going.
    stranger(&subject).publish("wirehub.node.nobody.lease", b"x");
    subject.attach("b").await;
    assert_eq!(a.nodes().await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_say_on_our_subjects_is_passed_over() {
    let subject = OnServer::fresh();
    let (a, inbox) = subject.attach("a").await;
    let there = topic("news");
    a.open(there.clone(), KEEP).await.unwrap();
    for said in ["live.news", "seen.news", "word.a", "words.all"] {
        for payload in ["", "x", "\u{1}", "Qa x y", "J", "L a b", "\u{1}\0\0"] {
            stranger(&subject).publish(&format!("wirehub.{said}"), payload.as_bytes());
        }
    }
    let one = subject.append(&there, "1");
    a.append(vec![one]).await.unwrap().remove(0).unwrap();
    match inbox.next_but_nodes().await {
        Delivery::Publication(record) => assert_eq!(text(&record), "1"),
        other => panic!("unexpected: {other:?}"),
    }
}

/// Who is there is not kept beyond the life of a server: nodes learn it and enter again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_enter_again_when_the_server_was_started_anew() {
    let subject = OnServer::fresh();
    let (a, inbox) = subject.attach("a").await;
    let there = topic("crowd");
    a.open(there.clone(), KEEP).await.unwrap();
    a.enter(there.clone(), member(1, None)).await.unwrap();
    let version = news(&inbox).await;
    subject.server.lock().unwrap().kill();
    subject.server.lock().unwrap().start_again();
    come_back(&*subject.broker()).await;
    let late = a.enter(there.clone(), member(2, None)).await;
    assert_eq!(late, Err(BrokerError::LeaseExpired));
    assert_eq!(a.renew().await, Err(BrokerError::LeaseExpired));
    a.enter(there.clone(), member(1, None)).await.unwrap();
    assert!(news(&inbox).await > version);
    let name = NodeName::parse("a").unwrap();
    assert_eq!(a.nodes().await.unwrap(), std::slice::from_ref(&name));
    let again = subject.broker().attach(name, subject.wall(), Inbox::new());
    assert!(again.await.is_err());
}

/// The version of the next member who comes, before a cut or after it.
async fn news(inbox: &Inbox) -> u64 {
    loop {
        match inbox.next_but_nodes().await {
            Delivery::Presence {
                change, version, ..
            } if change.kind == PresenceKind::Joined => return version,
            Delivery::Missed => {}
            other => panic!("unexpected: {other:?}"),
        }
    }
}
