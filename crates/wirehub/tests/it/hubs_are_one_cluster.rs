//! Hubs that meet at a broker are one hub to their clients and to the application.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use serde_json::{Value, json};
use wirehub::{
    DrainWish, Hub, HubError, HubSettings, Page, Recipient, Renewal, TopicsQuery, json_message,
};
use wirehub_broker::{Broker, Link, LocalSettings, ManualClock, MemoryBroker, NodeName};
use wirehub_model::{
    Access, CloseReason, ConnectionId, ErrorCode, Member, Message, Namespace, Namespaces,
    PresenceQuery, Subscribe, Topic, TopicFilter, UserId,
};

use crate::{
    client::{Client, Seen},
    world::{self, World},
};

/// The lease of a hub, and a little more.
const LEASE: Duration = Duration::from_secs(16);

/// Where hubs meet, with a clock that the test turns.
struct Meeting {
    broker: Arc<dyn Broker>,
    clock: Arc<ManualClock>,
}

impl Meeting {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::at(Duration::from_secs(1_700_000_000)));
        let broker = MemoryBroker::start(LocalSettings::default(), Arc::clone(&clock) as _);
        Self {
            broker: Arc::new(broker.unwrap()),
            clock,
        }
    }

    async fn hub(&self, name: &str) -> World {
        let presence = Namespace {
            presence: true,
            read_presence: Access::User,
            ..Namespace::new(TopicFilter::everything())
        };
        let settings = HubSettings {
            namespaces: Namespaces::new(Vec::new(), presence),
            ..world::settings()
        };
        let builder = Hub::builder().settings(settings);
        world::start_with(builder.broker(Arc::clone(&self.broker), node(name))).await
    }

    async fn hubs<const N: usize>(&self, names: [&str; N]) -> [World; N] {
        let mut hubs = Vec::new();
        for name in names {
            hubs.push(self.hub(name).await);
        }
        hubs.try_into().ok().unwrap()
    }

    /// A node that has a number and hears nobody, like one whose process was halted.
    async fn halted(&self, name: &str, number: u16) -> Arc<dyn Link> {
        let deaf = Arc::new(|_| {});
        let link = self.broker.attach(node(name), LEASE, deaf).await.unwrap();
        let place = member(ConnectionId::from_number(number.into()), None);
        link.enter(topic("$wirehub/nodes"), place).await.unwrap();
        link
    }

    async fn end(self, hubs: &[World]) {
        for world in hubs {
            world.hub.stop().await;
        }
        self.broker.shutdown().await.unwrap();
    }
}

fn node(name: &str) -> NodeName {
    NodeName::parse(name).unwrap()
}

fn topic(name: &str) -> Topic {
    Topic::parse(name).unwrap()
}

fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

/// Something to tell clients.
fn note(number: u32) -> Message {
    json_message("note", &number).unwrap()
}

fn member(connection: ConnectionId, user: Option<UserId>) -> Member {
    Member {
        connection,
        user,
        info: None,
        state: None,
    }
}

/// Joins a topic, and watches who is there.
async fn enter(world: &World, user: &str, topic: &str) -> (Client, Value) {
    let mut client = world.join(user).await;
    let wish = json!({"type": "subscribe", "id": 1, "topic": topic, "presence": true});
    let reply = client.ask(&wish.to_string()).await;
    assert_eq!(reply["type"], "ok", "{reply}");
    (client, reply)
}

/// The users in a snapshot.
fn users(reply: &Value) -> Vec<&str> {
    let members = reply["presence"]["members"].as_array().unwrap();
    let users = members
        .iter()
        .map(|member| member["user"].as_str().unwrap());
    let mut users: Vec<_> = users.collect();
    users.sort_unstable();
    users
}

/// Who came or went next, in a client's view.
async fn change(client: &mut Client) -> (String, String) {
    let message = client.message().await;
    let user = &message["member"]["user"];
    let text = |value: &Value| {
        value
            .as_str()
            .unwrap_or_else(|| panic!("{message}"))
            .to_owned()
    };
    (text(&message["type"]), text(user))
}

fn was(kind: &str, user: &str) -> (String, String) {
    (kind.to_owned(), user.to_owned())
}

/// The users who are on a topic, by what a hub says.
async fn present(world: &World, name: &str) -> Vec<String> {
    let query = PresenceQuery {
        topic: topic(name),
        limit: 100,
        after: None,
    };
    let page = world.hub.presence(query).await.unwrap();
    assert_eq!(page.occupancy.connections, page.members.len() as u64);
    let users = page.members.iter().filter_map(|member| member.user.clone());
    let mut users: Vec<_> = users.map(|user| user.to_string()).collect();
    users.sort();
    users
}

