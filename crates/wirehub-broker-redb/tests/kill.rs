//! A process that writes is killed again and again: nothing it said was stored is lost.
//!
//! The parent starts this test as a child, reads the acknowledgements it prints, kills it with
//! `SIGKILL` at some moment, and looks into the file.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a scenario that cannot be set up has failed, and the child speaks through its output"
)]

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use futures_util::future::join_all;
use wirehub_broker::{Append, Broker, Link, NodeName, Retention, conformance::Inbox};
use wirehub_broker_redb::{RedbBroker, RedbSettings};
use wirehub_model::{HistoryRules, Message, Payload, Topic};

const KILLS: usize = 40;
const TOPICS: usize = 8;

const KEEP: Retention = Retention {
    history: HistoryRules {
        size: 100_000,
        ttl: Duration::from_secs(3600),
        bytes: 100 * 1024 * 1024,
    },
    retained: true,
    keys: 0,
    retained_ttl: None,
    idempotency_ttl: Duration::from_secs(300),
};

/// Names the file to the child, which is this test again.
const STORE: &str = "WIREHUB_TEST_STORE";

async fn attach(path: &Path) -> (RedbBroker, Arc<dyn Link>) {
    let broker = RedbBroker::open(&RedbSettings::new(path)).unwrap();
    let name = NodeName::parse("a").unwrap();
    let link = broker.attach(name, Duration::from_secs(3600), Inbox::new());
    let link = link.await.unwrap();
    (broker, link)
}

fn topic(number: usize) -> Topic {
    Topic::parse(&format!("kill/{number}")).unwrap()
}

fn append(number: usize) -> Append {
    let accepted_at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Append {
        topic: topic(number),
        message: Message::of(Payload::Binary(Bytes::from(vec![number as u8; 200]))),
        key: None,
        idempotency: None,
        from: None,
        accepted_at,
        expires_at: None,
        echo: true,
        retention: KEEP,
    }
}

/// The child: publishes to all topics at once and prints what was acknowledged, until it is killed.
async fn write(path: &Path) {
    let (_broker, link) = attach(path).await;
    println!("ready");
    loop {
        let calls = (0..TOPICS).map(|number| link.append(vec![append(number)]));
        for (number, answer) in join_all(calls).await.into_iter().enumerate() {
            let position = answer.unwrap().remove(0).unwrap().position;
            println!("{number} {} {}", position.epoch, position.offset);
        }
        std::io::stdout().flush().unwrap();
    }
}

#[tokio::test]
async fn nothing_that_was_acknowledged_is_lost() {
    match std::env::var_os(STORE) {
        Some(path) => write(Path::new(&path)).await,
        None => kill_again_and_again().await,
    }
}

async fn kill_again_and_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut acknowledged = vec![None; TOPICS];
    for kill in 0..KILLS {
        let lines = run_and_kill(&path, 3 + kill * 17 % 90);
        for line in lines {
            let words: Vec<&str> = line.split(' ').collect();
            // The last line may be cut off; what was not said counts as not acknowledged.
            if let [number, epoch, offset] = words[..]
                && let (Ok(number), Ok(offset)) = (number.parse::<usize>(), offset.parse::<u64>())
            {
                acknowledged[number] = Some((epoch.to_owned(), offset));
            }
        }
        let (broker, link) = attach(&path).await;
        for (number, expected) in acknowledged.iter().enumerate() {
            let Some((epoch, offset)) = expected else {
                continue;
            };
            let opened = link.open(topic(number), KEEP).await.unwrap();
            let last = opened.position.offset.0;
            assert_eq!(opened.position.epoch.to_string(), *epoch, "kill {kill}");
            assert!(last >= *offset, "kill {kill}: {last} of {offset}");
            let offsets = opened.history.iter().map(|one| one.position.offset.0);
            assert!(offsets.eq(1..=last), "kill {kill}");
            assert_eq!(opened.values[0].position.offset.0, last);
        }
        broker.shutdown().await.unwrap();
    }
    let all = acknowledged.iter().flatten();
    let all: u64 = all.map(|(_, offset)| offset).sum();
    assert!(all > 0, "nothing was ever acknowledged");
    println!("killed {KILLS} times; {all} acknowledged publications are all there");
}

/// Runs the child until it has printed so many lines, kills it, and returns all it printed.
fn run_and_kill(path: &Path, lines: usize) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "nothing_that_was_acknowledged_is_lost",
            "--nocapture",
        ])
        .env(STORE, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let mut printed = Vec::new();
    for line in output.lines() {
        printed.push(line.unwrap());
        // What is in the pipe by then is read after the child is dead.
        if printed.len() == lines {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    printed
}
