//! Words from node to node.

use std::time::Duration;

use bytes::Bytes;

use super::{
    Subject,
    scene::{Node, named, node},
};
use crate::{BrokerError, Delivery, NodeName, RequestId};

const TIMEOUT: Duration = Duration::from_secs(5);

/// The next word for a node.
async fn word(node: &Node) -> (NodeName, Bytes) {
    match node.inbox.next_but_nodes().await {
        Delivery::Control { from, bytes } => (from, bytes),
        other => panic!("unexpected: {other:?}"),
    }
}

/// The next question for a node.
async fn question(node: &Node) -> (NodeName, RequestId, Bytes) {
    match node.inbox.next_but_nodes().await {
        Delivery::Request {
            from,
            request,
            bytes,
        } => (from, request, bytes),
        other => panic!("unexpected: {other:?}"),
    }
}

/// What one node tells another arrives once and in order; a node may tell itself something.
pub async fn nodes_tell_each_other_in_order(subject: &impl Subject) {
    let (a, b) = (node(subject, "a").await, node(subject, "b").await);
    let told: Vec<_> = (0..100u8)
        .map(|number| a.link.tell(named("b"), Bytes::copy_from_slice(&[number])))
        .collect();
    for one in told {
        one.await.unwrap();
    }
    for number in 0..100u8 {
        assert_eq!(
            word(&b).await,
            (named("a"), Bytes::copy_from_slice(&[number]))
        );
    }
    a.link
        .tell(named("a"), Bytes::from_static(b"me"))
        .await
        .unwrap();
    assert_eq!(word(&a).await, (named("a"), Bytes::from_static(b"me")));
}

/// Everybody else is told.
pub async fn all_others_are_told(subject: &impl Subject) {
    let (a, b) = (node(subject, "a").await, node(subject, "b").await);
    let c = node(subject, "c").await;
    a.link.tell_all(Bytes::from_static(b"all")).await.unwrap();
    for node in [&b, &c] {
        assert_eq!(word(node).await, (named("a"), Bytes::from_static(b"all")));
    }
    c.link
        .tell(named("a"), Bytes::from_static(b"one"))
        .await
        .unwrap();
    assert_eq!(word(&a).await, (named("c"), Bytes::from_static(b"one")));
}

/// A question reaches its node, and the answer whoever asked.
pub async fn questions_are_answered(subject: &impl Subject) {
    let (a, b) = (node(subject, "a").await, node(subject, "b").await);
    let c = node(subject, "c").await;
    let first = a.link.ask(named("b"), Bytes::from_static(b"1"), TIMEOUT);
    let second = c.link.ask(named("b"), Bytes::from_static(b"2"), TIMEOUT);
    let (one, two) = (question(&b).await, question(&b).await);
    for (from, request, bytes) in [two, one] {
        // Nobody answers for another node.
        a.link
            .answer(request, Bytes::from_static(b"forged"))
            .await
            .unwrap();
        let answer = [from.as_str().as_bytes(), &bytes].concat();
        b.link.answer(request, answer.into()).await.unwrap();
    }
    assert_eq!(first.await, Ok(Bytes::from_static(b"a1")));
    assert_eq!(second.await, Ok(Bytes::from_static(b"c2")));
}

/// Who does not answer in time, or leaves, is named; a late answer is dropped.
pub async fn questions_end_in_time(subject: &impl Subject) {
    let (a, b) = (node(subject, "a").await, node(subject, "b").await);
    let asked = a.link.ask(named("b"), Bytes::new(), TIMEOUT);
    let (_, request, _) = question(&b).await;
    subject.advance(TIMEOUT).await;
    assert_eq!(asked.await, Err(BrokerError::NoAnswer(named("b"))));
    b.link.answer(request, Bytes::new()).await.unwrap();
    let asked = a.link.ask(named("b"), Bytes::new(), TIMEOUT);
    question(&b).await;
    b.link.detach().await.unwrap();
    assert_eq!(asked.await, Err(BrokerError::NoAnswer(named("b"))));
}

/// A node that is not there is named.
pub async fn unknown_nodes_are_named(subject: &impl Subject) {
    let a = node(subject, "a").await;
    let nobody = named("nobody");
    let unknown = BrokerError::UnknownNode(nobody.clone());
    let told = a.link.tell(nobody.clone(), Bytes::new()).await;
    assert_eq!(told, Err(unknown.clone()));
    assert_eq!(
        a.link.ask(nobody, Bytes::new(), TIMEOUT).await,
        Err(unknown)
    );
    assert_eq!(a.link.nodes().await.unwrap(), [named("a")]);
    // Alone, everybody else is nobody.
    a.link.tell_all(Bytes::new()).await.unwrap();
}
