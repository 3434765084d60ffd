use wirehub_broker::conformance::{Ending, Subject};

use crate::scene::{OnDisk, text, topic};

/// Publishes without waiting, takes the power away at a moment that a seed draws, and looks whether
/// everything that was answered is there, in order, and nothing twice.
async fn play(seed: u64) {
    let subject = OnDisk::with(seed, |_| {});
    let topics = ["power/a", "power/b", "power/c"].map(topic);
    let mut answered = [0u64; 3];
    let mut published = [0u64; 3];
    for life in 0..6 {
        let (link, _inbox) = subject.node("a").await;
        for (index, there) in topics.iter().enumerate() {
            let opened = link.open(there.clone(), crate::scene::KEEP).await.unwrap();
            let last = opened.position.offset.0;
            assert!(last >= answered[index], "seed {seed}, life {life}: lost");
            assert!(last <= published[index], "seed {seed}, life {life}");
            assert_eq!(opened.history.len() as u64, last);
            for (place, record) in opened.history.iter().enumerate() {
                assert_eq!(record.position.offset.0, place as u64 + 1);
                assert!(text(record).starts_with(&format!("{index} ")));
            }
            published[index] = last;
            answered[index] = last;
        }
        // Some syncs work; then the disk does nothing any more, and then the power goes.
        subject.disk.fail_after((seed + life) % 7);
        let mut calls = Vec::new();
        for round in 0..40 {
            for (index, there) in topics.iter().enumerate() {
                let text = format!("{index} {}", "x".repeat(round * 37 % 500));
                calls.push((index, link.append(vec![subject.append(there, &text)])));
                published[index] += 1;
            }
            if round % 8 == 0 {
                tokio::task::yield_now().await;
            }
        }
        for (index, call) in calls {
            if let Ok(appended) = call.await.unwrap().remove(0) {
                answered[index] = answered[index].max(appended.position.offset.0);
            }
        }
        subject.restart(Ending::Crash).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_loss_of_power_loses_nothing_answered() {
    for seed in 1..=60 {
        play(seed * 7919).await;
    }
}
