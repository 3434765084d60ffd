use wirehub_broker::BrokerError;
use wirehub_broker_kafka::{ConnectError, KafkaBroker};
use wirehub_model::{Message, Payload};

use crate::scene::{KEEP, OnCluster, append, attach, topic};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publications_that_are_too_large_are_named() {
    let subject = OnCluster::with(|settings| settings.record_bytes = 100_000);
    let (a, _) = attach(&subject.kafka(), "a").await;
    let of = |size: usize| {
        let mut one = append(&subject, &topic("large"), "");
        one.message = Message::of(Payload::Binary(vec![7; size].into()));
        one
    };
    let mut answers = a.append(vec![of(100_000), of(90_000)]).await.unwrap();
    answers.remove(1).unwrap();
    let refused = answers.remove(0).unwrap_err();
    let BrokerError::TooLarge { bytes, max } = refused else {
        panic!("{refused}");
    };
    assert!(bytes > max && max == 100_000, "{bytes} {max}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_topics_than_may_be_are_refused_and_the_others_go_on() {
    let subject = OnCluster::with(|settings| settings.topics = 2);
    let (a, _) = attach(&subject.kafka(), "a").await;
    for name in ["one", "two"] {
        a.open(topic(name), KEEP).await.unwrap();
    }
    let refused = a.open(topic("three"), KEEP).await;
    assert_eq!(refused, Err(BrokerError::TooManyTopics(2)));
    let answers = a.append(vec![
        append(&subject, &topic("four"), "1"),
        append(&subject, &topic("two"), "1"),
    ]);
    let mut answers = answers.await.unwrap();
    answers.remove(1).unwrap();
    assert_eq!(answers.remove(0), Err(BrokerError::TooManyTopics(2)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_with_other_partitions_is_named() {
    let subject = OnCluster::fresh();
    let mut settings = subject.settings.clone();
    settings.partitions = 5;
    let refused = KafkaBroker::connect(settings).map(|_| ()).unwrap_err();
    let text = refused.to_string();
    assert!(
        text.contains("has 4 partitions") && text.contains("for 5"),
        "{text}"
    );
    assert!(matches!(refused, ConnectError::Partitions { .. }));
}

/// The mock cluster keeps five megabytes of a partition. Who has read it all goes on; who has not
/// would give offsets twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_without_its_beginning_is_named() {
    let subject = OnCluster::fresh();
    let (a, _) = attach(&subject.kafka(), "a").await;
    let there = topic("cut");
    for number in 0..8 {
        let mut one = append(&subject, &there, "");
        one.message = Message::of(Payload::Binary(vec![7; 900_000].into()));
        let appended = a.append(vec![one]).await.unwrap().remove(0).unwrap();
        assert_eq!(appended.position.offset.0, number + 1);
    }
    let refused = KafkaBroker::connect(subject.settings.clone())
        .map(|_| ())
        .unwrap_err();
    let text = refused.to_string();
    assert!(
        text.contains("has deleted the first") && text.contains("retention.ms"),
        "{text}"
    );
    assert!(
        matches!(refused, ConnectError::Cut { first, .. } if first > 0),
        "{text}"
    );
    assert_eq!(a.open(there, KEEP).await.unwrap().history.len(), 8);
}
