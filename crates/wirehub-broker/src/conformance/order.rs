//! A topic has one order.

use std::sync::Arc;

use futures_util::future::join_all;

use super::{
    Subject,
    scene::{append, history, node, offset, publish, text, topic},
};

/// Offsets begin at 1 and have no gap, whoever publishes, and the epoch stays.
pub async fn offsets_begin_at_one_and_have_no_gap(subject: &impl Subject) {
    let (a, b) = (node(subject, "a").await, node(subject, "b").await);
    let there = topic("order/gap");
    a.link.open(there.clone(), history(10)).await.unwrap();
    let publish_many = |link: Arc<dyn crate::Link>, name: &'static str| {
        let there = there.clone();
        async move {
            let mut positions = Vec::new();
            for number in 0..100 {
                let one = append(subject, &there, &format!("{name}{number}"), history(10));
                positions.push(publish(&link, one).await.position);
            }
            positions
        }
    };
    let all = [
        publish_many(Arc::clone(&a.link), "a"),
        publish_many(Arc::clone(&a.link), "A"),
        publish_many(Arc::clone(&b.link), "b"),
    ];
    let mut positions = join_all(all).await.concat();
    positions.sort_unstable_by_key(|position| position.offset);
    let offsets: Vec<u64> = positions.iter().map(|place| place.offset.0).collect();
    assert_eq!(offsets, (1..=300).collect::<Vec<_>>());
    assert!(
        positions
            .iter()
            .all(|place| place.epoch == positions[0].epoch)
    );
    for number in 1..=300 {
        let record = a.inbox.next_record().await;
        assert_eq!(record.position.offset, offset(number));
        assert_eq!(record.position.epoch, positions[0].epoch);
    }
}

/// What one node publishes stands in the order of its calls, even if it does not wait in between.
pub async fn calls_of_one_node_keep_their_order(subject: &impl Subject) {
    let a = node(subject, "a").await;
    let there = topic("order/calls");
    a.link.open(there.clone(), history(1)).await.unwrap();
    let calls: Vec<_> = (0..200)
        .map(|number| {
            let one = append(subject, &there, &number.to_string(), history(1));
            a.link.append(vec![one])
        })
        .collect();
    // The futures are looked at from the last to the first.
    for (index, call) in calls.into_iter().enumerate().rev() {
        let place = call.await.unwrap().remove(0).unwrap().position;
        assert_eq!(place.offset, offset(index as u64 + 1));
    }
    for number in 0..200 {
        assert_eq!(text(&*a.inbox.next_record().await), number.to_string());
    }
}

/// Two nodes that publish against each other see the same order.
pub async fn every_node_sees_the_same_order(subject: &impl Subject) {
    let (a, b) = (node(subject, "a").await, node(subject, "b").await);
    let there = topic("order/same");
    for node in [&a, &b] {
        node.link.open(there.clone(), history(1)).await.unwrap();
    }
    let mut calls = Vec::new();
    for number in 0..100 {
        for (name, node) in [("a", &a), ("b", &b)] {
            let one = append(subject, &there, &format!("{name}{number}"), history(1));
            calls.push(node.link.append(vec![one]));
        }
    }
    for answer in join_all(calls).await {
        answer.unwrap().remove(0).unwrap();
    }
    for _ in 0..200 {
        let (seen_by_a, seen_by_b) = (a.inbox.next_record().await, b.inbox.next_record().await);
        assert_eq!(seen_by_a, seen_by_b);
    }
}

/// The answers to a batch stand in its order, over several topics.
pub async fn answers_stand_in_the_order_of_the_batch(subject: &impl Subject) {
    let a = node(subject, "a").await;
    let (one, other) = (topic("order/one"), topic("order/other"));
    let batch = vec![
        append(subject, &one, "1", history(5)),
        append(subject, &other, "2", history(5)),
        append(subject, &one, "3", history(5)),
        append(subject, &one, "4", history(5)),
    ];
    let answers = a.link.append(batch).await.unwrap();
    let offsets: Vec<u64> = answers
        .into_iter()
        .map(|answer| answer.unwrap().position.offset.0)
        .collect();
    assert_eq!(offsets, [1, 1, 2, 3]);
}
