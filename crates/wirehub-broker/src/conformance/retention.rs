//! What a topic keeps of its history.

use std::time::Duration;

use wirehub_model::{HistoryRules, Position};

use super::{
    Subject,
    scene::{
        NOTHING, about, append, history, node, offset, offsets, publish, publish_numbers, texts,
        topic,
    },
};
use crate::{Delivery, Retention};

/// The newest publications are kept, so many.
pub async fn history_keeps_the_newest(subject: &impl Subject) {
    let a = node(subject, "a").await;
    let there = topic("retention/size");
    publish_numbers(subject, &a.link, &there, 1..=10, history(3)).await;
    let opened = a.link.open(there.clone(), history(3)).await.unwrap();
    assert_eq!(texts(&opened.history), ["8", "9", "10"]);
    assert_eq!(offsets(&opened.history), [8, 9, 10]);
    assert_eq!(opened.position.offset, offset(10));
    assert!(opened.values.is_empty());
    // Less is asked for from now on.
    let opened = a.link.open(there, history(1)).await.unwrap();
    assert_eq!(texts(&opened.history), ["10"]);
}

/// Publications are kept for their time.
pub async fn history_ages(subject: &impl Subject) {
    let a = node(subject, "a").await;
    let there = topic("retention/age");
    publish_numbers(subject, &a.link, &there, 1..=2, history(9)).await;
    subject.advance(Duration::from_secs(200)).await;
    publish_numbers(subject, &a.link, &there, 3..=3, history(9)).await;
    let opened = a.link.open(there.clone(), history(9)).await.unwrap();
    assert_eq!(texts(&opened.history), ["1", "2", "3"]);
    subject.advance(Duration::from_secs(101)).await;
    let opened = a.link.open(there.clone(), history(9)).await.unwrap();
    assert_eq!(texts(&opened.history), ["3"]);
    let epoch = opened.position.epoch;
    subject.advance(Duration::from_secs(200)).await;
    let opened = a.link.open(there, history(9)).await.unwrap();
    assert!(opened.history.is_empty());
    // The topic is open, so it goes on where it was.
    assert_eq!(
        (opened.position.epoch, opened.position.offset),
        (epoch, offset(3))
    );
}

/// The history is bounded in bytes of payload.
pub async fn history_is_bounded_in_bytes(subject: &impl Subject) {
    let a = node(subject, "a").await;
    let there = topic("retention/bytes");
    let retention = Retention {
        history: HistoryRules {
            bytes: 250,
            ..history(100).history
        },
        ..NOTHING
    };
    for _ in 0..5 {
        publish(
            &a.link,
            append(subject, &there, &"x".repeat(100), retention),
        )
        .await;
    }
    let opened = a.link.open(there.clone(), retention).await.unwrap();
    assert_eq!(offsets(&opened.history), [4, 5]);
    // One that is larger than all is not kept, and neither is what came before it.
    publish(
        &a.link,
        append(subject, &there, &"x".repeat(251), retention),
    )
    .await;
    let opened = a.link.open(there, retention).await.unwrap();
    assert!(opened.history.is_empty());
    assert_eq!(opened.position.offset, offset(6));
}

/// Without history the offsets go on and nothing is kept.
pub async fn nothing_is_kept_when_nothing_is_asked_for(subject: &impl Subject) {
    let a = node(subject, "a").await;
    let there = topic("retention/off");
    let first = a.link.open(there.clone(), NOTHING).await.unwrap();
    publish_numbers(subject, &a.link, &there, 1..=4, NOTHING).await;
    let opened = a.link.open(there, NOTHING).await.unwrap();
    assert!(opened.history.is_empty() && opened.values.is_empty());
    assert_eq!(opened.position.offset, offset(4));
    assert_eq!(opened.position.epoch, first.position.epoch);
}

/// Times to live of nothing and of nearly forever do what they say.
pub async fn extreme_times_to_live_are_fine(subject: &impl Subject) {
    let a = node(subject, "a").await;
    for (name, ttl, kept) in [("zero", Duration::ZERO, 0), ("huge", Duration::MAX, 3)] {
        let there = topic(&format!("retention/{name}"));
        let retention = Retention {
            history: HistoryRules {
                ttl,
                ..history(9).history
            },
            retained_ttl: Some(ttl),
            retained: true,
            idempotency_ttl: ttl,
            ..NOTHING
        };
        publish_numbers(subject, &a.link, &there, 1..=3, retention).await;
        subject.advance(Duration::from_secs(1)).await;
        let opened = a.link.open(there, retention).await.unwrap();
        assert_eq!(opened.history.len(), kept, "{name}");
        assert_eq!(opened.values.len(), kept.min(1), "{name}");
        assert_eq!(opened.position.offset, offset(3), "{name}");
    }
}

/// What is forgotten is gone for everybody, and the topic goes on where it was.
pub async fn what_is_forgotten_is_gone(subject: &impl Subject) {
    let (a, b) = (node(subject, "a").await, node(subject, "b").await);
    let there = topic("retention/forgotten");
    let both = Retention {
        retained: true,
        keys: 5,
        ..history(9)
    };
    let opened = b.link.open(there.clone(), both).await.unwrap();
    for text in ["1", "2", "3"] {
        publish(&a.link, about(append(subject, &there, text, both), "key")).await;
    }
    a.link.forget(there.clone()).await.unwrap();
    for _ in 0..3 {
        b.inbox.next_record().await;
    }
    let position = Position {
        offset: offset(3),
        ..opened.position
    };
    let told = b.inbox.next_but_nodes().await;
    assert_eq!(told, Delivery::Forgotten(there.clone(), position));
    let opened = a.link.open(there.clone(), both).await.unwrap();
    assert_eq!(opened.position, position);
    assert!(opened.history.is_empty() && opened.values.is_empty());
    publish(&a.link, append(subject, &there, "4", both)).await;
    let opened = a.link.open(there, both).await.unwrap();
    assert_eq!(
        (texts(&opened.history), offsets(&opened.values)),
        (vec!["4".to_owned()], vec![4])
    );
    // What was never there can be forgotten, and is not there afterwards.
    let unheard = topic("retention/unheard");
    a.link.forget(unheard.clone()).await.unwrap();
    let opened = a.link.open(unheard, both).await.unwrap();
    assert_eq!(opened.position.offset, offset(0));
}
