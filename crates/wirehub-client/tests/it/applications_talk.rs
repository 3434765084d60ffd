//! What applications say to each other through a hub, in both formats.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wirehub::{Hub, HubSettings, json_message};
use wirehub_client::{Address, Client, Error, Event, Format, Payload, Transport, Update};
use wirehub_model::{ErrorCode, Payload as HubPayload, Refusal, UserId};

use crate::world::{self, World, in_time, remembering};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Paid {
    amount: f64,
}

/// How a client talks.
type Way = (Format, Transport);

const JSON: Way = (Format::Json, Transport::WebSocket);
const PROTOBUF: Way = (Format::Protobuf, Transport::WebSocket);
const HTTP: Way = (Format::Json, Transport::HttpStream);
const WAYS: [Way; 3] = [JSON, PROTOBUF, HTTP];

async fn join(world: &World, user: &str, (format, transport): Way) -> Client {
    let builder = Client::builder(world::url(world.address))
        .token(world::token(user))
        .transports([transport])
        .format(format);
    in_time(builder.connect()).await.unwrap()
}

#[tokio::test]
async fn publications_arrive_typed_and_in_order() {
    let world = world::start_with(remembering(world::settings())).await;
    for way in WAYS {
        let client = join(&world, "u1", way).await;
        let topic = format!("orders/{way:?}");
        let mut orders = in_time(client.subscribe::<Paid>(&topic)).await.unwrap();
        for amount in [12.5, 13.0] {
            let publish = client
                .publish(&topic, &Paid { amount })
                .event("paid")
                .key("k");
            let published = in_time(publish).await.unwrap();
            assert!(!published.duplicate);
            let message = in_time(orders.message()).await.unwrap();
            assert_eq!(message.data, Paid { amount });
            assert_eq!(message.event.as_deref(), Some("paid"));
            assert_eq!(message.key.as_deref(), Some("k"));
            assert_eq!(message.offset, published.position.offset);
            assert_eq!(message.from.unwrap().user.as_deref(), Some("u1"));
        }
        // What is no `Paid` is told and ends nothing.
        in_time(client.publish(&topic, "a word")).await.unwrap();
        let update = in_time(orders.update()).await.unwrap();
        assert!(matches!(update, Update::Unreadable { .. }), "{update:?}");

        let history = in_time(client.history::<Payload>(&topic).limit(2))
            .await
            .unwrap();
        assert_eq!(history.position.offset, 3);
        assert_eq!(history.messages[1].data.as_json().unwrap(), "a word");
        assert_eq!(history.messages[1].topic(), Some(topic.as_str()));
        assert!(history.more);
        client.close().await;
    }
    world.hub.stop().await;
}

#[tokio::test]
async fn bytes_arrive_as_they_are() {
    let world = world::start().await;
    let json = join(&world, "u1", JSON).await;
    let protobuf = join(&world, "u2", PROTOBUF).await;
    let http = join(&world, "u3", HTTP).await;
    let mut photos = [
        in_time(json.subscribe::<Payload>("photos/+"))
            .await
            .unwrap(),
        in_time(protobuf.subscribe::<Payload>("photos/7"))
            .await
            .unwrap(),
    ];
    let bytes = [0, 255, 10, 13, 34];
    for client in [&json, &protobuf, &http] {
        in_time(client.publish_binary("photos/7", bytes.to_vec()))
            .await
            .unwrap();
        for photos in &mut photos {
            let message = in_time(photos.message()).await.unwrap();
            assert_eq!(message.data.as_binary().unwrap(), &bytes[..]);
        }
    }
    world.hub.stop().await;
}