/// Waits until these users are on a topic, in a hub's view.
async fn until_present(world: &World, name: &str, users: &[&str]) {
    let wait = async {
        while present(world, name).await != users {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), wait).await;
    waited.expect("they are there in time");
}

#[tokio::test(flavor = "multi_thread")]
async fn members_of_all_nodes_see_each_other() {
    let meeting = Meeting::new();
    let hubs = meeting.hubs(["one", "two", "three"]).await;
    let (mut ann, reply) = enter(&hubs[0], "ann", "rooms/1").await;
    assert_eq!(users(&reply), ["ann"]);
    let (mut bob, reply) = enter(&hubs[1], "bob", "rooms/1").await;
    assert_eq!(users(&reply), ["ann", "bob"]);
    assert_eq!(change(&mut ann).await, was("joined", "bob"));
    // A node without anybody there asks the broker.
    assert_eq!(present(&hubs[2], "rooms/1").await, ["ann", "bob"]);

    let state = r#"{"type":"state","id":2,"topic":"rooms/1","data":"typing"}"#;
    let reply = bob.ask(state).await;
    assert_eq!(reply["type"], "ok", "{reply}");
    let told = ann.message().await;
    assert_eq!(told["member"]["state"], "typing", "{told}");
    bob.ask(r#"{"type":"unsubscribe","id":3,"topic":"rooms/1"}"#)
        .await;
    assert_eq!(change(&mut ann).await, was("left", "bob"));

    // A hub that stops takes its members along.
    let (_cyd, _) = enter(&hubs[2], "cyd", "rooms/1").await;
    assert_eq!(change(&mut ann).await, was("joined", "cyd"));
    hubs[2].hub.stop().await;
    assert_eq!(change(&mut ann).await, was("left", "cyd"));
    until_present(&hubs[1], "rooms/1", &["ann"]).await;
    meeting.end(&hubs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_come_at_once_are_seen_once_by_everybody() {
    let meeting = Meeting::new();
    let hubs = meeting.hubs(["one", "two"]).await;
    let mut tasks = Vec::new();
    for number in 0..40 {
        let world = World {
            hub: hubs[number % 2].hub.clone(),
            address: hubs[number % 2].address,
        };
        tasks.push(tokio::spawn(async move {
            enter(&world, &format!("u{number:02}"), "rooms/1").await
        }));
    }
    for task in tasks {
        let (mut client, reply) = task.await.unwrap();
        let mut seen: Vec<_> = users(&reply).into_iter().map(str::to_owned).collect();
        while seen.len() < 40 {
            let (kind, user) = change(&mut client).await;
            assert_eq!(kind, "joined");
            seen.push(user);
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 40);
    }
    meeting.end(&hubs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_dies_takes_its_members_along() {
    let meeting = Meeting::new();
    let hubs = meeting.hubs(["one"]).await;
    let (mut ann, _) = enter(&hubs[0], "ann", "rooms/1").await;
    let dead = meeting.halted("dead", 7).await;
    let ghost = member(ConnectionId::new(0, 1, 1).on(7), Some(user("gus")));
    dead.enter(topic("rooms/1"), ghost).await.unwrap();
    assert_eq!(change(&mut ann).await, was("joined", "gus"));
    meeting.clock.advance(LEASE);
    assert_eq!(change(&mut ann).await, was("left", "gus"));
    // The hub's own lease was over too. It takes another, and its members enter again.
    until_present(&hubs[0], "rooms/1", &["ann"]).await;
    let other = meeting.hub("two").await;
    until_present(&other, "rooms/1", &["ann"]).await;
    let (_bob, reply) = enter(&other, "bob", "rooms/1").await;
    assert_eq!(users(&reply), ["ann", "bob"]);
    assert_eq!(change(&mut ann).await, was("joined", "bob"));
    meeting
        .end(&[hubs.into_iter().next().unwrap(), other])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_moves_to_another_node_and_leaves_no_ghost() {
    let meeting = Meeting::new();
    let hubs = meeting.hubs(["one", "two"]).await;
    let (mut ann, _) = enter(&hubs[0], "ann", "rooms/1").await;
    let token = world::token("bob", "#");
    let path = format!("/ws?token={token}");
    let mut bob = Client::open(hubs[1].address, &path).await;
    let welcome = bob.message().await;
    let (session, connection) = (welcome["session"].clone(), &welcome["connection"]);
    let reply = bob
        .ask(r#"{"type":"subscribe","id":1,"topic":"rooms/1"}"#)
        .await;
    assert_eq!(reply["type"], "ok", "{reply}");
    assert_eq!(change(&mut ann).await, was("joined", "bob"));
    drop(bob);
    // Until the hub has seen that, it counts as told.
    let told = hubs[0].hub.send_to_user(user("bob"), note(1)).await;
    assert!(told.is_ok(), "{told:?}");

    let mut back = Client::open(hubs[0].address, &path).await;
    back.message().await;
    let resume = json!({"type": "resume", "id": 1, "session": session});
    let reply = back.ask(&resume.to_string()).await;
    // Nothing is lost, so that is not said.
    assert_eq!(
        (&reply["type"], &reply["lost"]),
        (&json!("ok"), &Value::Null)
    );
    let message = back.message().await;
    assert_eq!(
        (&message["to"], &message["data"]),
        (&json!("user"), &json!(1))
    );
    let message = back.message().await;
    assert_eq!(message["type"], "subscribed", "{message}");
    // It does not wait for the end of the session, which is a minute away.
    assert_eq!(change(&mut ann).await, was("left", "bob"));
    assert_eq!(change(&mut ann).await, was("joined", "bob"));
    until_present(&hubs[1], "rooms/1", &["ann", "bob"]).await;

    // The name of the connection that is lost leads to the one that goes on.
    let lost: ConnectionId = connection.as_str().unwrap().parse().unwrap();
    let told = hubs[0].hub.send_to_connection(lost, note(2)).await;
    assert_eq!(told, Ok(true));
    assert_eq!(back.message().await["data"], 2);
    meeting.end(&hubs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_find_users_and_connections_on_other_nodes() {
    let meeting = Meeting::new();
    let hubs = meeting.hubs(["one", "two", "three"]).await;
    let mut ann = hubs[0].join("ann").await;
    let mut bobs = [hubs[0].join("bob").await, hubs[1].join("bob").await];
    for number in 0..20 {
        let send = json!({"type": "send", "id": number, "to": {"user": "bob"}, "data": number});
        assert_eq!(ann.ask(&send.to_string()).await["type"], "ok");
    }
    for bob in &mut bobs {
        for number in 0..20 {
            let message = bob.message().await;
            assert_eq!(message["data"], number, "{message}");
            assert_eq!(message["from"]["user"], "ann");
        }
    }
    let there = &hubs[1].hub.connections_of(user("bob")).await.unwrap().list;
    let node_of = |id| hubs[1].hub.node_of(id).unwrap();
    let on_two = there.iter().find(|info| node_of(info.id) == node("two"));
    let id = on_two.unwrap().id;
    for number in 0..20 {
        let to = json!({"connection": id.to_string()});
        let send = json!({"type": "send", "id": number, "to": to, "data": number});
        let reply = ann.ask(&send.to_string()).await;
        assert_eq!(reply["type"], "ok", "{reply}");
    }
    for number in 0..20 {
        assert_eq!(bobs[1].message().await["data"], number);
    }
    let hub = &hubs[2].hub;
    assert_eq!(hub.send_to_user(user("bob"), note(1)).await, Ok(2));
    assert_eq!(hub.send_to_connection(id, note(1)).await, Ok(true));
    assert_eq!(hub.broadcast(note(1)).await, Ok(3));

    // When the node is gone, so is the connection, and that is said.
    hubs[1].hub.stop().await;
    let send = json!({"type": "send", "id": 99, "to": {"connection": id.to_string()}, "data": 1});
    let reply = ann.ask(&send.to_string()).await;
    assert_eq!(reply["code"], "not_found", "{reply}");
    assert_eq!(hub.send_to_connection(id, note(1)).await, Ok(false));
    meeting.end(&hubs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_application_acts_on_all_nodes() {
    let meeting = Meeting::new();
    let hubs = meeting.hubs(["one", "two", "three"]).await;
    let mut anns = [hubs[0].join("ann").await, hubs[1].join("ann").await];
    let (hub, ann) = (&hubs[2].hub, Recipient::User(user("ann")));
    let filter = TopicFilter::parse("rooms/1").unwrap();
    let wish = Subscribe::to(filter.clone());
    assert_eq!(hub.subscribe(ann.clone(), wish).await, Ok(2));
    for client in &mut anns {
        assert_eq!(client.message().await["type"], "subscribed");
    }
    let query = TopicsQuery {
        filter: TopicFilter::everything(),
        after: None,
        limit: 10,
    };
    let topics = hub.topics(&query).await.unwrap();
    let listed: Vec<_> = topics
        .list
        .iter()
        .map(|it| (it.topic.as_str(), it.subscribers))
        .collect();
    assert_eq!((listed, topics.more), (vec![("rooms/1", 2)], false));
    assert_eq!(hub.unsubscribe(ann.clone(), filter).await, Ok(2));
    for client in &mut anns {
        assert_eq!(client.message().await["type"], "unsubscribed");
    }
    let renewal = Renewal {
        expires_at: Some(hub.now() + Duration::from_secs(60)),
        info: None,
    };
    assert_eq!(hub.renew(ann.clone(), renewal).await, Ok(2));
    let ids = hub.connections_of(user("ann")).await.unwrap().list;
    let details = hub.connection(ids[0].id).await.unwrap().unwrap();
    let left = details.expires_at.unwrap().since(hub.now());
    assert!(
        left > Duration::from_secs(50) && left <= Duration::from_secs(60),
        "{left:?}"
    );
    let one = Recipient::Connection(ids[0].id);
    assert_eq!(hub.disconnect(one, CloseReason::Disconnected).await, Ok(1));
    assert_eq!(hub.disconnect(ann, CloseReason::Disconnected).await, Ok(1));
    for client in &mut anns {
        while !matches!(client.next().await, Seen::Close(_)) {}
    }
    meeting.end(&hubs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_cover_all_nodes_and_name_those_that_are_silent() {
    let meeting = Meeting::new();
    let hubs = meeting.hubs(["one", "two", "three"]).await;
    let mut clients = Vec::new();
    for number in 0..12 {
        clients.push(hubs[number % 3].join(&format!("u{number}")).await);
    }
    let hub = &hubs[0].hub;
    let (mut page, mut names) = (Some(Page::default()), Vec::new());
    while let Some(next) = page {
        let found = hub.connections(next, 2).await.unwrap();
        assert!(found.list.len() <= 2 && found.silent.is_empty());
        names.extend(found.list.into_iter().map(|info| info.id));
        page = found.next;
    }
    assert_eq!(names.len(), 12);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 12);
    let info = hub.cluster().await.unwrap();
    let open: u64 = info.nodes.values().map(|node| node.connections[1]).sum();
    assert_eq!((info.nodes.len(), open, info.silent), (3, 12, Vec::new()));

    let free = (0..).find(|number| {
        hub.node_of(ConnectionId::new(0, 0, 0).on(*number))
            .is_none()
    });
    let number = free.unwrap();
    let _halted = meeting.halted("halted", number).await;
    // The news of it has to come first.
    while hub.node_of(ConnectionId::new(0, 0, 0).on(number)).is_none() {
        tokio::task::yield_now().await;
    }
    let silent = vec![node("halted")];
    let told = hub.broadcast(json_message("note", &1).unwrap()).await;
    let expected = HubError::Silent {
        connections: 12,
        nodes: silent.clone(),
    };
    assert_eq!(told, Err(expected));
    let info = hub.cluster().await.unwrap();
    assert_eq!((info.nodes.len(), &info.silent), (3, &silent));
    let found = hub.connections_of(user("u1")).await.unwrap();
    assert_eq!((found.list.len(), &found.silent), (1, &silent));
    let mut page = Some(Page::default());
    let (mut count, mut named) = (0, Vec::new());
    while let Some(next) = page {
        let found = hub.connections(next, 100).await.unwrap();
        count += found.list.len();
        named.extend(found.silent);
        page = found.next;
    }
    assert_eq!((count, named), (12, silent));
    // A message to one of its connections is an error that says which node is silent.
    let id = ConnectionId::new(0, 0, 1).on(number);
    let sent = hub
        .send_to_connection(id, json_message("note", &1).unwrap())
        .await;
    let Err(HubError::Refused(refusal)) = sent else {
        panic!("{sent:?}");
    };
    assert!(refusal.message.contains("halted"), "{refusal:?}");
    meeting.end(&hubs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_drained_by_its_name() {
    let meeting = Meeting::new();
    let hubs = meeting.hubs(["one", "two"]).await;
    let [one, two] = hubs.each_ref().map(|world| &world.hub);
    let mut ann = hubs[1].join("ann").await;
    let name = node("two");
    let wish = DrainWish {
        moves_per_second: NonZeroU32::new(7),
        deadline: Some(Duration::from_secs(60)),
    };
    let begun = one.begin_drain(Some(&name), wish).await.unwrap();
    let drain = begun.drain.unwrap();
    assert_eq!((begun.connections, drain.began_with), (1, 1));
    assert_eq!(drain.moves_per_second, wish.moves_per_second);
    assert_eq!(Some(drain.deadline), wish.deadline);
    assert_eq!(ann.message().await["type"], "reconnect");
    assert!(two.is_draining() && !one.is_draining());
    // What a hub is asked about itself by its name is the same.
    let here = two.draining(Some(&name)).await.unwrap();
    assert_eq!((here.connections, here.drain.is_some()), (1, true));
    let called_off = one.call_off_drain(Some(&name)).await.unwrap();
    assert_eq!(called_off.drain, None);
    assert!(!two.is_draining());

    // Without a wish the node goes by its own settings, and takes as long as the moves do.
    let begun = one.begin_drain(Some(&name), DrainWish::default()).await;
    let settings = two.drain_settings();
    assert_eq!(begun.unwrap().drain.unwrap().deadline, settings.deadline);
    ann.send_close().await;
    two.drain(settings).await;
    let last = one.call_off_drain(Some(&name)).await;
    assert_eq!(last, Err(HubError::Leaving));

    let unknown = one.draining(Some(&node("tow"))).await;
    let known = vec![node("one"), node("two")];
    let expected = HubError::NoSuchNode {
        node: node("tow"),
        known,
    };
    assert_eq!(unknown, Err(expected));
    let number = (0..).find(|number| {
        let place = ConnectionId::new(0, 0, 0).on(*number);
        one.node_of(place).is_none()
    });
    let _halted = meeting.halted("halted", number.unwrap()).await;
    let silent = one.draining(Some(&node("halted"))).await;
    let Err(HubError::Refused(refusal)) = silent else {
        panic!("{silent:?}");
    };
    assert_eq!(refusal.code, ErrorCode::Timeout);
    assert!(refusal.message.contains("halted"), "{refusal:?}");
    meeting.end(&hubs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_other_versions_say_harms_nobody() {
    let meeting = Meeting::new();
    let hubs = meeting.hubs(["one"]).await;
    let stranger = meeting.halted("stranger", 9).await;
    let patience = Duration::from_secs(5);
    for words in [
        &b"\x00\xff"[..],
        b"{}",
        br#"{"dance":{}}"#,
        br#"{"tell":{"who":7}}"#,
    ] {
        stranger.tell(node("one"), words.into()).await.unwrap();
        let answer = stranger
            .ask(node("one"), words.into(), patience)
            .await
            .unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(answer["refused"]["code"], "unknown_type", "{answer}");
    }
    // A field that came later is passed over.
    let words = br#"{"disconnect":{"who":"everyone","reason":"disconnected","gently":true}}"#;
    let answer = stranger
        .ask(node("one"), words[..].into(), patience)
        .await
        .unwrap();
    assert_eq!(&answer[..], br#"{"count":0}"#);
    meeting.end(&hubs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_broker_a_hub_keeps_its_clients_and_says_what_it_cannot_do() {
    let meeting = Meeting::new();
    let hubs = meeting.hubs(["one", "two"]).await;
    let (mut ann, _) = enter(&hubs[0], "ann", "rooms/1").await;
    let (_bob, _) = enter(&hubs[1], "bob", "rooms/1").await;
    assert_eq!(change(&mut ann).await, was("joined", "bob"));
    meeting.broker.shutdown().await.unwrap();
    // What is known here is known; what others would have to hear is refused.
    let reply = ann
        .ask(r#"{"type":"presence","id":2,"topic":"rooms/1"}"#)
        .await;
    assert_eq!(reply["connections"], 2, "{reply}");
    let reply = ann
        .ask(r#"{"type":"send","id":3,"to":{"user":"bob"},"data":1}"#)
        .await;
    assert_eq!(reply["type"], "error", "{reply}");
    let told = hubs[0]
        .hub
        .send_to_user(user("ann"), json_message("n", &1).unwrap())
        .await;
    let Err(HubError::Silent { connections, nodes }) = told else {
        panic!("{told:?}");
    };
    assert_eq!((connections, nodes), (1, vec![node("two")]));
    assert_eq!(ann.message().await["data"], 1);
    // Members of the same node go on to see each other.
    let (_cyd, reply) = enter(&hubs[0], "cyd", "rooms/1").await;
    assert_eq!(users(&reply), ["ann", "bob", "cyd"]);
    assert_eq!(change(&mut ann).await, was("joined", "cyd"));
    for world in &hubs {
        world.hub.stop().await;
    }
}
