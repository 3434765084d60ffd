//! What a scrape of a hub with many topics takes, and what deliveries notice of scrapes.
//!
//! `cargo bench -p wirehub-http --bench scrapes` prints the table of `benchmarks/scrapes.md`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    dead_code,
    reason = "a program for people, which borrows the hub and the client of the tests"
)]

#[path = "../tests/it/http.rs"]
mod http;
#[path = "../tests/it/subscriber.rs"]
mod subscriber;
#[path = "../tests/it/world.rs"]
mod world;

use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval, sleep};
use wirehub::Histogram;
use wirehub_model::{Message, Payload, Publish, Topic};

use self::world::World;

const TOPICS: u32 = 100_000;
const SCRAPES: usize = 100;
/// How often something is published while deliveries are watched.
const PACE: Duration = Duration::from_millis(1);
/// For how long they are watched without scrapes.
const QUIET: Duration = Duration::from_secs(5);

/// Publications of this many bytes or so, which their topics keep.
fn publish(topic: &str) -> Publish {
    let message = Message::of(Payload::Json(r#"{"bid":101.5,"ask":101.7}"#.into()));
    Publish::to(Topic::parse(topic).unwrap(), message)
}

#[tokio::main]
async fn main() {
    let world = world::start().await;
    for number in 0..TOPICS {
        let topic = format!("kept/{number}");
        world.hub.publish(publish(&topic)).await.unwrap();
    }
    let mut ann = world.join("ann").await;
    ann.subscribe("kept/watched").await;
    let reading = tokio::spawn(async move {
        loop {
            ann.text().await;
        }
    });
    let hub = world.hub.clone();
    let publishing = tokio::spawn(async move {
        let mut pace = interval(PACE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            pace.tick().await;
            hub.publish(publish("kept/watched")).await.unwrap();
        }
    });

    let begin = delivered(&world).await;
    sleep(QUIET).await;
    let quiet = delivered(&world).await;
    let (mut took, mut bytes) = (Vec::new(), 0);
    for _ in 0..SCRAPES {
        let begun = Instant::now();
        bytes = world.get("/metrics").await.body.len();
        took.push(begun.elapsed());
    }
    let scraped = delivered(&world).await;
    publishing.abort();
    reading.abort();
    took.sort();
    let of = |part: f64| took[(part * (SCRAPES - 1) as f64) as usize].as_micros() as f64 / 1e3;
    println!("| topics | bytes | scrape p50, ms | p99, ms | delivery p99 without, ms | with, ms |");
    println!("|--:|--:|--:|--:|--:|--:|");
    println!(
        "| {TOPICS} | {bytes} | {:.1} | {:.1} | {} | {} |",
        of(0.5),
        of(0.99),
        p99(&begin, &quiet),
        p99(&quiet, &scraped)
    );
    world.stop().await;
}

async fn delivered(world: &World) -> Histogram {
    world.hub.report().await.total.core.delivery
}

/// The bucket that one delivery in a hundred between two looks exceeds, in milliseconds.
fn p99(before: &Histogram, after: &Histogram) -> String {
    let all = after.count() - before.count();
    let mut both = before.cumulative().zip(after.cumulative());
    let bucket = both.find(|((_, before), (_, after))| (after - before) * 100 >= all * 99);
    bucket.map_or_else(String::new, |((end, _), _)| format!("≤ {}", end * 1e3))
}
