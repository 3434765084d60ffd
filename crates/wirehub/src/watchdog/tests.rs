use tokio::sync::mpsc;

use super::*;
use crate::letter::Letter;

/// A watched shard that does what a test has it do.
struct Scene {
    pulse: Arc<Pulse>,
    inbox: mpsc::Receiver<Letter>,
}

fn scene(room: usize) -> Scene {
    let (sender, inbox) = mpsc::channel(room);
    let pulse = Arc::<Pulse>::default();
    tokio::spawn(watch(3, sender, Arc::clone(&pulse)));
    Scene { pulse, inbox }
}

impl Scene {
    async fn answer(&mut self) {
        let Some(Letter::Pulse(answer)) = self.inbox.recv().await else {
            panic!("the watchdog asks for the pulse and nothing else");
        };
        answer.send(()).expect("the watchdog waits for an answer");
    }

    /// Lets the time pass in which a silent shard is found out.
    async fn patience(&self) {
        time::sleep(LOOK * (LOOKS + 1)).await;
    }

    async fn until(&self, what: impl Fn(&ShardHealth) -> bool) -> ShardHealth {
        loop {
            let health = self.pulse.health();
            if what(&health) {
                return health;
            }
            time::sleep(Duration::from_millis(10)).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_shard_that_answers_is_well_and_seldom_asked() {
    let mut scene = scene(4);
    let started = Instant::now();
    for _ in 0..10 {
        scene.answer().await;
    }
    let health = scene.until(|health| health.latency.is_some()).await;
    assert_eq!((health.stalled, health.stalls), (None, 0));
    assert!(started.elapsed() >= INTERVAL * 9);
}

#[tokio::test(start_paused = true)]
async fn a_silent_shard_stalls_once_until_it_turns_again() {
    let mut scene = scene(4);
    scene.patience().await;
    let health = scene.pulse.health();
    assert!(health.stalled >= Some(LOOK * LOOKS), "{health:?}");
    scene.patience().await;
    assert_eq!(scene.pulse.health().stalls, 1);

    scene.answer().await;
    let health = scene.until(|health| health.stalled.is_none()).await;
    assert!(health.latency > Some(LOOK * LOOKS * 2), "{health:?}");
    let error = health.last_error.expect("what was wrong is kept");
    assert!(error.starts_with("no turn ended for 1"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_shard_that_turns_but_has_much_to_read_does_not_stall() {
    let scene = scene(4);
    for _ in 0..LOOKS * 4 {
        scene.pulse.turned();
        time::sleep(LOOK).await;
    }
    let health = scene.pulse.health();
    assert_eq!((health.latency, health.stalls), (None, 0));
}

#[tokio::test(start_paused = true)]
async fn a_full_inbox_hides_nobody() {
    let (sender, inbox) = mpsc::channel(1);
    sender
        .try_send(Letter::Watch)
        .expect("there is room for one");
    let pulse = Arc::<Pulse>::default();
    tokio::spawn(watch(0, sender, Arc::clone(&pulse)));
    let scene = Scene { pulse, inbox };
    scene.patience().await;
    assert_eq!(scene.pulse.health().stalls, 1);
}

#[tokio::test(start_paused = true)]
async fn a_shard_that_ended_by_itself_is_told_from_one_that_was_stopped() {
    let failed = scene(1);
    failed.pulse.failed("cannot poll".to_owned());
    drop(failed.inbox);
    let stopped = scene(1);
    stopped.pulse.stopped();
    drop(stopped.inbox);
    time::sleep(INTERVAL * 2).await;
    let health = failed.pulse.health();
    assert!(health.stalled.is_some());
    assert_eq!(health.last_error.as_deref(), Some("cannot poll"));
    assert_eq!(stopped.pulse.health(), ShardHealth::default());
}
