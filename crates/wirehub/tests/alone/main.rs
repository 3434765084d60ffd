//! Stopping a hub leaves no task, thread or descriptor behind.
//!
//! A test binary of its own: what it counts belongs to the whole process.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../it/client.rs"]
#[expect(dead_code, reason = "shared with the other test binary")]
mod client;
#[path = "../it/world.rs"]
#[expect(dead_code, reason = "shared with the other test binary")]
mod world;

use wirehub::HubReport;

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Names of this process's threads that belong to a hub.
fn shard_threads() -> usize {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    threads
        .filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("comm")).ok())
        .filter(|name| name.starts_with("wirehub-shard"))
        .count()
}

fn tasks(report: &HubReport) -> usize {
    report.tasks.iter().map(|(_, count)| count).sum()
}

#[tokio::test]
async fn no_task_thread_or_descriptor_is_left() {
    let (descriptors_before, threads_before) = (descriptors(), shard_threads());
    for _ in 0..3 {
        let world = world::start().await;
        let mut clients = Vec::new();
        for number in 0..20 {
            let mut client = world.join(&format!("u{number}")).await;
            client
                .ask(r#"{"type":"subscribe","id":1,"topic":"t/#"}"#)
                .await;
            clients.push(client);
        }
        // A handshake that is not finished when the hub stops.
        let unfinished = tokio::net::TcpStream::connect(world.address).await.unwrap();
        let busy = world.hub.report().await;
        assert!(tasks(&busy) >= 4, "{:?}", busy.tasks);
        world.hub.stop().await;
        assert_eq!(world.hub.report().await.tasks, []);
        for client in &mut clients {
            client.ended().await;
        }
        drop((clients, unfinished));
    }
    assert_eq!(shard_threads(), threads_before);
    assert_eq!(descriptors(), descriptors_before);
}
