//! Publishing once.

use std::time::Duration;

use futures_util::future::join_all;

use super::{
    Subject,
    scene::{append, history, node, once, publish, text, texts, topic},
};

/// Publishing under the same name again is answered with the first place, and delivers nothing.
pub async fn a_name_publishes_once(subject: &impl Subject) {
    let (a, b) = (node(subject, "a").await, node(subject, "b").await);
    let there = topic("once/plain");
    b.link.open(there.clone(), history(9)).await.unwrap();
    let named = |text| once(append(subject, &there, text, history(9)), "user", "n");
    let first = publish(&a.link, named("first")).await;
    let again = publish(&b.link, named("again")).await;
    let batch = vec![named("more"), append(subject, &there, "last", history(9))];
    let answers = a.link.append(batch).await.unwrap();
    assert!(!first.duplicate && again.duplicate);
    assert_eq!(first.position, again.position);
    assert_eq!(answers[0].as_ref().unwrap().position, first.position);
    assert_eq!(
        answers[1].as_ref().unwrap().position.offset,
        first.position.offset.next()
    );
    assert_eq!(text(&*b.inbox.next_record().await), "first");
    assert_eq!(text(&*b.inbox.next_record().await), "last");
    let opened = a.link.open(there, history(9)).await.unwrap();
    assert_eq!(texts(&opened.history), ["first", "last"]);
}

/// The same name of another scope, or in another topic, is another name.
pub async fn names_of_other_scopes_and_topics_are_others(subject: &impl Subject) {
    let a = node(subject, "a").await;
    let (here, there) = (topic("once/here"), topic("once/there"));
    for (topic, scope) in [(&here, "x"), (&here, "y"), (&there, "x")] {
        let one = once(append(subject, topic, "1", history(9)), scope, "n");
        assert!(!publish(&a.link, one.clone()).await.duplicate);
        assert!(publish(&a.link, one).await.duplicate);
    }
}

/// Of duplicates at the same time, one is published, and all are answered with its place.
pub async fn concurrent_duplicates_publish_once(subject: &impl Subject) {
    let (a, b) = (node(subject, "a").await, node(subject, "b").await);
    let there = topic("once/together");
    for round in 0..50 {
        let name = format!("n{round}");
        let named = || once(append(subject, &there, &name, history(100)), "s", &name);
        let calls = (0..8).map(|number| {
            let link = if number % 2 == 0 { &a.link } else { &b.link };
            link.append(vec![named()])
        });
        let answers = join_all(calls).await.into_iter();
        let answers: Vec<_> = answers
            .map(|answer| answer.unwrap().remove(0).unwrap())
            .collect();
        let first = answers.iter().filter(|answer| !answer.duplicate).count();
        assert_eq!(first, 1);
        assert!(
            answers
                .iter()
                .all(|answer| answer.position == answers[0].position)
        );
    }
    let opened = a.link.open(there, history(100)).await.unwrap();
    assert_eq!(opened.history.len(), 50);
}

/// A name is remembered for its time, even when the history does not reach back that far.
pub async fn names_are_forgotten_in_time(subject: &impl Subject) {
    let a = node(subject, "a").await;
    let there = topic("once/time");
    let named = || once(append(subject, &there, "1", history(1)), "s", "n");
    publish(&a.link, named()).await;
    publish(&a.link, append(subject, &there, "2", history(1))).await;
    subject.advance(Duration::from_secs(299)).await;
    assert!(publish(&a.link, named()).await.duplicate);
    subject.advance(Duration::from_secs(2)).await;
    assert!(!publish(&a.link, named()).await.duplicate);
}
