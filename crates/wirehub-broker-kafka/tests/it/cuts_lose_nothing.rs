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
        settings.cluster.timeout = std::time::Duration::from_secs(1);
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