#[tokio::test]
async fn direct_messages_are_events() {
    let world = world::start().await;
    for way in WAYS {
        let (one, two) = (join(&world, "u1", way).await, join(&world, "u2", way).await);
        let mut events = two.events();
        in_time(one.send_to_user("u2", "hi").event("note"))
            .await
            .unwrap();
        let note = loop {
            match in_time(events.event()).await.unwrap() {
                Event::Message(message) => break message,
                Event::State(_) => {}
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(
            (note.to, note.data.decode::<String>()),
            (Address::User, Ok("hi".into()))
        );
        let user = UserId::parse("u2").unwrap();
        let message = json_message("app", &serde_json::json!([1])).unwrap();
        world.hub.send_to_user(user, message).await.unwrap();
        let Some(Event::Message(told)) = in_time(events.event()).await else {
            panic!("no message");
        };
        assert_eq!(told.from, None);
        one.close().await;
        two.close().await;
    }
    world.hub.stop().await;
}

#[tokio::test]
async fn calls_are_answered_refused_cancelled_and_timed_out() {
    let builder = Hub::builder()
        .settings(HubSettings {
            call_timeout: Duration::from_secs(60),
            ..world::settings()
        })
        .on_call("double", async |call: wirehub::Call| {
            let number: u64 = serde_json::from_slice(call.message.payload.bytes())
                .map_err(|_| Refusal::new(ErrorCode::BadRequest, "a number is wanted"))?;
            Ok(HubPayload::Json((number * 2).to_string().into()))
        })
        .on_call("never", async |_: wirehub::Call| {
            std::future::pending().await
        });
    let hub = builder.start().await.unwrap();
    let world = World {
        address: hub.address().unwrap(),
        hub,
    };
    for way in WAYS {
        let client = join(&world, "u1", way).await;
        assert_eq!(in_time(client.call::<u64>("double", &21)).await, Ok(42));
        let refused = in_time(client.call::<u64>("double", "x"))
            .await
            .unwrap_err();
        assert_eq!((refused.code(), refused.is_local()), ("bad_request", false));
        let unknown = in_time(client.call::<u64>("nothing", &()))
            .await
            .unwrap_err();
        assert_eq!(unknown.code(), "unknown_method");
        let short = client
            .call::<u64>("never", &())
            .timeout(Duration::from_millis(50));
        assert_eq!(in_time(short).await, Err(Error::Timeout));
        // Dropped before the answer; what follows is answered as if it had never been.
        let dropped = client.call::<u64>("never", &()).into_future();
        assert!(
            tokio::time::timeout(Duration::from_millis(20), dropped)
                .await
                .is_err()
        );
        assert_eq!(in_time(client.call::<u64>("double", &1)).await, Ok(2));
        client.close().await;
    }
    world.hub.stop().await;
}

#[tokio::test]
async fn members_see_each_other_come_change_and_go() {
    let world = world::start_with(remembering(world::settings())).await;
    let one = join(&world, "u1", JSON).await;
    let two = join(&world, "u2", PROTOBUF).await;
    let mut room = in_time(one.subscribe::<Payload>("rooms/1").presence())
        .await
        .unwrap();
    assert_eq!(room.began().presence.as_ref().unwrap().connections, 1);
    let typing = serde_json::json!({"typing": true});
    let other = in_time(
        two.subscribe::<Payload>("rooms/1")
            .presence()
            .state(&typing),
    );
    let other = other.await.unwrap();
    assert_eq!(other.began().presence.as_ref().unwrap().users, 2);
    let Some(Update::Joined { member, edge: true }) = in_time(room.update()).await else {
        panic!("nobody joined");
    };
    assert_eq!(member.user.as_deref(), Some("u2"));
    assert_eq!(member.state.unwrap().decode(), Ok(typing));
    in_time(two.set_state("rooms/1", &7)).await.unwrap();
    let Some(Update::Changed { member, was: None }) = in_time(room.update()).await else {
        panic!("nobody changed");
    };
    assert_eq!(member.state.unwrap().decode(), Ok(7));
    let page = in_time(one.presence("rooms/1").limit(1)).await.unwrap();
    assert_eq!((page.users, page.members.len(), page.more), (2, 1, true));
    drop(other);
    let left = in_time(room.update()).await;
    assert!(
        matches!(left, Some(Update::Left { edge: true, .. })),
        "{left:?}"
    );
    world.hub.stop().await;
}

#[tokio::test]
async fn readers_of_one_topic_share_a_subscription_and_drop_the_oldest() {
    let world = world::start().await;
    let client = join(&world, "u1", JSON).await;
    let mut quick = in_time(client.subscribe::<u64>("t")).await.unwrap();
    let mut slow = in_time(client.subscribe::<u64>("t").buffer(2))
        .await
        .unwrap();
    let other = in_time(client.subscribe::<u64>("t").presence())
        .await
        .unwrap_err();
    assert_eq!(other.code(), "already_subscribed");
    for number in 1..=5_u64 {
        in_time(client.publish("t", &number)).await.unwrap();
        assert_eq!(in_time(quick.message()).await.unwrap().data, number);
    }
    let missed = in_time(slow.update()).await.unwrap();
    assert_eq!(missed, Update::Missed(wirehub_client::Missed::Overflow(3)));
    assert_eq!(in_time(slow.message()).await.unwrap().data, 4);
    drop(quick);
    in_time(client.publish("t", &6)).await.unwrap();
    assert_eq!(in_time(slow.message()).await.unwrap().data, 5);
    assert_eq!(in_time(slow.message()).await.unwrap().data, 6);
    drop(slow);
    let report = async {
        while world.hub.report().await.total.core.subscriptions > 0 {
            tokio::task::yield_now().await;
        }
    };
    in_time(report).await;
    world.hub.stop().await;
}

#[tokio::test]
async fn what_is_not_allowed_is_an_error_with_its_code() {
    let world = world::start().await;
    let narrow = world::sign(&world::draft_for("u1", "mine/#"));
    let client = Client::builder(world::url(world.address)).token(narrow);
    let client = in_time(client.connect()).await.unwrap();
    let refused = in_time(client.subscribe::<Payload>("yours/1"))
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), refused.is_retryable()),
        ("permission_denied", false)
    );
    let refused = in_time(client.publish("yours/1", &1)).await.unwrap_err();
    assert_eq!(refused.code(), "permission_denied");
    in_time(client.subscribe::<Payload>("mine/1"))
        .await
        .unwrap();
    client.close().await;
    world.hub.stop().await;
}
