//! What is pushed to whom.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use wirehub_model::TopicFilter;

use super::{
    Inbox, Subject,
    scene::{NOTHING, append, history, node, node_with, offset, publish, text, topic},
};
use crate::Delivery;

/// What is kept of the topic that is opened while others publish to it.
const KEPT: usize = 1_000;

/// Opening while others publish: the answer and what follows it are the whole stream.
pub async fn opening_loses_and_doubles_nothing(subject: &impl Subject) {
    let a = node(subject, "a").await;
    let there = topic("interest/race");
    let over = AtomicBool::new(false);
    let publisher = async {
        let mut published = 0;
        while !over.load(Ordering::Relaxed) {
            let one = append(subject, &there, "x", history(KEPT));
            publish(&a.link, one).await;
            published += 1;
        }
        published
    };
    let opener = async {
        for round in 0..100 {
            let b = node(subject, &format!("b{round}")).await;
            let opened = b.link.open(there.clone(), history(KEPT)).await.unwrap();
            let mut last = opened.position.offset;
            // The oldest may go while it is read; what is there has no gap up to the position.
            let kept = opened.history.iter().rev().map(|one| one.position.offset.0);
            assert!(
                kept.eq((1..=last.0).rev().take(opened.history.len())),
                "in round {round}"
            );
            assert!(!opened.history.is_empty() || last.0 == 0);
            let mut seen = 0;
            while seen < 3 {
                let record = b.inbox.next_record().await;
                assert_eq!(record.position.epoch, opened.position.epoch);
                if record.position.offset > opened.position.offset {
                    assert_eq!(record.position.offset, last.next(), "in round {round}");
                    last = record.position.offset;
                    seen += 1;
                }
            }
            b.link.detach().await.unwrap();
        }
        over.store(true, Ordering::Relaxed);
    };
    let (published, ()) = futures_util::future::join(publisher, opener).await;
    assert!(published > 300);
}

/// Opening an open topic tells how it stands now, and its publications come once as before.
pub async fn a_topic_may_be_opened_again(subject: &impl Subject) {
    let a = node(subject, "a").await;
    let there = topic("interest/again");
    a.link.open(there.clone(), history(9)).await.unwrap();
    publish(&a.link, append(subject, &there, "1", history(9))).await;
    let opened = a.link.open(there.clone(), history(9)).await.unwrap();
    assert_eq!(
        (opened.position.offset, opened.history.len()),
        (offset(1), 1)
    );
    publish(&a.link, append(subject, &there, "2", history(9))).await;
    assert_eq!(text(&*a.inbox.next_record().await), "1");
    assert_eq!(text(&*a.inbox.next_record().await), "2");
    a.link.close(there.clone()).await.unwrap();
    publish(&a.link, append(subject, &there, "3", history(9))).await;
    fence(subject, &a).await;
}

/// A filter reaches the topics it matches, as MQTT has it, from the answer on.
pub async fn filters_reach_topics_that_nobody_opened(subject: &impl Subject) {
    let (a, b) = (node(subject, "a").await, node(subject, "b").await);
    let filters = ["wild/+/x", "wild/deep/#", "other/#"];
    for filter in filters {
        let filter = TopicFilter::parse(filter).unwrap();
        b.link.subscribe(filter).await.unwrap();
    }
    for (name, matched) in [
        ("wild/1/x", true),
        ("wild/1/y", false),
        ("wild/deep", true),
        ("wild/deep/a/b", true),
        ("wild", false),
        ("other", true),
        ("$other/a", false),
    ] {
        publish(&a.link, append(subject, &topic(name), name, NOTHING)).await;
        if matched {
            assert_eq!(text(&*b.inbox.next_record().await), name);
        }
    }
    for filter in filters {
        let filter = TopicFilter::parse(filter).unwrap();
        b.link.unsubscribe(filter).await.unwrap();
    }
    publish(
        &a.link,
        append(subject, &topic("wild/1/x"), "late", NOTHING),
    )
    .await;
    fence(subject, &b).await;
}

/// A publication comes once, however many interests of a node it meets.
pub async fn a_publication_is_pushed_once(subject: &impl Subject) {
    let a = node(subject, "a").await;
    let there = topic("interest/once/x");
    for filter in ["interest/#", "interest/once/+", "interest/once/x"] {
        let filter = TopicFilter::parse(filter).unwrap();
        a.link.subscribe(filter).await.unwrap();
    }
    a.link.open(there.clone(), NOTHING).await.unwrap();
    publish(&a.link, append(subject, &there, "1", NOTHING)).await;
    publish(&a.link, append(subject, &there, "2", NOTHING)).await;
    assert_eq!(text(&*a.inbox.next_record().await), "1");
    assert_eq!(text(&*a.inbox.next_record().await), "2");
    // The others end with the topic still open.
    let all = TopicFilter::parse("interest/#").unwrap();
    a.link.unsubscribe(all).await.unwrap();
    publish(&a.link, append(subject, &there, "3", NOTHING)).await;
    assert_eq!(text(&*a.inbox.next_record().await), "3");
    fence(subject, &a).await;
}

/// After closing nothing comes any more; other nodes notice nothing.
pub async fn closing_stops_deliveries(subject: &impl Subject) {
    let (a, b) = (node(subject, "a").await, node(subject, "b").await);
    let there = topic("interest/close");
    for node in [&a, &b] {
        node.link.open(there.clone(), NOTHING).await.unwrap();
    }
    publish(&a.link, append(subject, &there, "1", NOTHING)).await;
    assert_eq!(text(&*b.inbox.next_record().await), "1");
    b.link.close(there.clone()).await.unwrap();
    b.link.close(there.clone()).await.unwrap();
    publish(&a.link, append(subject, &there, "2", NOTHING)).await;
    fence(subject, &b).await;
    assert_eq!(text(&*a.inbox.next_record().await), "1");
    assert_eq!(text(&*a.inbox.next_record().await), "2");
}

/// A sink without room makes the broker wait: everything comes, in order, to everybody.
pub async fn a_slow_sink_loses_nothing(subject: &impl Subject) {
    let slow = node_with(
        subject,
        "slow",
        std::time::Duration::from_secs(1_000_000),
        Inbox::with_room(2),
    )
    .await;
    let a = node(subject, "a").await;
    let there = topic("interest/slow");
    for node in [&slow, &a] {
        node.link.open(there.clone(), NOTHING).await.unwrap();
    }
    let publishing = async {
        let calls: Vec<_> = (0..500)
            .map(|number| {
                let one = append(subject, &there, &number.to_string(), NOTHING);
                a.link.append(vec![one])
            })
            .collect();
        for call in calls {
            call.await.unwrap().remove(0).unwrap();
        }
    };
    let reading = async {
        for number in 0..500 {
            assert_eq!(text(&*slow.inbox.next_record().await), number.to_string());
        }
    };
    futures_util::future::join(publishing, reading).await;
    for number in 0..500 {
        assert_eq!(text(&*a.inbox.next_record().await), number.to_string());
    }
}

/// Makes sure that nothing else has come for a node: what was published before is on its way no
/// more once something published later has arrived.
async fn fence(subject: &impl Subject, node: &super::scene::Node) {
    let there = topic("fence");
    node.link.open(there.clone(), NOTHING).await.unwrap();
    publish(&node.link, append(subject, &there, "fence", NOTHING)).await;
    let next: Arc<_> = match node.inbox.next_but_nodes().await {
        Delivery::Publication(record) => record,
        other => panic!("unexpected: {other:?}"),
    };
    assert_eq!(text(&next), "fence");
    node.link.close(there).await.unwrap();
}
