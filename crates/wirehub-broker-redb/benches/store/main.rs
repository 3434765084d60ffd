//! Durable publications a second, beside a bare loop that commits the same bytes to the same disk.
//!
//! The bare loop is what the store would be without topics: a thread takes whatever waits, inserts
//! it into one table, commits once and answers. The two take turns in pairs, the order within a
//! pair changes, and the ratio is taken within each pair, so that what else the machine does meets
//! both. `cargo xtask bench store` runs this; words after `--` are the arguments.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that cannot be made has failed, and its result is what it prints"
)]

mod bare;
mod hub;
mod ratio;

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use futures_util::future::{BoxFuture, join_all};

use crate::{bare::Bare, hub::Hub, ratio::Ratio};

/// Bytes of a publication's payload.
const PAYLOAD: usize = 256;

/// Topics that the publishers share.
const TOPICS: u64 = 16;

const PUBLISHERS: [usize; 3] = [1, 64, 1024];

/// Something that makes publications safe.
trait Subject {
    /// Publishes once for a publisher; the future is done when that is safe.
    fn publish(&self, publisher: usize) -> BoxFuture<'static, ()>;

    /// Ends, and waits until the file is closed.
    fn end(self: Box<Self>) -> BoxFuture<'static, ()>;
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str, default: u64| {
        let place = arguments.iter().position(|word| word == name);
        let word = place.and_then(|place| arguments.get(place + 1));
        word.map_or(default, |word| word.parse().unwrap())
    };
    let pairs = number("--pairs", 12);
    let time = Duration::from_millis(number("--millis", 1500));
    let folder = arguments
        .iter()
        .position(|word| word == "--folder")
        .and_then(|place| arguments.get(place + 1))
        .map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let folder = tempfile::tempdir_in(folder).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    println!("| publishers | bare loop /s | store /s | ratio | 95 % interval |");
    println!("|--:|--:|--:|--:|--:|");
    // One number of publishers alone, for a profiler.
    let only = number("--publishers", 0) as usize;
    let chosen = |publishers: &usize| only == 0 || *publishers == only;
    for publishers in PUBLISHERS.into_iter().filter(chosen) {
        let mut ratio = Ratio::default();
        for pair in 0..pairs {
            let bare = || Box::new(Bare::open(&file(folder.path()))) as Box<dyn Subject>;
            let hub = || Box::new(Hub::open(&file(folder.path()))) as Box<dyn Subject>;
            let rate = |subject| runtime.block_on(rate(subject, publishers, time));
            let (bare, hub) = if pair % 2 == 0 {
                let first = rate(bare());
                (first, rate(hub()))
            } else {
                let first = rate(hub());
                (rate(bare()), first)
            };
            ratio.add(bare, hub);
        }
        println!("| {publishers} | {ratio} |");
    }
}

/// A file that is not there.
fn file(folder: &Path) -> PathBuf {
    let path = folder.join("store");
    // Whatever was measured before is gone.
    _ = std::fs::remove_file(&path);
    path
}

/// Publications a second of so many publishers, each waiting for its answer before the next.
async fn rate(subject: Box<dyn Subject>, publishers: usize, time: Duration) -> f64 {
    // The file has its tables and some size before the clock starts.
    join_all((0..publishers).map(|publisher| subject.publish(publisher))).await;
    let start = Instant::now();
    let counts = (0..publishers).map(|publisher| {
        let subject = &*subject;
        async move {
            let mut count = 0u64;
            while start.elapsed() < time {
                subject.publish(publisher).await;
                count += 1;
            }
            count
        }
    });
    let counts = join_all(counts).await;
    let rate = counts.iter().sum::<u64>() as f64 / start.elapsed().as_secs_f64();
    subject.end().await;
    rate
}
