//! A hub that is looked through all the time, while everybody comes and goes.

use std::time::Duration;

use wirehub::{Hub, HubSettings};

use crate::world::{self, settings};

#[tokio::test]
async fn nothing_is_taken_for_a_leak_while_clients_come_and_go() {
    let settings = HubSettings {
        leak_check: Duration::from_millis(5),
        ..settings()
    };
    let world = world::start_with(Hub::builder().settings(settings)).await;
    let mut round = 0;
    while round < 10 || world.hub.leaks().checks < 20 {
        let mut clients = Vec::new();
        for number in 0..20 {
            let mut client = world.join(&format!("u{number}")).await;
            for topic in ["a", "a/#", "b/+"] {
                let wish = format!(r#"{{"type":"subscribe","id":1,"topic":"{topic}"}}"#);
                client.ask(&wish).await;
            }
            clients.push(client);
        }
        // Half of them are cut off, and their sessions wait; a handshake is left unfinished.
        let unfinished = tokio::net::TcpStream::connect(world.address).await.unwrap();
        clients.truncate(10);
        drop((clients, unfinished));
        round += 1;
    }
    let report = world.hub.leaks();
    assert_eq!(report.leaks, []);
    assert!(report.found.is_empty(), "{report:?}");
    world.hub.stop().await;
}
