//! A hub that may use io_uring says the same as one that writes one socket after the other.

use serde_json::json;
use wirehub::{Hub, HubSettings, json_message};
use wirehub_model::{Limits, Publish, Topic};

use crate::world::{self, World};

/// Enough that a turn has several rounds of the ring.
const SUBSCRIBERS: usize = 150;
const PUBLICATIONS: u64 = 40;
/// Larger together than what the kernel keeps for a socket that nobody reads.
const PADDING: usize = 32 * 1024;

async fn start(io_uring: bool) -> World {
    let settings = HubSettings {
        io_uring,
        limits: Limits {
            // Nobody here is cut off for being slow.
            outbox_bytes: 16 * 1024 * 1024,
            ..Limits::default()
        },
        ..world::settings()
    };
    world::start_with(Hub::builder().settings(settings)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn to_quick_readers_slow_ones_and_those_who_leave() {
    for io_uring in [false, true] {
        let world = start(io_uring).await;
        let mut clients = Vec::new();
        for number in 0..SUBSCRIBERS {
            let mut client = world.join(&format!("user-{number}")).await;
            let subscribe = json!({"type": "subscribe", "id": 1, "topic": "all"});
            let reply = client.ask(&subscribe.to_string()).await;
            assert_eq!(reply["type"], "ok", "{reply}");
            clients.push(client);
        }
        // Some are gone without a word; the rest reads only when everything has been said, so most
        // of it waits in the hub and leaves in part.
        clients.truncate(SUBSCRIBERS - 10);
        let padding = "x".repeat(PADDING);
        for number in 0..PUBLICATIONS {
            let message = json_message("n", &json!([number, padding])).unwrap();
            let publish = Publish::to(Topic::parse("all").unwrap(), message);
            world.hub.publish(publish).await.unwrap();
        }
        for client in &mut clients {
            for number in 0..PUBLICATIONS {
                let message = client.message().await;
                assert_eq!(message["offset"], number + 1, "with io_uring: {io_uring}");
                assert_eq!(message["data"][0], number);
                assert_eq!(message["data"][1].as_str().map(str::len), Some(PADDING));
            }
        }
        world.hub.stop().await;
    }
}
