use std::{sync::Arc, time::Duration};

use wirehub::{Hub, HubSettings, LeakKind};
use wirehub_model::Capabilities;

use super::*;

const MIB: usize = 1 << 20;

#[test]
fn what_is_allocated_is_counted() {
    let heap = ProgramHeap::default();
    let before = heap.allocated().unwrap();
    let piece = vec![1_u8; 64 * MIB];
    let during = heap.allocated().unwrap();
    // Other tests may run in this process.
    assert!(during > before + 48 * MIB as u64, "{before} and {during}");
    assert_eq!(piece.iter().max(), Some(&1));
}

#[inline(never)]
fn planted(kept: &mut Vec<Vec<u8>>) {
    kept.push(vec![7; 4 * MIB]);
}

#[tokio::test]
async fn memory_that_nobody_gives_back_is_found_and_named() {
    let mut settings = HubSettings {
        leak_check: Duration::from_millis(2),
        ..HubSettings::default()
    };
    settings.door.auth.anonymous = Some(Capabilities::default());
    let heap = Arc::new(ProgramHeap::default());
    let hub = Hub::builder().settings(settings).whole_process(heap);
    let hub = hub.start().await.unwrap();
    let (mut kept, mut checks) = (Vec::new(), 0);
    let leak = loop {
        let report = hub.leaks();
        if report.checks > checks {
            checks = report.checks;
            // The leak that is planted: more with each look, and in nobody's account.
            planted(&mut kept);
        }
        let memory = |leak: &&wirehub::Leak| leak.kind == LeakKind::Memory;
        if let Some(leak) = report.leaks.iter().find(memory) {
            break leak.clone();
        }
        assert!(kept.len() < 300, "nothing was found: {report:?}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    };
    assert!(
        leak.what.contains("MiB of memory that no owner"),
        "{leak:?}"
    );
    assert!(leak.born.contains("planted"), "{leak:?}");
    assert!(leak.born.contains("heap/tests.rs:"), "{leak:?}");
    hub.stop().await;
}
