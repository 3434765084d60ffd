//! Each ends in a documented error or close code, and nobody else notices.

use std::time::Duration;

use tokio::{io::AsyncWriteExt as _, time::timeout};
use wirehub::{Hub, json_message};
use wirehub_model::{Heartbeat, Limits, Publish, Topic};

use crate::{
    client::{Client, Seen},
    world::{self, settings},
};

#[tokio::test]
async fn one_place_for_handshakes_serves_the_clients_of_all_shards() {
    let limits = Limits {
        handshakes: 1,
        ..Limits::default()
    };
    let world = world::start_within(limits).await;
    // The kernel deals them out to both shards.
    for number in 0..32 {
        let mut client = timeout(Duration::from_secs(10), world.join(&format!("u{number}")))
            .await
            .expect("the place is free for every shard's clients");
        client.send_close().await;
    }
    world.hub.stop().await;
}

#[tokio::test]
async fn broken_frames_are_answered_with_their_close_code() {
    let world = world::start().await;
    let mut witness = world.join("witness").await;
    witness
        .ask(r#"{"type":"subscribe","id":1,"topic":"t"}"#)
        .await;
    let huge = [&[0x81, 0xff][..], &(1_u64 << 62).to_be_bytes(), &[0; 4]].concat();
    for (frame, code) in [
        (&b"\x81\x02hi"[..], 1002),
        (b"\xf1\x80\0\0\0\0", 1002),
        (b"\x81\x81\0\0\0\0\xff", 1007),
        (&huge, 1009),
        (b"\x82\x81\0\0\0\0x", 1003),
    ] {
        let mut client = world.join("hostile").await;
        client.send_raw(frame).await;
        assert_eq!(client.close_code().await, code, "{frame:02x?}");
    }
    let message = json_message("still here", &1).unwrap();
    world
        .hub
        .publish(Publish::to(Topic::parse("t").unwrap(), message))
        .await
        .unwrap();
    assert_eq!(witness.message().await["event"], "still here");
    world.hub.stop().await;
}

#[tokio::test]
async fn nonsense_is_refused_and_then_the_connection_closed() {
    let world = world::start().await;
    let mut client = world.join("u1").await;
    assert_eq!(
        client
            .ask(r#"{"type":"subscribe","id":1,"topic":""}"#)
            .await["code"],
        "bad_request"
    );
    assert_eq!(
        client.ask(r#"{"type":"publsh","id":2}"#).await["code"],
        "unknown_type"
    );
    for _ in 0..20 {
        client.send("[").await;
    }
    assert_eq!(client.close_code().await, 4400);
    world.hub.stop().await;
}

#[tokio::test]
async fn one_client_cannot_take_all_subscriptions() {
    let limits = Limits {
        subscriptions: 10,
        subscriptions_per_second: 0,
        messages_per_second: 0,
        ..Limits::default()
    };
    let world = world::start_within(limits).await;
    let mut client = world.join("u1").await;
    for number in 0..10_000 {
        let text = format!(r#"{{"type":"subscribe","id":{number},"topic":"t/{number}"}}"#);
        let reply = client.ask(&text).await;
        if number < 10 {
            assert_eq!(reply["type"], "ok");
        } else {
            assert_eq!(reply["code"], "limit_reached");
        }
    }
    assert_eq!(world.hub.report().await.total.core.subscriptions, 10);
    world.hub.stop().await;
}

#[tokio::test]
async fn floods_are_slowed_down_and_cut_off() {
    let limits = Limits {
        messages_per_second: 5,
        ..Limits::default()
    };
    let world = world::start_within(limits).await;
    let mut client = world.join("u1").await;
    for _ in 0..20 {
        client.send(r#"{"type":"ping"}"#).await;
    }
    let mut refused = 0;
    let code = loop {
        match client.next().await {
            Seen::Message(message) if message["code"] == "rate_limited" => refused += 1,
            Seen::Close(code) => break code,
            _ => {}
        }
    };
    assert_eq!((refused, code), (6, 4429));
    world.hub.stop().await;
}

#[tokio::test]
async fn a_reader_that_does_not_read_is_cut_off_with_bounded_memory() {
    let limits = Limits {
        outbox_bytes: 64 * 1024,
        ..Limits::default()
    };
    let world = world::start_within(limits).await;
    let mut sleeper = world.join("sleeper").await;
    sleeper
        .ask(r#"{"type":"subscribe","id":1,"topic":"t"}"#)
        .await;
    let message = json_message("load", &"x".repeat(32 * 1024)).unwrap();
    let topic = Topic::parse("t").unwrap();
    let slow = |report: &wirehub::HubReport| {
        let closed = wirehub_model::CloseCause::Server(wirehub_model::CloseReason::SlowConsumer);
        report.total.core.connections[2] + report.total.core.closed[closed.index()] == 1
    };
    loop {
        world
            .hub
            .publish(Publish::to(topic.clone(), message.clone()))
            .await
            .unwrap();
        let report = world.hub.report().await;
        assert!(report.total.core.waiting_bytes <= 100 * 1024, "{report:?}");
        if slow(&report) {
            break;
        }
    }
    assert_eq!(sleeper.close_code().await, 4413);
    world.hub.stop().await;
}

#[tokio::test]
async fn the_silent_are_found_and_slow_handshakes_end() {
    let quick = wirehub::HubSettings {
        heartbeat: Heartbeat {
            interval: Duration::from_millis(300),
            timeout: Duration::from_millis(300),
        },
        tcp: wirehub::TcpSettings {
            keepalive: None,
            user_timeout: None,
            ..wirehub::TcpSettings::default()
        },
        limits: Limits {
            handshake_timeout: Duration::from_millis(300),
            authentication_timeout: Duration::from_millis(300),
            ..Limits::default()
        },
        ..settings()
    };
    let world = world::start_with(Hub::builder().settings(quick)).await;
    let mut half_open = world.join("u1").await;
    assert_eq!(half_open.next().await, Seen::Ping);
    assert_eq!(half_open.close_code().await, 4408);
    let mut nameless = Client::open(world.address, "/ws").await;
    assert_eq!(nameless.close_code().await, 4401);
    let mut loris = tokio::net::TcpStream::connect(world.address).await.unwrap();
    loris.write_all(b"GET /ws HT").await.unwrap();
    world
        .until(|report| report.total.handshakes.results.contains_key("timeout"))
        .await;
    world.hub.stop().await;
}
