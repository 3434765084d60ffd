use std::{sync::Arc, time::Duration};

use wirehub_broker::conformance::Inbox;

use crate::scene::{KEEP, Scene, publish, topic};

/// A topic keeps its epoch while it is open or holds something, and some time longer.
#[tokio::test]
async fn topics_that_nobody_uses_are_forgotten() {
    let scene = Scene::with(|_| {});
    let (link, _inbox) = scene.node("a").await;
    let (used, unused) = (topic("used"), topic("unused"));
    link.open(used.clone(), KEEP).await.unwrap();
    let place = publish(&link, scene.append(&used, 9))
        .await
        .unwrap()
        .position;
    let first = publish(&link, scene.append(&unused, 9)).await.unwrap();
    scene.advance(Duration::from_secs(599)).await;
    let second = publish(&link, scene.append(&unused, 9)).await.unwrap();
    assert_eq!(second.position.epoch, first.position.epoch);
    assert_eq!(scene.stats().await.topics, 2);
    scene.advance(Duration::from_secs(601)).await;
    assert_eq!(scene.stats().await.topics, 1);
    let third = publish(&link, scene.append(&unused, 9)).await.unwrap();
    assert_ne!(third.position.epoch, first.position.epoch);
    assert_eq!(third.position.offset.0, 1);
    let opened = link.open(used, KEEP).await.unwrap();
    assert_eq!(opened.position, place);
    assert_eq!(scene.stats().await.records, 1);
}

/// Without the broker and its links nothing is left: no thread holds a sink.
#[tokio::test]
async fn a_broker_that_is_dropped_ends() {
    let scene = Scene::with(|_| {});
    let inbox = Inbox::new();
    let sink = Arc::downgrade(&inbox);
    let link = scene.attach("a", inbox).await.unwrap();
    link.open(topic("1"), KEEP).await.unwrap();
    drop(scene);
    publish_somewhere(&link).await;
    drop(link);
    let patience = std::time::Instant::now() + Duration::from_secs(30);
    while sink.strong_count() > 0 {
        assert!(std::time::Instant::now() < patience, "a thread is left");
        tokio::task::yield_now().await;
    }
}

/// The link works without the handle of its broker.
async fn publish_somewhere(link: &Arc<dyn wirehub_broker::Link>) {
    let scene = Scene::with(|_| {});
    publish(link, scene.append(&topic("1"), 9)).await.unwrap();
}
