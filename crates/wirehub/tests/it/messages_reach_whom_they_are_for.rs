//! Topics, filters, users, connections, everyone: on one shard and across several.

use serde_json::json;
use wirehub::{HubError, json_message};
use wirehub_model::{ErrorCode, HistoryPage, HistoryQuery, PresenceQuery, Publish, Topic, UserId};

use crate::world;

/// More clients than shards, so that some of them are on each.
const CLIENTS: usize = 8;

#[tokio::test]
async fn every_subscriber_sees_all_publications_in_order() {
    let world = world::start().await;
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        let mut client = world.join(&format!("u{number}")).await;
        let reply = client
            .ask(r#"{"type":"subscribe","id":1,"topic":"orders/42"}"#)
            .await;
        assert_eq!(reply["type"], "ok", "{reply}");
        assert_eq!(reply["offset"], 0);
        clients.push(client);
    }
    let mut publisher = world.join("publisher").await;
    for number in 1..=100 {
        let text = format!(
            r#"{{"type":"publish","id":{number},"topic":"orders/42","event":"paid","data":{{"n":{number}}}}}"#
        );
        publisher.send(&text).await;
    }
    for client in &mut clients {
        for number in 1..=100 {
            let message = client.message().await;
            assert_eq!(message["offset"], number, "{message}");
            assert_eq!(message["data"]["n"], number);
            assert_eq!(message["event"], "paid");
            assert_eq!(message["from"]["user"], "publisher");
        }
    }
    world.hub.stop().await;
}

#[tokio::test]
async fn filters_match_and_deliver_once() {
    let world = world::start().await;
    let mut client = world.join("u1").await;
    for (id, filter) in [
        (1, "orders/#"),
        (2, "orders/+/status"),
        (3, "orders/7/status"),
    ] {
        let text = format!(r#"{{"type":"subscribe","id":{id},"topic":"{filter}"}}"#);
        assert_eq!(client.ask(&text).await["type"], "ok");
    }
    for (topic, n) in [("orders/7/status", 1), ("other", 2), ("orders", 3)] {
        let message = json_message("e", &n).unwrap();
        let topic = Topic::parse(topic).unwrap();
        world
            .hub
            .publish(Publish::to(topic, message))
            .await
            .unwrap();
    }
    // Only within a topic there is an order; these two may have their homes on different shards.
    let mut got =
        [client.message().await, client.message().await].map(|message| message["data"].as_u64());
    got.sort();
    assert_eq!(got, [Some(1), Some(3)]);
    let unknown = client
        .ask(r#"{"type":"unsubscribe","id":9,"topic":"x"}"#)
        .await;
    assert_eq!(unknown["code"], "not_subscribed");
    world.hub.stop().await;
}

#[tokio::test]
async fn a_publisher_can_leave_itself_out() {
    let world = world::start().await;
    let mut client = world.join("u1").await;
    client
        .ask(r#"{"type":"subscribe","id":1,"topic":"room"}"#)
        .await;
    client
        .ask(r#"{"type":"publish","id":2,"topic":"room","data":"not for me","echo":false}"#)
        .await;
    client
        .ask(r#"{"type":"publish","id":3,"topic":"room","data":"for me too"}"#)
        .await;
    assert_eq!(client.message().await["data"], "for me too");
    world.hub.stop().await;
}

#[tokio::test]
async fn direct_messages_reach_users_connections_and_everyone() {
    let world = world::start().await;
    let mut sender = world.join("sender").await;
    let mut twice = [world.join("twice").await, world.join("twice").await];

    let reply = sender
        .ask(r#"{"type":"send","id":1,"to":{"user":"twice"},"event":"note","data":1}"#)
        .await;
    assert_eq!(reply["type"], "ok", "{reply}");
    let mut connection = String::new();
    for client in &mut twice {
        let message = client.message().await;
        assert_eq!(
            (&message["to"], &message["data"]),
            (&json!("user"), &json!(1))
        );
        connection = message["from"]["connection"].as_str().unwrap().to_owned();
    }
    let back = format!(r#"{{"type":"send","id":2,"to":{{"connection":"{connection}"}},"data":2}}"#);
    assert_eq!(twice[0].ask(&back).await["type"], "ok");
    assert_eq!(sender.message().await["data"], 2);

    let message = json_message("all", &3).unwrap();
    assert_eq!(world.hub.broadcast(message.clone()).await.unwrap(), 3);
    assert_eq!(sender.message().await["to"], "everyone");
    let user = UserId::parse("twice").unwrap();
    assert_eq!(world.hub.send_to_user(user, message).await.unwrap(), 2);

    sender.send_close().await;
    sender.ended().await;
    world
        .until(|report| report.total.core.connections[1] == 2)
        .await;
    let gone = twice[0].ask(&back).await;
    assert_eq!(gone["code"], "not_found", "{gone}");
    world.hub.stop().await;
}

#[tokio::test]
async fn data_passes_byte_for_byte() {
    let world = world::start().await;
    let mut client = world.join("u1").await;
    client
        .ask(r#"{"type":"subscribe","id":1,"topic":"t"}"#)
        .await;
    client
        .send(
            r#"{"type":"publish","topic":"t","data":{ "n" : 1.50, "big": 12345678901234567890 }}"#,
        )
        .await;
    // The value is parsed here, so its spelling is checked in the raw bytes.
    let mut buffer = vec![0; 4096];
    let count = tokio::io::AsyncReadExt::read(&mut client.stream, &mut buffer)
        .await
        .unwrap();
    let text = String::from_utf8_lossy(&buffer[..count]).into_owned();
    assert!(
        text.contains(r#"{ "n" : 1.50, "big": 12345678901234567890 }"#),
        "{text}"
    );
    world.hub.stop().await;
}

#[tokio::test]
async fn what_topics_do_not_remember_is_refused_to_the_handle_too() {
    let world = world::start().await;
    // Two topics, so that a home on either shard is asked.
    for topic in ["a", "b"] {
        let topic = Topic::parse(topic).unwrap();
        let query = HistoryQuery {
            topic: topic.clone(),
            limit: 10,
            page: HistoryPage::Newest,
        };
        let history = world.hub.history(query).await.map(drop);
        let query = PresenceQuery {
            topic,
            limit: 10,
            after: None,
        };
        let presence = world.hub.presence(query).await.map(drop);
        for refused in [history, presence] {
            let Err(HubError::Refused(refusal)) = refused else {
                panic!("not refused: {refused:?}");
            };
            assert_eq!(refusal.code, ErrorCode::NotEnabled);
        }
    }
    world.hub.stop().await;
}
