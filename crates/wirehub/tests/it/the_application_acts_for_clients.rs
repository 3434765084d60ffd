//! What the handle does for clients, on several shards.

use std::time::Duration;

use wirehub::{Hub, HubError, Recipient, Renewal, TopicsQuery, json_message};
use wirehub_model::{
    ErrorCode, HistoryPage, HistoryQuery, Limits, Publish, Subscribe, Topic, TopicFilter, UserId,
};

use crate::{sessions_and_history_at_the_socket::remembering, world};

/// More clients than shards, so that some of them are on each.
const CLIENTS: usize = 8;

fn topic(name: &str) -> Topic {
    Topic::parse(name).unwrap()
}

fn filter(text: &str) -> TopicFilter {
    TopicFilter::parse(text).unwrap()
}

fn user(name: &str) -> Recipient {
    Recipient::User(UserId::parse(name).unwrap())
}

/// The names and numbers of subscribers of a page, and whether there are more.
async fn list(hub: &Hub, after: Option<&str>, limit: usize) -> (Vec<(String, u64)>, bool) {
    let query = TopicsQuery {
        filter: filter("rooms/#"),
        after: after.map(topic),
        limit,
    };
    let found = hub.topics(&query).await.unwrap();
    let list = found.list.into_iter();
    let list = list.map(|info| (info.topic.to_string(), info.subscribers));
    (list.collect(), found.more)
}

#[tokio::test]
async fn all_connections_of_a_user_are_subscribed_and_unsubscribed() {
    let world = world::start().await;
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        clients.push(world.join("ann").await);
    }
    let mut other = world.join("bob").await;
    let hub = &world.hub;
    let wish = Subscribe::to(filter("news"));
    let subscribed = hub.subscribe(user("ann"), wish.clone()).await;
    assert_eq!(subscribed, Ok(CLIENTS as u64));
    assert_eq!(hub.subscribe(user("nobody"), wish).await, Ok(0));
    for client in &mut clients {
        assert_eq!(client.message().await["type"], "subscribed");
    }
    let message = json_message("e", &1).unwrap();
    let publish = Publish::to(topic("news"), message);
    hub.publish(publish.clone()).await.unwrap();
    for client in &mut clients {
        assert_eq!(client.message().await["data"], 1);
    }
    let ended = hub.unsubscribe(user("ann"), filter("news")).await;
    assert_eq!(ended, Ok(CLIENTS as u64));
    for client in &mut clients {
        let message = client.message().await;
        assert_eq!(
            (&message["type"], &message["reason"]),
            (&"unsubscribed".into(), &"not_subscribed".into())
        );
    }
    hub.publish(publish).await.unwrap();
    // The one who never was subscribed hears nothing of all this.
    let pong = other
        .ask(r#"{"type":"presence","id":1,"topic":"news"}"#)
        .await;
    assert_eq!(pong["id"], 1);
    world.hub.stop().await;
}

#[tokio::test]
async fn a_bound_that_nobody_gets_past_is_said() {
    let limits = Limits {
        subscriptions: 1,
        ..Limits::default()
    };
    let world = world::start_within(limits).await;
    let _ann = world.join("ann").await;
    let hub = &world.hub;
    let first = hub.subscribe(user("ann"), Subscribe::to(filter("a"))).await;
    assert_eq!(first, Ok(1));
    let second = hub.subscribe(user("ann"), Subscribe::to(filter("b"))).await;
    let Err(HubError::Refused(refusal)) = second else {
        panic!("it is a bound: {second:?}");
    };
    assert_eq!(refusal.code, ErrorCode::LimitReached);
    world.hub.stop().await;
}

#[tokio::test]
async fn topics_of_all_shards_are_one_list_with_pages() {
    let world = world::start().await;
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        let mut client = world.join(&format!("u{number}")).await;
        for room in 0..=number {
            let text = format!(r#"{{"type":"subscribe","id":1,"topic":"rooms/{room}"}}"#);
            assert_eq!(client.ask(&text).await["type"], "ok");
        }
        clients.push(client);
    }
    let all: Vec<_> = (0..CLIENTS)
        .map(|room| (format!("rooms/{room}"), (CLIENTS - room) as u64))
        .collect();
    assert_eq!(list(&world.hub, None, 100).await, (all.clone(), false));
    let mut pages = Vec::new();
    loop {
        let after = pages.last().map(|(name, _): &(String, u64)| name.clone());
        let (page, more) = list(&world.hub, after.as_deref(), 3).await;
        assert_eq!(page.len() == 3, more, "{page:?}");
        pages.extend(page);
        if !more {
            break;
        }
    }
    assert_eq!(pages, all);
    world.hub.stop().await;
}

#[tokio::test]
async fn connections_of_a_user_can_be_found_and_let_stay() {
    let world = world::start().await;
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        clients.push(world.join("ann").await);
    }
    let _bob = world.join("bob").await;
    let ann = UserId::parse("ann").unwrap();
    let found = world.hub.connections_of(ann.clone()).await.unwrap().list;
    assert_eq!(found.len(), CLIENTS);
    assert!(found.iter().all(|info| info.user == Some(ann.clone())));
    let hub = &world.hub;
    let tomorrow = Renewal {
        expires_at: Some(hub.now() + Duration::from_secs(86_400)),
        info: None,
    };
    assert_eq!(hub.renew(user("ann"), tomorrow).await, Ok(CLIENTS as u64));
    let one = Recipient::Connection(found[0].id);
    assert_eq!(hub.renew(one, Renewal::default()).await, Ok(1));
    world.hub.stop().await;
}

#[tokio::test]
async fn what_was_published_is_forgotten_at_its_home() {
    let world = world::start_with(Hub::builder().settings(remembering())).await;
    let hub = &world.hub;
    for number in 0..4 {
        let name = topic(&format!("orders/{number}"));
        let message = json_message("e", &number).unwrap();
        hub.publish(Publish::to(name.clone(), message))
            .await
            .unwrap();
        hub.forget(name.clone()).await.unwrap();
        let query = HistoryQuery {
            topic: name,
            limit: 10,
            page: HistoryPage::Newest,
        };
        let history = hub.history(query).await.unwrap();
        assert_eq!(
            (history.position.offset.0, history.publications),
            (1, vec![])
        );
    }
    world.hub.stop().await;
}
