//! What the hub remembers, through real sockets and shards.

use serde_json::{Value, json};
use wirehub::{Hub, HubSettings, json_message};
use wirehub_model::{HistoryRules, Namespace, Namespaces, Publish, Topic, TopicFilter};

use crate::{
    client::Client,
    world::{self, World},
};

/// Settings with history for everything.
pub(crate) fn remembering() -> HubSettings {
    let history = HistoryRules {
        size: 1_000,
        ttl: std::time::Duration::from_secs(60),
        bytes: 1024 * 1024,
    };
    let everything = Namespace {
        history,
        ..Namespace::new(TopicFilter::everything())
    };
    HubSettings {
        namespaces: Namespaces::new(Vec::new(), everything),
        ..world::settings()
    }
}

/// A client with its welcome.
async fn join(world: &World, user: &str) -> (Client, Value) {
    let token = world::token(user, "#");
    let mut client = Client::open(world.address, &format!("/ws?token={token}")).await;
    let welcome = client.message().await;
    (client, welcome)
}

/// Publishes numbers to a topic.
async fn publish(hub: &Hub, name: &str, numbers: std::ops::RangeInclusive<u64>) {
    for number in numbers {
        let message = json_message("n", &number).unwrap();
        let publish = Publish::to(Topic::parse(name).unwrap(), message);
        hub.publish(publish).await.unwrap();
    }
}

#[tokio::test]
async fn a_client_whose_socket_was_cut_goes_on_where_it_was() {
    let hub = Hub::builder().settings(remembering());
    let world = world::start_with(hub).await;
    // More rounds than shards, so that sessions move between them.
    for round in 0..6 {
        let name = format!("orders/{round}");
        let (mut client, welcome) = join(&world, "ann").await;
        let session = welcome["session"].as_str().expect("a session is offered");
        assert_eq!(welcome["resume_within"], 60);
        let subscribe = format!(r#"{{"type":"subscribe","id":1,"topic":"{name}"}}"#);
        assert_eq!(client.ask(&subscribe).await["type"], "ok");
        publish(&world.hub, &name, 1..=3).await;
        for number in 1..=3 {
            assert_eq!(client.message().await["data"], number);
        }
        drop(client);
        publish(&world.hub, &name, 4..=6).await;

        let (mut back, _) = join(&world, "ann").await;
        let resume =
            json!({"type": "resume", "id": 2, "session": session, "topics": {name.clone(): 3}});
        let reply = back.ask(&resume.to_string()).await;
        assert_eq!(reply["resumed"], true, "{reply}");
        let subscribed = back.message().await;
        assert_eq!(subscribed["type"], "subscribed");
        assert_eq!(subscribed["recovered"], true, "{subscribed}");
        publish(&world.hub, &name, 7..=7).await;
        for number in 4..=7 {
            let message = back.message().await;
            assert_eq!(
                (&message["data"], &message["offset"]),
                (&json!(number), &json!(number))
            );
        }
    }
    world.hub.stop().await;
}

#[tokio::test]
async fn garbage_in_place_of_a_session_is_an_error_and_no_more() {
    let world = world::start().await;
    let (mut client, _) = join(&world, "ann").await;
    let ask = |session: &str| json!({"type": "resume", "id": 1, "session": session}).to_string();
    let reply = client.ask(&ask("no session")).await;
    assert_eq!(reply["code"], "bad_request", "{reply}");
    let reply = client.ask(&ask("s_1-2-3")).await;
    assert_eq!(reply["code"], "not_resumable", "{reply}");
    let reply = client
        .ask(r#"{"type":"subscribe","id":2,"topic":"a"}"#)
        .await;
    assert_eq!(reply["type"], "ok");
    world.hub.stop().await;
}
