//! Clients without a WebSocket hear and say the same, and nothing they say is done twice.

use std::time::Duration;

use serde_json::Value;
use wirehub::{DrainSettings, Hub, HubSettings, Transport, json_message};
use wirehub_model::{CloseReason, Heartbeat, Publish, Topic};

use crate::{
    client::{Client, Seen, request},
    down::Kind,
    listener::Listener,
    sessions_and_history_at_the_socket::remembering,
    world::{self, World, settings, token},
};

async fn join(world: &World, kind: Kind, user: &str) -> Listener {
    Listener::join(world.address, kind, &token(user, "#")).await
}

async fn publish(hub: &Hub, name: &str, data: &impl serde::Serialize) {
    let message = json_message("n", data).unwrap();
    let publish = Publish::to(Topic::parse(name).unwrap(), message);
    hub.publish(publish).await.unwrap();
}

fn connections(world: &World, wanted: u64) -> impl Future<Output = ()> + '_ {
    world.until(move |report| report.total.core.connections.iter().sum::<u64>() == wanted)
}

#[tokio::test]
async fn every_kind_of_client_hears_the_same() {
    let world = world::start().await;
    let mut socket = world.join("ann").await;
    let subscribe = r#"{"type":"subscribe","id":1,"topic":"t"}"#;
    socket.ask(subscribe).await;
    for kind in Kind::ALL {
        // More than there are shards, each over connections of its own: requests up come to shards
        // that do not have the client.
        for _ in 0..8 {
            let mut listener = join(&world, kind, "bob").await;
            assert_eq!(listener.ask(subscribe).await["type"], "ok");
            let publish = "{\"type\":\"publish\",\"id\":2,\"topic\":\"t\",\"data\":[1,2,3]}";
            socket.send(publish).await;
            let heard = listener.message().await;
            assert_eq!(heard["data"].to_string(), "[1,2,3]");
            // The publisher's answer and its own echo.
            let (one, two) = (socket.message().await, socket.message().await);
            assert!(one == heard || two == heard, "{one} {two} {heard}");
            listener
                .say(r#"{"type":"publish","topic":"t","event":"up","data":"from below"}"#)
                .await;
            assert_eq!(socket.message().await["data"], "from below");
            assert_eq!(listener.message().await["event"], "up");
        }
    }
    world.hub.stop().await;
}

#[tokio::test]
async fn line_ends_in_data_do_not_end_a_message() {
    let world = world::start().await;
    let mut socket = world.join("ann").await;
    for kind in Kind::ALL {
        let mut listener = join(&world, kind, "bob").await;
        listener
            .ask(r#"{"type":"subscribe","id":1,"topic":"t"}"#)
            .await;
        socket
            .send(
                "{\"type\":\"publish\",\"topic\":\"t\",\"data\":{\"a\":\r\n1,\n\n\"b\":\"x\\ny\"}}",
            )
            .await;
        let heard = listener.message().await;
        assert_eq!(heard["data"]["a"], 1);
        assert_eq!(heard["data"]["b"], "x\ny");
    }
    world.hub.stop().await;
}

#[tokio::test]
async fn what_is_said_is_taken_once_and_in_order() {
    let world = world::start().await;
    for kind in Kind::ALL {
        let mut socket = world.join("ann").await;
        socket
            .ask(r#"{"type":"subscribe","id":1,"topic":"t"}"#)
            .await;
        let listener = join(&world, kind, "bob").await;
        let said = |number: u64| {
            let one = |part| format!(r#"{{"type":"publish","topic":"t","data":"{number}{part}"}}"#);
            format!("\r\n{}\r\n\n{}", one('a'), one('b'))
        };
        let ahead = listener.post("?seq=2", said(2)).await;
        assert_eq!(ahead.status, 409);
        assert_eq!(ahead.body["error"], "out_of_order");
        assert_eq!(ahead.body["expected"], 1);
        for number in 1..=3 {
            // Sent again and again, as by a client whose answers are lost.
            for _ in 0..3 {
                let query = format!("?seq={number}");
                assert_eq!(listener.post(&query, said(number)).await.status, 204);
            }
            let before = listener.post("?seq=1", said(9)).await;
            assert_eq!(before.status, 204);
        }
        assert_eq!(listener.post("", said(4)).await.status, 204);
        for expected in ["1a", "1b", "2a", "2b", "3a", "3b", "4a", "4b"] {
            assert_eq!(socket.message().await["data"], expected);
        }
        for bad in [
            "?seq=",
            "?seq=x",
            "?seq=-1",
            "?seq=0",
            "?seq=4&seq=5",
            "?seq=1e3",
        ] {
            let refused = listener.post(bad, said(9)).await;
            assert_eq!(refused.status, 400, "{bad}");
            assert_eq!(refused.body["error"], "bad_request");
        }
    }
    let report = world.hub.report().await;
    let posts = report.total.posts.results;
    assert_eq!(posts["taken"], 8);
    assert_eq!(posts["repeated"], 18);
    assert_eq!(posts["out_of_order"], 2);
    world.hub.stop().await;
}

#[tokio::test]
async fn a_session_goes_on_over_another_transport() {
    let world = world::start_with(Hub::builder().settings(remembering())).await;
    let mut client = Client::open(world.address, &format!("/ws?token={}", token("ann", "#"))).await;
    let mut session = client.message().await["session"].clone();
    client
        .ask(r#"{"type":"subscribe","id":1,"topic":"t"}"#)
        .await;
    publish(&world.hub, "t", &1).await;
    assert_eq!(client.message().await["data"], 1);
    drop(client);
    let mut offset = 1;
    for kind in [Kind::Lines, Kind::Events, Kind::Lines] {
        connections(&world, 0).await;
        offset += 1;
        publish(&world.hub, "t", &offset).await;
        let resume = serde_json::json!({
            "type": "connect", "id": 7, "token": token("ann", "#"),
            "resume": {"session": session, "topics": {"t": offset - 1}},
        })
        .to_string();
        let mut listener = match kind {
            Kind::Lines => Listener::open(world.address, kind, "", &resume).await,
            Kind::Events => {
                let mut listener = Listener::open(world.address, kind, "", "").await;
                listener.say(&resume).await;
                listener
            }
        };
        let welcome = listener.message().await;
        assert_eq!(welcome["type"], "welcome", "{welcome}");
        session = welcome["session"].clone();
        // Answers and publications may come in any order, but come they do.
        let mut seen = Vec::new();
        while !(seen.iter().any(|it: &Value| it["resumed"] == true)
            && seen.iter().any(|it| it["data"] == offset))
        {
            seen.push(listener.message().await);
        }
        drop(listener);
    }
    world.hub.stop().await;
}

#[tokio::test]
async fn a_goodbye_ends_the_session_and_a_cut_does_not() {
    let world = world::start().await;
    let mut watching = world.join("ann").await;
    watching
        .ask(r#"{"type":"subscribe","id":1,"topic":"t"}"#)
        .await;
    for kind in Kind::ALL {
        for goodbye in [true, false] {
            let token = token("bob", "#");
            let connect = format!(r#"{{"type":"connect","id":1,"token":"{token}"}}"#);
            let mut listener = Listener::open(world.address, kind, "", "").await;
            listener.say(&connect).await;
            let session = listener.message().await["session"].clone();
            if goodbye {
                let last = r#"{"type":"publish","topic":"t","data":"last"}"#;
                let after = r#"{"type":"ping"}"#;
                let all = format!("{last}\n{{\"type\":\"close\"}}\n{after}");
                listener.say(&all).await;
                assert_eq!(listener.close_code().await, 1000);
                assert_eq!(watching.message().await["data"], "last");
                assert_eq!(listener.post("?seq=3", "").await.status, 404);
            } else {
                drop(listener);
            }
            connections(&world, 1).await;
            let mut back = join(&world, kind, "bob").await;
            let resume = serde_json::json!({"type": "resume", "id": 2, "session": session});
            let answer = back.ask(&resume.to_string()).await;
            let resumed = answer["resumed"] == true;
            assert_eq!(resumed, !goodbye, "{answer}");
            drop(back);
            connections(&world, 1).await;
        }
    }
    assert_eq!(
        watching
            .ask(r#"{"type":"publish","id":1,"topic":"t"}"#)
            .await["type"],
        "ok"
    );
    world.hub.stop().await;
}

#[tokio::test]
async fn heartbeats_go_both_ways() {
    let heartbeat = Heartbeat {
        interval: Duration::from_millis(200),
        timeout: Duration::from_millis(200),
    };
    let tcp = wirehub::TcpSettings {
        user_timeout: None,
        ..settings().tcp
    };
    let settings = HubSettings {
        heartbeat,
        tcp,
        ..settings()
    };
    let world = world::start_with(Hub::builder().settings(settings)).await;
    for kind in Kind::ALL {
        let mut alive = join(&world, kind, "ann").await;
        let mut silent = join(&world, kind, "bob").await;
        for _ in 0..4 {
            assert_eq!(alive.next().await, Seen::Ping);
            alive.say("").await;
        }
        alive.say(r#"{"type":"ping"}"#).await;
        assert_eq!(alive.message().await["type"], "pong");
        assert_eq!(silent.next().await, Seen::Ping);
        assert_eq!(silent.close_code().await, 4408);
    }
    world.hub.stop().await;
}

#[tokio::test]
async fn a_drain_moves_streams_and_lets_them_speak_meanwhile() {
    let world = world::start().await;
    let mut listeners = Vec::new();
    for kind in Kind::ALL {
        listeners.push(join(&world, kind, "ann").await);
    }
    let hub = world.hub.clone();
    let drain = tokio::spawn(async move {
        hub.drain(DrainSettings {
            spread: Duration::from_millis(500),
            closes_per_second: 100,
            deadline: Duration::from_secs(10),
            reason: CloseReason::ServiceRestart,
            ..DrainSettings::default()
        })
        .await;
    });
    for listener in &mut listeners {
        assert_eq!(listener.message().await["type"], "reconnect");
        listener.say(r#"{"type":"ping"}"#).await;
        assert_eq!(listener.message().await["type"], "pong");
    }
    let refused = crate::client::get(world.address, "/sse").await;
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    assert!(refused.contains("retry-after: 5"), "{refused}");
    assert!(refused.contains(r#""error":"draining""#), "{refused}");
    for listener in &mut listeners {
        assert_eq!(listener.close_code().await, 1012);
    }
    drain.await.unwrap();
    world.hub.stop().await;
}

#[tokio::test]
async fn who_is_connected_how_is_told() {
    let world = world::start().await;
    let _socket = world.join("ann").await;
    let _events = join(&world, Kind::Events, "bob").await;
    let _lines = join(&world, Kind::Lines, "cy").await;
    let report = world.hub.report().await;
    assert_eq!(report.total.transports.connections, [1, 1, 1]);
    assert_eq!(report.total.transports.opened, [1, 1, 1]);
    let mut told = Vec::new();
    let mut page = Some(wirehub::Page::default());
    while let Some(next) = page {
        let found = world.hub.connections(next, 10).await.unwrap();
        told.extend(found.list);
        page = found.next;
    }
    told.sort_by_key(|info| info.user.clone().map(|user| user.to_string()));
    let kinds: Vec<_> = told
        .iter()
        .map(|info| Transport::of(info.flavour))
        .collect();
    assert_eq!(
        kinds,
        [Transport::WebSocket, Transport::Sse, Transport::HttpStream]
    );
    drop(_events);
    drop(_lines);
    connections(&world, 1).await;
    let report = world.hub.report().await;
    assert_eq!(report.total.transports.connections, [1, 0, 0]);
    world.hub.stop().await;
}

#[tokio::test]
async fn streams_can_be_turned_off() {
    let settings = HubSettings {
        streams: wirehub::StreamSettings {
            events_path: None,
            path: None,
        },
        ..settings()
    };
    let world = world::start_with(Hub::builder().settings(settings)).await;
    for path in ["/sse", "/stream", "/stream/x"] {
        let answer = crate::client::get(world.address, path).await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
        assert!(answer.contains("nothing is served here"), "{answer}");
    }
    let (_, answer) = request(world.address, "/ws", "").await;
    assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");
    world.hub.stop().await;
}
