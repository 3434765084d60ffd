//! What outlives the process.

use std::time::Duration;

use super::{
    Ending, Subject,
    scene::{about, append, history, node, offset, once, publish, publish_numbers, texts, topic},
};
use crate::{BrokerError, Retention};

/// What was answered is there after a crash, and offsets and epochs go on.
pub async fn everything_answered_is_there_after_a_crash(subject: &impl Subject) {
    comes_back(subject, Ending::Crash).await;
}

/// The same after an orderly end.
pub async fn everything_is_there_after_an_orderly_end(subject: &impl Subject) {
    comes_back(subject, Ending::Orderly).await;
}

async fn comes_back(subject: &impl Subject, ending: Ending) {
    let names = ["durable/a", "durable/b", "durable/c"];
    let mut epochs = [None; 3];
    for life in 0..4 {
        let a = node(subject, "a").await;
        for (name, epoch) in names.iter().zip(&mut epochs) {
            let there = topic(name);
            let opened = a.link.open(there.clone(), history(15)).await.unwrap();
            assert_eq!(opened.position.offset, offset(life * 10));
            let expected: Vec<String> = (1..=life * 10)
                .rev()
                .take(15)
                .map(|number| number.to_string())
                .collect();
            let found: Vec<String> = texts(&opened.history).into_iter().rev().collect();
            assert_eq!(found, expected, "{name} in life {life}");
            if life > 0 {
                assert_eq!(*epoch, Some(opened.position.epoch), "{name} in life {life}");
            }
            *epoch = Some(opened.position.epoch);
            let numbers = life as u32 * 10 + 1..=life as u32 * 10 + 10;
            publish_numbers(subject, &a.link, &there, numbers, history(15)).await;
        }
        subject.restart(ending).await;
        let gone = a.link.renew().await;
        assert_eq!(gone, Err(BrokerError::Stopped));
    }
}

/// Offsets are not given twice although nothing is left of the history that held them.
pub async fn offsets_go_on_after_the_history_has_aged(subject: &impl Subject) {
    let a = node(subject, "a").await;
    let there = topic("durable/aged");
    publish_numbers(subject, &a.link, &there, 1..=5, history(9)).await;
    let before = a.link.open(there.clone(), history(9)).await.unwrap();
    subject.advance(Duration::from_secs(301)).await;
    // Opening lets the topic age; publishing elsewhere makes that safe.
    a.link.open(there.clone(), history(9)).await.unwrap();
    publish_numbers(subject, &a.link, &topic("durable/else"), 1..=1, history(9)).await;
    subject.restart(Ending::Crash).await;
    let a = node(subject, "a").await;
    let after = a.link.open(there, history(9)).await.unwrap();
    assert!(after.history.is_empty());
    assert_eq!(after.position, before.position);
}

/// A retry after a crash is found, as far as the history reaches.
pub async fn names_are_known_after_a_crash(subject: &impl Subject) {
    let a = node(subject, "a").await;
    let there = topic("durable/names");
    let named = || once(append(subject, &there, "1", history(9)), "s", "n");
    let first = publish(&a.link, named()).await;
    publish(&a.link, append(subject, &there, "2", history(9))).await;
    subject.restart(Ending::Crash).await;
    let a = node(subject, "a").await;
    let again = publish(&a.link, named()).await;
    assert!(again.duplicate);
    assert_eq!(again.position, first.position);
    subject.advance(Duration::from_secs(301)).await;
    assert!(!publish(&a.link, named()).await.duplicate);
}

/// Values are there after a crash, without any history too.
pub async fn values_are_there_after_a_crash(subject: &impl Subject) {
    let a = node(subject, "a").await;
    let there = topic("durable/values");
    let values = Retention {
        retained: true,
        keys: 2,
        ..history(0)
    };
    for (text, key) in [("1", "x"), ("2", "y"), ("3", "x"), ("4", "z")] {
        publish(&a.link, about(append(subject, &there, text, values), key)).await;
    }
    publish(&a.link, append(subject, &there, "5", values)).await;
    let before = a.link.open(there.clone(), values).await.unwrap();
    assert_eq!(texts(&before.values), ["3", "4", "5"]);
    subject.restart(Ending::Crash).await;
    let a = node(subject, "a").await;
    let after = a.link.open(there, values).await.unwrap();
    assert_eq!(after, before);
}

/// What was forgotten is so after a crash too, and the offsets go on.
pub async fn what_is_forgotten_does_not_come_back(subject: &impl Subject) {
    let a = node(subject, "a").await;
    let there = topic("durable/forgotten");
    let both = Retention {
        retained: true,
        keys: 5,
        ..history(9)
    };
    for text in ["1", "2"] {
        publish(&a.link, about(append(subject, &there, text, both), "key")).await;
    }
    let before = a.link.open(there.clone(), both).await.unwrap();
    a.link.forget(there.clone()).await.unwrap();
    subject.restart(Ending::Crash).await;
    let a = node(subject, "a").await;
    let opened = a.link.open(there, both).await.unwrap();
    assert_eq!(opened.position, before.position);
    assert!(opened.history.is_empty() && opened.values.is_empty());
}
