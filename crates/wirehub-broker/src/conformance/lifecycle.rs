//! Coming and going.

use std::{sync::Arc, time::Duration};

use super::{
    Inbox, Subject,
    scene::{NOTHING, append, history, named, node, node_with, publish, text, topic},
};
use crate::{BrokerError, Delivery};

const LEASE: Duration = Duration::from_secs(10);

/// A name belongs to one node as long as it has a lease; then another one may take it.
pub async fn a_name_is_given_once(subject: &impl Subject) {
    let old = node_with(subject, "a", LEASE, Inbox::new()).await;
    old.link.open(topic("life/name"), NOTHING).await.unwrap();
    let again = subject.broker().attach(named("a"), LEASE, Inbox::new());
    let refused = again.await.map(|_| ());
    assert_eq!(refused, Err(BrokerError::NameTaken(named("a"))));
    subject.advance(LEASE).await;
    let new = node_with(subject, "a", LEASE, Inbox::new()).await;
    // The old one is fenced off: it cannot renew, and dropping it does not harm the new one.
    assert_eq!(old.link.renew().await, Err(BrokerError::Stopped));
    drop(old.link);
    new.link.renew().await.unwrap();
    new.link.detach().await.unwrap();
    node(subject, "a").await;
}

/// Nodes are told who comes and goes.
pub async fn nodes_hear_of_each_other(subject: &impl Subject) {
    let a = node(subject, "a").await;
    let b = node_with(subject, "b", LEASE, Inbox::new()).await;
    assert_eq!(a.inbox.next().await, Delivery::NodeJoined(named("b")));
    assert_eq!(a.link.nodes().await.unwrap(), [named("a"), named("b")]);
    subject.advance(LEASE).await;
    assert_eq!(a.inbox.next().await, Delivery::NodeLeft(named("b")));
    assert_eq!(b.link.renew().await, Err(BrokerError::LeaseExpired));
    assert_eq!(a.inbox.next().await, Delivery::NodeJoined(named("b")));
    b.link.detach().await.unwrap();
    assert_eq!(a.inbox.next().await, Delivery::NodeLeft(named("b")));
    assert_eq!(a.link.nodes().await.unwrap(), [named("a")]);
}

/// After detaching nothing is pushed, and the link is of no use any more.
pub async fn nothing_comes_after_detaching(subject: &impl Subject) {
    let (a, b) = (node(subject, "a").await, node(subject, "b").await);
    let there = topic("life/detach");
    b.link.open(there.clone(), NOTHING).await.unwrap();
    publish(&a.link, append(subject, &there, "1", NOTHING)).await;
    assert_eq!(text(&*b.inbox.next_record().await), "1");
    b.link.detach().await.unwrap();
    while b.inbox.take().is_some() {}
    publish(&a.link, append(subject, &there, "2", NOTHING)).await;
    a.link.open(there.clone(), NOTHING).await.unwrap();
    publish(&a.link, append(subject, &there, "3", NOTHING)).await;
    assert_eq!(text(&*a.inbox.next_record().await), "3");
    assert_eq!(b.inbox.take(), None);
    assert_eq!(b.link.renew().await, Err(BrokerError::Stopped));
    let opened = b.link.open(there, NOTHING).await;
    assert_eq!(opened, Err(BrokerError::Stopped));
}

/// After the end every answer says so; what was asked before has been done.
pub async fn a_broker_that_was_shut_down_says_so(subject: &impl Subject) {
    let a = node(subject, "a").await;
    let there = topic("life/end");
    let broker = subject.broker();
    broker.check().await.unwrap();
    let before = a
        .link
        .append(vec![append(subject, &there, "1", history(1))]);
    broker.shutdown().await.unwrap();
    assert!(before.await.unwrap()[0].is_ok());
    let after = a
        .link
        .append(vec![append(subject, &there, "2", history(1))]);
    assert_eq!(after.await, Err(BrokerError::Stopped));
    assert_eq!(a.link.renew().await, Err(BrokerError::Stopped));
    assert_eq!(broker.check().await, Err(BrokerError::Stopped));
    assert_eq!(broker.shutdown().await, Err(BrokerError::Stopped));
    let late: Arc<Inbox> = Inbox::new();
    let attached = broker.attach(named("b"), LEASE, late).await;
    assert_eq!(attached.map(|_| ()), Err(BrokerError::Stopped));
}
