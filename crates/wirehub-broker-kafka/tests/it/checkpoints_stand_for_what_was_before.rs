use std::time::Duration;

use wirehub_broker::{
    Broker as _, BrokerError, Delivery, MembersQuery, NodeName,
    conformance::{Inbox, Subject as _},
};
use wirehub_broker_kafka::KafkaBroker;
use wirehub_model::{ConnectionId, Member, Message, Payload};

use crate::scene::{KEEP, OnCluster, append, attach, once, topic};

fn member(number: u32) -> Member {
    Member {
        connection: ConnectionId::new(0, number, 1),
        user: None,
        info: None,
        state: None,
    }
}

/// The mock cluster keeps five megabytes of a partition. A process that begins later has all the
/// same: offsets, history, values and names of what is not there any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_without_its_beginning_is_begun_with_what_was_kept() {
    let subject = OnCluster::with(|settings| settings.keep_every = 5);
    let (a, _) = attach(&subject.kafka(), "a").await;
    let there = topic("kept");
    let named = || once(append(&subject, &there, "named"), "n");
    let first = a.append(vec![named()]).await.unwrap().remove(0).unwrap();
    let mut few = KEEP;
    few.history.size = 2;
    // More than a part of a checkpoint holds, and more in all than the cluster keeps.
    for _ in 0..18 {
        let mut one = append(&subject, &there, "");
        one.message = Message::of(Payload::Binary(vec![7; 600_000].into()));
        one.retention = few;
        a.append(vec![one]).await.unwrap().remove(0).unwrap();
    }
    let expected = a.open(there.clone(), few).await.unwrap();
    assert_eq!((expected.history.len(), expected.values.len()), (2, 2));
    // What is kept is stored beside the hub's work; until it is, a log without its beginning is
    // refused.
    let later = loop {
        if let Ok(later) = KafkaBroker::connect(subject.settings.clone()) {
            break later;
        }
    };
    let (b, _) = attach(&later, "b").await;
    assert_eq!(b.open(there.clone(), few).await.unwrap(), expected);
    let again = b.append(vec![named()]).await.unwrap().remove(0).unwrap();
    assert!(again.duplicate);
    assert_eq!(again.position, first.position);
    let next = b
        .append(vec![append(&subject, &there, "next")])
        .await
        .unwrap()
        .remove(0);
    assert_eq!(next.unwrap().position.offset.0, 20);
}

/// Nodes, members and leases are kept, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_there_is_known_to_who_begins_later() {
    let subject = OnCluster::with(|settings| settings.keep_every = 20);
    let (a, inbox) = attach(&subject.kafka(), "a").await;
    let there = topic("crowd");
    a.open(there.clone(), KEEP).await.unwrap();
    let lease = Duration::from_secs(10);
    let name = NodeName::parse("b").unwrap();
    let b = subject
        .broker()
        .attach(name.clone(), lease, Inbox::new())
        .await
        .unwrap();
    b.enter(there.clone(), member(1)).await.unwrap();
    for number in 0..60 {
        a.enter(there.clone(), member(number)).await.unwrap();
    }
    let query = MembersQuery {
        topic: there.clone(),
        limit: 100,
        after: None,
    };
    let expected = a.members(query.clone()).await.unwrap();
    assert_eq!(expected.members.len(), 61);
    let later = subject.another();
    let taken = later
        .attach(name.clone(), lease, Inbox::new())
        .await
        .map(|_| ());
    assert_eq!(taken, Err(BrokerError::NameTaken(name.clone())));
    let (c, _) = attach(&later, "c").await;
    let seen = c.members(query.clone()).await.unwrap();
    assert_eq!(
        (&seen.members, seen.version),
        (&expected.members, expected.version)
    );
    subject.advance(lease).await;
    assert_eq!(c.members(query).await.unwrap().members.len(), 60);
    // Everybody has been told once, by all that happened.
    let mut left = 0;
    while let Some(delivery) = inbox.take() {
        left += usize::from(delivery == Delivery::NodeLeft(name.clone()));
    }
    assert_eq!(left, 1);
}

/// The same on a server in a process of its own, which cannot delete records.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_kept_on_another_server_is_begun_with() {
    let subject = OnCluster::on_tansu_with(|settings| settings.keep_every = 50);
    let (a, _) = attach(&subject.kafka(), "a").await;
    let topics = ["one", "two", "three"].map(topic);
    for number in 0..300 {
        for there in &topics {
            let one = append(&subject, there, &number.to_string());
            a.append(vec![one]).await.unwrap().remove(0).unwrap();
        }
    }
    let later = subject.another();
    let (b, _) = attach(&later, "b").await;
    for there in topics {
        let expected = a.open(there.clone(), KEEP).await.unwrap();
        assert_eq!(expected.position.offset.0, 300);
        assert_eq!(b.open(there, KEEP).await.unwrap(), expected);
    }
}
