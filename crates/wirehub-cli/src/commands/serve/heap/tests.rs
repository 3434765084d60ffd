use std::{env, fs::File, sync::Arc, time::Duration};

use wirehub::{Hub, HubSettings, Leak, LeakKind};
use wirehub_model::Capabilities;

use super::*;

const MIB: usize = 1 << 20;

/// So many looks find any leak that grows with each of them.
const LOOKS: usize = 300;

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

/// Has a hub that owns the process look through it, and plants more before each look; returns what
/// is found.
async fn found<T>(kind: LeakKind, plant: impl Fn(&mut Vec<T>)) -> Leak {
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
            plant(&mut kept);
        }
        if let Some(leak) = report.leaks.iter().find(|leak| leak.kind == kind) {
            break leak.clone();
        }
        assert!(kept.len() < LOOKS, "nothing was found: {report:?}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    };
    hub.stop().await;
    leak
}

#[inline(never)]
fn planted(kept: &mut Vec<Vec<u8>>) {
    kept.push(vec![7; 4 * MIB]);
}

#[tokio::test]
async fn memory_that_nobody_gives_back_is_found_and_named() {
    let leak = found(LeakKind::Memory, planted).await;
    let what = "MiB of memory that no owner accounts for";
    assert!(leak.what.contains(what), "{leak:?}");
    let (name, file) = if cfg!(feature = "heap-profile") {
        ("planted", "heap/tests.rs:")
    } else {
        ("unknown", "nobody follows")
    };
    assert!(leak.born.contains(name), "{leak:?}");
    assert!(leak.born.contains(file), "{leak:?}");
}

#[tokio::test]
async fn files_that_nobody_closes_are_found_and_named() {
    let path = env::current_exe().unwrap();
    let open = |kept: &mut Vec<File>| kept.push(File::open(&path).unwrap());
    let leak = found(LeakKind::Descriptor, open).await;
    assert!(
        leak.what.contains("files that nothing explains"),
        "{leak:?}"
    );
    assert!(leak.born.contains(path.to_str().unwrap()), "{leak:?}");
}
