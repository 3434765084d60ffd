use std::future;

use tokio::time;
use wirehub_model::Capabilities;

use super::*;
use crate::{Hub, HubSettings};

fn leak(kind: LeakKind, what: &str) -> Leak {
    Leak {
        kind,
        what: what.to_owned(),
        born: "here".to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_leak_is_what_is_found_twice_in_a_row() {
    let leaks = Leaks::default();
    let [one, other] = ["one", "other"].map(|what| leak(LeakKind::Task, what));
    let look = |found: &[&Leak]| {
        leaks.found(found.iter().copied().cloned().collect());
        leaks.report().leaks
    };
    assert_eq!(look(&[&one, &other]), []);
    assert_eq!(look(&[&one]), std::slice::from_ref(&one));
    assert_eq!(look(&[&one, &other]), std::slice::from_ref(&one));
    assert_eq!(leaks.report().found, BTreeMap::from([(LeakKind::Task, 1)]));
    assert_eq!(look(&[]), [], "it is gone");
    assert_eq!(leaks.report().checks, 4);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_does_not_end_is_found_by_a_running_hub() {
    let mut settings = HubSettings::default();
    settings.door.auth.anonymous = Some(Capabilities::default());
    let hub = Hub::builder().settings(settings).start().await.unwrap();
    let (tasks, runtime) = hub.parts();
    // The leak that is planted: what a call waits for never comes.
    tasks.spawn("call", &runtime, future::pending());
    let line = line!() - 1;
    while hub.leaks().checks < 1 {
        time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(hub.leaks().leaks, [], "it may still end");
    // The age of a task is told by the clock of the operating system, which no test can move.
    tasks.grow_older(Duration::from_secs(3_600));
    let checks = hub.leaks().checks;
    while hub.leaks().checks < checks + 2 {
        time::sleep(Duration::from_secs(1)).await;
    }
    let report = hub.leaks();
    let [leak] = report.leaks.as_slice() else {
        panic!("one leak is found: {report:?}");
    };
    assert_eq!(leak.kind, LeakKind::Task);
    assert!(leak.what.starts_with("call number "), "{leak:?}");
    assert!(leak.born.contains(&format!("tests.rs:{line}")), "{leak:?}");
    assert_eq!(report.found[&LeakKind::Task], 1);
    hub.stop().await;
}
