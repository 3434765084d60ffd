//! A hub that is looked through all the time, while everybody comes and goes.

use std::{fs, sync::Arc, time::Duration};

use wirehub::{Heap, Hub, HubSettings};

use crate::world::{self, settings};

/// What the process occupies, which is more than what it has allocated, and less exact.
#[derive(Debug)]
struct Occupied;

impl Heap for Occupied {
    fn allocated(&self) -> Option<u64> {
        let pages = fs::read_to_string("/proc/self/statm").ok()?;
        let resident: u64 = pages.split_whitespace().nth(1)?.parse().ok()?;
        Some(resident * 4096)
    }

    fn mark(&self) {}

    fn grown(&self) -> Option<String> {
        None
    }
}

#[tokio::test]
async fn nothing_is_taken_for_a_leak_while_clients_come_and_go() {
    let settings = HubSettings {
        leak_check: Duration::from_millis(5),
        ..settings()
    };
    // The clients are in this process too, and its descriptors are looked through with theirs.
    let hub = Hub::builder().settings(settings);
    let world = world::start_with(hub.whole_process(Arc::new(Occupied))).await;
    let mut round = 0;
    while round < 10 || world.hub.leaks().checks < 60 {
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
