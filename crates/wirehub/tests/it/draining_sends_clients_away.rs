//! Clients are asked to move, then closed little by little, and nobody new gets in.

use std::time::Duration;

use wirehub::DrainSettings;
use wirehub_model::CloseReason;

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
