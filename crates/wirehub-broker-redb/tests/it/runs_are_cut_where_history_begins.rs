use wirehub_broker::{
    Retention,
    conformance::{Ending, Subject},
};
use wirehub_model::HistoryRules;

use crate::scene::{KEEP, OnDisk, texts, topic};

/// Publications that were made safe together are forgotten one by one all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_is_exact_wherever_a_run_ends() {
    for (size, length) in [
        (1, 1),
        (5, 10),
        (7, 2_000),
        (30, 300),
        (100, 10),
        (1, 5_000),
    ] {
        let keep = Retention {
            history: HistoryRules {
                size,
                ..KEEP.history
            },
            ..KEEP
        };
        let subject = OnDisk::fresh();
        let there = topic("runs");
        let mut said = Vec::new();
        // Batches of these sizes are committed together, each after the one before.
        for (round, batch) in [1, 40, 3, 1, 20].into_iter().enumerate() {
            let (link, _inbox) = subject.node("a").await;
            let text = |place| format!("{round}.{place}.{}", "x".repeat(length));
            let batch = (0..batch).map(|place| {
                said.push(text(place));
                let mut one = subject.append(&there, &text(place));
                one.retention = keep;
                one
            });
            for answer in link.append(batch.collect()).await.unwrap() {
                answer.unwrap();
            }
            subject.restart(Ending::Crash).await;
            let (link, _inbox) = subject.node("a").await;
            let opened = link.open(there.clone(), keep).await.unwrap();
            assert_eq!(opened.position.offset.0, said.len() as u64);
            let kept = &said[said.len().saturating_sub(size)..];
            assert_eq!(texts(&opened.history), kept, "{size} of {length} bytes");
        }
    }
}
