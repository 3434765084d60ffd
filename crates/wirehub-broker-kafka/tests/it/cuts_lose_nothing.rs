use std::time::Duration;

use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use wirehub_broker::conformance::Subject as _;

use crate::scene::{KEEP, OnCluster, append, attach, text, topic};

/// While both servers go away and come back ten times, everything is published once and heard once,
/// in one order, by the process that publishes and by another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_connections_lose_and_double_nothing() {
    let subject = OnCluster::fresh();
    let other = subject.another();
    let (a, near) = attach(&subject.kafka(), "a").await;
    let (b, far) = attach(&other, "b").await;
    let there = topic("cuts");
    for link in [&a, &b] {
        link.open(there.clone(), KEEP).await.unwrap();
    }
    let mut answers = Vec::new();
    for number in 0..200 {
        answers.push(a.append(vec![append(&subject, &there, &number.to_string())]));
        if number % 20 == 10 {
            // In the middle of what is on its way.
            near.next_record().await;
            subject.cluster.order(|mock| mock.broker_down(-1).unwrap());
            subject.cluster.order(|mock| mock.broker_up(-1).unwrap());
        }
    }
    for (number, answer) in answers.into_iter().enumerate() {
        let appended = answer.await.unwrap().remove(0).unwrap();
        assert_eq!(appended.position.offset.0, number as u64 + 1);
    }
    for number in 0..200 {
        let record = far.next_record().await;
        assert_eq!(
            (record.position.offset.0, text(&record)),
            (number + 1, number.to_string())
        );
    }
    // What the near one has taken already is in order, too.
    for number in 10..200 {
        assert_eq!(text(&*near.next_record().await), number.to_string());
    }
    let (here, across) = (a.open(there.clone(), KEEP).await, b.open(there, KEEP).await);
    assert_eq!(here, across);
    subject.broker().check().await.unwrap();
}

/// Where the servers stay away, whoever asks learns it, and what comes after is done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_are_away_are_told_and_found_again() {
    let subject = OnCluster::with(|settings| {
        settings.cluster.timeout = Duration::from_secs(1);
    });
    let (a, inbox) = attach(&subject.kafka(), "a").await;
    let there = topic("away");
    a.open(there.clone(), KEEP).await.unwrap();
    subject.cluster.order(|mock| mock.broker_down(-1).unwrap());
    let lost = a
        .append(vec![append(&subject, &there, "lost")])
        .await
        .unwrap()
        .remove(0);
    let error = lost.unwrap_err();
    assert!(error.is_worth_a_retry(), "{error}");
    assert!(error.to_string().contains("start the servers"), "{error}");
    let error = a.open(there.clone(), KEEP).await.unwrap_err();
    assert!(error.is_worth_a_retry(), "{error}");
    assert!(subject.broker().check().await.is_err());
    a.close(topic("other")).await.unwrap();
    subject.cluster.order(|mock| mock.broker_up(-1).unwrap());
    while subject.broker().check().await.is_err() {}
    loop {
        let one = append(&subject, &there, "found");
        if a.append(vec![one]).await.unwrap().remove(0).is_ok() {
            break;
        }
    }
    while text(&*inbox.next_record().await) != "found" {}
}

/// An answer was cut off, and its record came a second time: the log says that it has it, and not
/// where. It is not taken for another log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_was_there_already_is_no_other_log() {
    let subject = OnCluster::fresh();
    let (a, inbox) = attach(&subject.kafka(), "a").await;
    let there = topic("again");
    a.open(there.clone(), KEEP).await.unwrap();
    let again = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER];
    subject
        .cluster
        .order(move |mock| mock.request_errors(RDKafkaApiKey::Produce, &again));
    // The mock cluster says so of what it does not have, which is never read back then; and that
    // may be more than one, for what waits goes together.
    let answered = loop {
        let one = a.append(vec![append(&subject, &there, "next")]);
        if let Ok(answered) = tokio::time::timeout(Duration::from_millis(200), one).await {
            break answered;
        }
    };
    answered.unwrap().remove(0).unwrap();
    assert_eq!(text(&*inbox.next_record().await), "next");
    subject.broker().check().await.unwrap();
}

/// A server that stood still for longer than a word may take is found again. What had run out of
/// time on its way would otherwise have the library ask for an epoch that this server does not give
/// well, and nothing would be taken any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_that_ran_out_of_time_keep_no_later_one_away() {
    let subject = OnCluster::on_tansu_with(|settings| {
        settings.cluster.timeout = Duration::from_secs(1);
    });
    let (a, inbox) = attach(&subject.kafka(), "a").await;
    let there = topic("still");
    a.open(there.clone(), KEEP).await.unwrap();
    subject.cluster.halt(true);
    for text in ["on its way", "behind it"] {
        let one = a.append(vec![append(&subject, &there, text)]).await;
        let error = one.unwrap().remove(0).unwrap_err();
        assert!(error.is_worth_a_retry(), "{error}");
    }
    subject.cluster.halt(false);
    loop {
        let one = append(&subject, &there, "found");
        if a.append(vec![one]).await.unwrap().remove(0).is_ok() {
            break;
        }
    }
    while text(&*inbox.next_record().await) != "found" {}
}
