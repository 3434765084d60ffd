//! Clients are asked to move, then closed little by little, and nobody new gets in.

use std::{io, num::NonZeroU32, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use wirehub::{DrainSettings, DrainWish, HubError};
use wirehub_model::{CloseReason, Limits};

use crate::{client::request, world};

#[tokio::test]
async fn a_drain_tells_clients_closes_them_and_takes_no_new_ones() {
    let world = world::start().await;
    let mut clients = Vec::new();
    for number in 0..10 {
        clients.push(world.join(&format!("u{number}")).await);
    }
    let hub = world.hub.clone();
    let drain = tokio::spawn(async move {
        hub.drain(DrainSettings {
            spread: Duration::from_millis(200),
            closes_per_second: 100,
            deadline: Duration::from_secs(10),
            reason: CloseReason::ServiceRestart,
            ..DrainSettings::default()
        })
        .await;
    });
    for client in &mut clients {
        let advice = client.message().await;
        assert_eq!(advice["type"], "reconnect", "{advice}");
        assert_eq!(advice["reason"], "drain");
    }
    let (_, refused) = request(world.address, "/ws", "").await;
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    assert!(refused.contains("retry-after"), "{refused}");
    for client in &mut clients {
        assert_eq!(client.close_code().await, 1012);
        client.send_close().await;
        client.ended().await;
    }
    drain.await.unwrap();
    world.hub.stop().await;
}

#[tokio::test]
async fn who_waits_to_be_accepted_is_answered_before_the_listener_closes() {
    let limits = Limits {
        handshakes: 1,
        ..Limits::default()
    };
    let world = world::start_within(limits).await;
    // They hold the only place for a handshake and say nothing, so the others stay in the kernel.
    let mut silent = Vec::new();
    for _ in 0..4 {
        silent.push(TcpStream::connect(world.address).await.unwrap());
    }
    world
        .until(|report| report.tasks.contains(&("handshake", 1)))
        .await;
    let mut waiting = Vec::new();
    for _ in 0..20 {
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        let text = "GET /ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                    sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
        stream.write_all(text.as_bytes()).await.unwrap();
        waiting.push(stream);
    }
    world.hub.drain(DrainSettings::default()).await;
    for mut stream in waiting {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    }
    let refused = TcpStream::connect(world.address).await.unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    world.hub.stop().await;
}

#[tokio::test]
async fn a_drain_can_be_called_off_unless_the_hub_is_about_to_stop() {
    let world = world::start().await;
    let mut early = world.join("early").await;
    let idle = world.hub.draining(None).await.unwrap();
    assert_eq!((idle.connections, idle.drain), (1, None));
    let slowly = DrainWish {
        moves_per_second: NonZeroU32::new(1),
        deadline: Some(Duration::from_secs(60)),
    };
    let begun = world.hub.begin_drain(None, slowly).await.unwrap();
    let drain = begun.drain.unwrap();
    assert_eq!(drain.moves_per_second, slowly.moves_per_second);
    assert_eq!(Some(drain.deadline), slowly.deadline);
    assert_eq!((drain.began_with, drain.is_last), (1, false));
    let (_, refused) = request(world.address, "/ws", "").await;
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");

    world.hub.call_off_drain(None).await.unwrap();
    assert!(!world.hub.is_draining());
    let late = world.join("late").await;
    drop(late);

    // With a rate the client is asked when it is its turn.
    world.hub.begin_drain(None, slowly).await.unwrap();
    let advice = early.message().await;
    assert_eq!(
        (&advice["type"], &advice["within"]),
        (&"reconnect".into(), &1.into())
    );

    let hub = world.hub.clone();
    let last = tokio::spawn(async move { hub.drain(DrainSettings::default()).await });
    let again = early.message().await;
    assert_eq!(
        (&again["type"], &again["within"]),
        (&"reconnect".into(), &8.into())
    );
    let called_off = world.hub.call_off_drain(None).await;
    assert_eq!(called_off, Err(HubError::Leaving));
    let begun = world.hub.begin_drain(None, slowly).await;
    assert_eq!(begun, Err(HubError::Leaving));
    early.send_close().await;
    last.await.unwrap();
    world.hub.stop().await;
}
