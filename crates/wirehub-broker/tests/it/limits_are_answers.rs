use std::time::Duration;

use bytes::Bytes;
use wirehub_broker::{BrokerError, Delivery, Idempotency, NodeName, conformance::Inbox};
use wirehub_model::{ConnectionId, Key, Member, TopicFilter};

use crate::scene::{KEEP, Scene, publish, topic};

#[tokio::test]
async fn topics() {
    let scene = Scene::with(|settings| settings.topics = 2);
    let (link, _inbox) = scene.node("a").await;
    publish(&link, scene.append(&topic("1"), 9)).await.unwrap();
    link.open(topic("2"), KEEP).await.unwrap();
    let third = publish(&link, scene.append(&topic("3"), 9)).await;
    assert_eq!(third, Err(BrokerError::TooManyTopics(2)));
    let third = link.open(topic("3"), KEEP).await;
    assert_eq!(third, Err(BrokerError::TooManyTopics(2)));
    // The others go on, and one that is over makes room.
    publish(&link, scene.append(&topic("1"), 9)).await.unwrap();
    scene.advance(Duration::from_secs(601)).await;
    publish(&link, scene.append(&topic("3"), 9)).await.unwrap();
}

#[tokio::test]
async fn bytes_in_memory() {
    let scene = Scene::with(|settings| settings.bytes = 100_000);
    let (link, _inbox) = scene.node("a").await;
    let (quiet, busy) = (topic("quiet"), topic("busy"));
    publish(&link, scene.append(&quiet, 1_000)).await.unwrap();
    for _ in 0..50 {
        publish(&link, scene.append(&busy, 10_000)).await.unwrap();
    }
    let stats = scene.stats().await;
    assert!(stats.bytes <= 100_000, "{stats:?}");
    assert!(stats.forgotten > 30, "{stats:?}");
    // The topic that is published to pays, and what it keeps has no gap.
    let opened = link.open(busy, KEEP).await.unwrap();
    let offsets: Vec<u64> = opened
        .history
        .iter()
        .map(|one| one.position.offset.0)
        .collect();
    assert!(offsets.len() > 5 && offsets.is_sorted(), "{offsets:?}");
    assert_eq!(*offsets.last().unwrap(), 50);
    assert_eq!(offsets[0], 51 - offsets.len() as u64);
    assert_eq!(link.open(quiet, KEEP).await.unwrap().history.len(), 1);
}

#[tokio::test]
async fn names_of_a_topic() {
    let scene = Scene::with(|settings| settings.names = 2);
    let (link, _inbox) = scene.node("a").await;
    let named = |name| {
        let mut append = scene.append(&topic("1"), 9);
        append.idempotency = Some(Idempotency {
            scope: "s".into(),
            key: Key::parse(name).unwrap(),
        });
        append
    };
    for name in ["a", "b", "c"] {
        publish(&link, named(name)).await.unwrap();
    }
    assert!(publish(&link, named("c")).await.unwrap().duplicate);
    assert!(publish(&link, named("b")).await.unwrap().duplicate);
    assert!(!publish(&link, named("a")).await.unwrap().duplicate);
}

#[tokio::test]
async fn interests_of_a_node() {
    let scene = Scene::with(|settings| settings.interests = 2);
    let (link, _inbox) = scene.node("a").await;
    let filter = |text| TopicFilter::parse(text).unwrap();
    link.open(topic("1"), KEEP).await.unwrap();
    link.subscribe(filter("a/#")).await.unwrap();
    link.subscribe(filter("a/#")).await.unwrap();
    let more = link.subscribe(filter("b/#")).await;
    assert_eq!(more, Err(BrokerError::TooManyInterests(2)));
    let more = link.open(topic("2"), KEEP).await;
    assert_eq!(more, Err(BrokerError::TooManyInterests(2)));
    link.unsubscribe(filter("a/#")).await.unwrap();
    link.open(topic("2"), KEEP).await.unwrap();
}

#[tokio::test]
async fn nodes_members_and_questions() {
    let scene = Scene::with(|settings| {
        settings.nodes = 2;
        settings.members = 1;
        settings.questions = 1;
    });
    let (link, _inbox) = scene.node("a").await;
    let (other, _asked) = scene.node("b").await;
    let third = scene.attach("c", Inbox::new()).await.map(|_| ());
    assert_eq!(third, Err(BrokerError::TooManyNodes(2)));

    let member = |number| Member {
        connection: ConnectionId::new(0, number, 1),
        user: None,
        info: None,
        state: None,
    };
    link.enter(topic("1"), member(1)).await.unwrap();
    link.enter(topic("1"), member(1)).await.unwrap();
    let second = other.enter(topic("1"), member(2)).await;
    assert_eq!(second, Err(BrokerError::TooManyMembers(1)));
    other.enter(topic("2"), member(2)).await.unwrap();

    let to = NodeName::parse("b").unwrap();
    let minute = Duration::from_secs(60);
    let first = link.ask(to.clone(), Bytes::new(), minute);
    let second = link.ask(to, Bytes::new(), minute).await;
    assert_eq!(second, Err(BrokerError::TooManyQuestions(1)));
    scene.advance(minute).await;
    assert!(matches!(first.await, Err(BrokerError::NoAnswer(_))));
}

/// A sink that takes nothing stops the broker; what it cannot take on meanwhile is said at once,
/// and nothing of what it took on is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits() {
    let scene = Scene::with(|settings| settings.queue = 10);
    let inbox = Inbox::with_room(1);
    let sink = std::sync::Arc::clone(&inbox);
    let link = scene.attach("a", sink).await.unwrap();
    link.open(topic("1"), KEEP).await.unwrap();
    let calls: Vec<_> = (0..100)
        .map(|_| link.append(vec![scene.append(&topic("1"), 9)]))
        .collect();
    let reader = tokio::spawn(async move {
        let mut taken = 0;
        loop {
            match inbox.next().await {
                Delivery::Publication(record) => {
                    taken += 1;
                    assert_eq!(record.position.offset.0, taken);
                    if record.message.payload.bytes().len() == 1 {
                        return taken;
                    }
                }
                other => panic!("unexpected: {other:?}"),
            }
        }
    });
    let (mut done, mut refused) = (0, 0);
    for call in calls {
        match call.await {
            Ok(answers) => {
                answers[0].as_ref().unwrap();
                done += 1;
            }
            Err(BrokerError::Overloaded) => refused += 1,
            Err(other) => panic!("unexpected: {other}"),
        }
    }
    assert!(done >= 10 && refused > 0, "{done} done, {refused} refused");
    publish(&link, scene.append(&topic("1"), 1)).await.unwrap();
    assert_eq!(reader.await.unwrap(), done + 1);
}

/// Bytes that wait are bounded too, but one call is taken on whatever its size.
#[tokio::test]
async fn bytes_that_wait() {
    let scene = Scene::with(|settings| settings.queue_bytes = 10);
    let (link, _inbox) = scene.node("a").await;
    publish(&link, scene.append(&topic("1"), 1_000))
        .await
        .unwrap();
    publish(&link, scene.append(&topic("1"), 1_000))
        .await
        .unwrap();
}
