//! A broker gives the order: for one hub that is started anew, and for two at once.

use std::sync::Arc;

use serde_json::json;
use wirehub::{Hub, json_message};
use wirehub_broker::{Broker, MemoryBroker, NodeName};
use wirehub_model::{HistoryPage, HistoryQuery, Publish, Topic};

use crate::{
    sessions_and_history_at_the_socket::remembering,
    world::{self, World},
};

async fn start(broker: &Arc<dyn Broker>, node: &str) -> World {
    let node = NodeName::parse(node).unwrap();
    let builder = Hub::builder()
        .settings(remembering())
        .broker(Arc::clone(broker), node);
    world::start_with(builder).await
}

fn broker() -> Arc<dyn Broker> {
    Arc::new(MemoryBroker::start_default().unwrap())
}

fn number(name: &str, number: u64) -> Publish {
    let message = json_message("n", &number).unwrap();
    Publish::to(Topic::parse(name).unwrap(), message)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_published_before_a_restart_is_recovered_after_it() {
    let broker = broker();
    let world = start(&broker, "one").await;
    let mut client = world.join("ann").await;
    let subscribe = r#"{"type":"subscribe","id":1,"topic":"orders/1"}"#;
    let reply = client.ask(subscribe).await;
    let epoch = reply["epoch"].as_str().unwrap().to_owned();
    for n in 1..=5 {
        let published = world.hub.publish(number("orders/1", n)).await.unwrap();
        assert_eq!(published.position.offset.0, n);
        assert_eq!(client.message().await["offset"], n);
    }
    world.hub.stop().await;

    let world = start(&broker, "two").await;
    let mut client = world.join("ann").await;
    let since = json!({"epoch": epoch, "offset": 2});
    let subscribe = json!({"type": "subscribe", "id": 1, "topic": "orders/1", "since": since});
    let reply = client.ask(&subscribe.to_string()).await;
    assert_eq!(reply["recovered"], true, "{reply}");
    world.hub.publish(number("orders/1", 6)).await.unwrap();
    for n in 3..=6 {
        assert_eq!(client.message().await["data"], n);
    }
    world.hub.stop().await;
    broker.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_of_two_hubs_see_one_order() {
    let broker = broker();
    let worlds = [start(&broker, "one").await, start(&broker, "two").await];
    let mut clients = Vec::new();
    for world in &worlds {
        for filter in ["rooms/1", "rooms/#"] {
            let mut client = world.join("ann").await;
            let subscribe = json!({"type": "subscribe", "id": 1, "topic": filter});
            assert_eq!(client.ask(&subscribe.to_string()).await["type"], "ok");
            clients.push(client);
        }
    }
    for n in (1..=40).step_by(2) {
        let publish = |world: &World, n| {
            let hub = world.hub.clone();
            async move { hub.publish(number("rooms/1", n)).await }
        };
        let both = (publish(&worlds[0], n), publish(&worlds[1], n + 1));
        let (one, other) = tokio::join!(both.0, both.1);
        assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    }
    let mut orders = Vec::new();
    for client in &mut clients {
        let mut order = Vec::new();
        for offset in 1..=40 {
            let message = client.message().await;
            assert_eq!(message["offset"], offset, "{message}");
            order.push(message["data"].as_u64().unwrap());
        }
        orders.push(order);
    }
    assert!(orders.iter().all(|order| *order == orders[0]), "{orders:?}");
    for world in &worlds {
        world.hub.stop().await;
    }
    broker.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_gone_is_an_error_that_can_be_retried() {
    let broker = broker();
    let world = start(&broker, "one").await;
    let mut client = world.join("ann").await;
    broker.shutdown().await.unwrap();
    let reply = client
        .ask(r#"{"type":"publish","id":1,"topic":"a","data":1}"#)
        .await;
    assert_eq!(reply["type"], "error", "{reply}");
    let reply = client
        .ask(r#"{"type":"subscribe","id":2,"topic":"a"}"#)
        .await;
    assert_eq!(reply["type"], "error", "{reply}");
    world.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_hub_has_forgotten_no_other_remembers() {
    let broker = broker();
    let worlds = [start(&broker, "one").await, start(&broker, "two").await];
    let query = HistoryQuery {
        topic: Topic::parse("orders/1").unwrap(),
        limit: 10,
        page: HistoryPage::Newest,
    };
    for n in 1..=3 {
        worlds[0].hub.publish(number("orders/1", n)).await.unwrap();
    }
    for world in &worlds {
        let history = world.hub.history(query.clone()).await.unwrap();
        assert_eq!(history.publications.len(), 3);
    }
    worlds[1].hub.forget(query.topic.clone()).await.unwrap();
    worlds[0].hub.publish(number("orders/1", 4)).await.unwrap();
    for world in &worlds {
        // The publication comes after the news of what was forgotten, to each hub in its time.
        loop {
            let history = world.hub.history(query.clone()).await.unwrap();
            if history.position.offset.0 == 4 {
                let offsets = history.publications.iter();
                let offsets: Vec<_> = offsets.map(|one| one.position.offset.0).collect();
                assert_eq!(offsets, [4]);
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    for world in &worlds {
        world.hub.stop().await;
    }
    broker.shutdown().await.unwrap();
}
