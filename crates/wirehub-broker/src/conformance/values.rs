//! The last publication of a topic, and the last with each key.

use std::time::Duration;

use super::{
    Subject,
    scene::{NOTHING, about, append, node, offsets, publish, publish_numbers, texts, topic},
};
use crate::Retention;

const RETAINED: Retention = Retention {
    retained: true,
    ..NOTHING
};

const fn keys(keys: usize) -> Retention {
    Retention { keys, ..NOTHING }
}

/// The last publication is there for whoever opens.
pub async fn the_last_publication_is_retained(subject: &impl Subject) {
    let a = node(subject, "a").await;
    let there = topic("values/last");
    publish_numbers(subject, &a.link, &there, 1..=3, RETAINED).await;
    let opened = a.link.open(there.clone(), RETAINED).await.unwrap();
    assert_eq!(
        (texts(&opened.values), opened.history.len()),
        (vec!["3".to_owned()], 0)
    );
    assert_eq!(opened.values[0].position, opened.position);
    let opened = a.link.open(there, NOTHING).await.unwrap();
    assert!(opened.values.is_empty());
}

/// The last publication with each key is there, in the order of offsets.
pub async fn the_last_of_each_key_is_kept(subject: &impl Subject) {
    let a = node(subject, "a").await;
    let there = topic("values/keys");
    let both = Retention {
        retained: true,
        ..keys(10)
    };
    for (text, key) in [("1", "x"), ("2", "y"), ("3", "x"), ("4", "z"), ("5", "y")] {
        publish(&a.link, about(append(subject, &there, text, both), key)).await;
    }
    let opened = a.link.open(there.clone(), both).await.unwrap();
    assert_eq!(texts(&opened.values), ["3", "4", "5"]);
    // One without a key is the last one, and stands for no key.
    publish(&a.link, append(subject, &there, "6", both)).await;
    let opened = a.link.open(there, both).await.unwrap();
    assert_eq!(texts(&opened.values), ["3", "4", "5", "6"]);
    assert_eq!(offsets(&opened.values), [3, 4, 5, 6]);
}

/// Past the bound the key that was published to the longest ago is forgotten.
pub async fn keys_are_bounded(subject: &impl Subject) {
    let a = node(subject, "a").await;
    let there = topic("values/bound");
    for (text, key) in [("1", "x"), ("2", "y"), ("3", "x"), ("4", "z")] {
        publish(&a.link, about(append(subject, &there, text, keys(2)), key)).await;
    }
    let opened = a.link.open(there, keys(2)).await.unwrap();
    assert_eq!(texts(&opened.values), ["3", "4"]);
}

/// Values are kept for their time, and as long as they are worth something.
pub async fn values_age(subject: &impl Subject) {
    let a = node(subject, "a").await;
    let there = topic("values/age");
    let aging = Retention {
        retained: true,
        retained_ttl: Some(Duration::from_secs(100)),
        ..keys(9)
    };
    publish(&a.link, about(append(subject, &there, "1", aging), "x")).await;
    subject.advance(Duration::from_secs(60)).await;
    let mut short = about(append(subject, &there, "2", aging), "y");
    short.expires_at = Some(subject.wall() + Duration::from_secs(10));
    publish(&a.link, short).await;
    let opened = a.link.open(there.clone(), aging).await.unwrap();
    assert_eq!(texts(&opened.values), ["1", "2"]);
    subject.advance(Duration::from_secs(11)).await;
    let opened = a.link.open(there.clone(), aging).await.unwrap();
    assert_eq!(texts(&opened.values), ["1"]);
    subject.advance(Duration::from_secs(30)).await;
    let opened = a.link.open(there, aging).await.unwrap();
    assert!(opened.values.is_empty());
}
