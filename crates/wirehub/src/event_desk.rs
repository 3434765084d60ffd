//! What happens in the hub, on its way to those who want to know.

use std::{fmt, sync::Arc, time::Duration};

use tokio::{runtime::Handle, time};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use wirehub_core::{Occurrence, OccurrenceKinds};
use wirehub_events::{Occurred, OutletStats, Outlets, Selection, Tail};

use crate::letter::{Letter, ShardSender};

/// How long a hub that stops waits until sinks have what is left for them.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// The ways out of the hub, and the work on them.
#[derive(Debug)]
pub(crate) struct EventDesk {
    outlets: Outlets,
    stop: CancellationToken,
    carriers: TaskTracker,
}

impl EventDesk {
    /// Starts to bring what happens to sinks.
    pub(crate) fn start(outlets: Outlets, runtime: &Handle) -> Self {
        let (stop, carriers) = (CancellationToken::new(), TaskTracker::new());
        for work in outlets.carriers(&stop) {
            carriers.spawn_on(work, runtime);
        }
        carriers.close();
        Self {
            outlets,
            stop,
            carriers,
        }
    }

    /// What shards have to tell.
    pub(crate) fn wanted(&self) -> OccurrenceKinds {
        self.outlets.wanted()
    }

    pub(crate) fn tell(&self, occurrence: Occurrence) {
        let at = std::time::SystemTime::now();
        self.outlets.tell(at, occurrence);
    }

    pub(crate) fn stats(&self) -> Vec<OutletStats> {
        self.outlets.stats()
    }

    /// Waits until sinks have what is left for them, or have had their chance.
    pub(crate) async fn finish(&self) {
        self.stop.cancel();
        if time::timeout(LAST_WORDS, self.carriers.wait())
            .await
            .is_err()
        {
            tracing::warn!("some sinks did not take the last events");
        }
    }

    /// Hears what happens until the hub stops.
    pub(crate) fn tail(&self, selection: Selection) -> (Tail, CancellationToken) {
        (self.outlets.tail(selection), self.stop.clone())
    }
}

/// Somebody who looks on at what happens in a hub; made by [`Hub::look_on`](crate::Hub::look_on).
/// Shards tell what it selects only while it does.
pub struct Onlooker {
    tail: Option<Tail>,
    stopped: CancellationToken,
    shards: Vec<ShardSender>,
    runtime: Handle,
}

impl Onlooker {
    pub(crate) async fn new(
        (tail, stopped): (Tail, CancellationToken),
        shards: &[ShardSender],
        runtime: Handle,
    ) -> Self {
        for shard in shards {
            // A shard that is gone has nothing to tell.
            let _ = shard.send(Letter::Watch).await;
        }
        Self {
            tail: Some(tail),
            stopped,
            shards: shards.to_vec(),
            runtime,
        }
    }

    /// The next thing that happened; before it, how many were missed because they were not fetched
    /// in time. `None` when the hub has stopped.
    pub async fn next(&mut self) -> Option<Result<Arc<Occurred>, u64>> {
        let tail = self.tail.as_mut()?;
        tokio::select! {
            biased;
            heard = tail.next() => heard,
            () = self.stopped.cancelled() => None,
        }
    }
}

impl Drop for Onlooker {
    fn drop(&mut self) {
        self.tail = None;
        let shards = std::mem::take(&mut self.shards);
        self.runtime.spawn(async move {
            for shard in shards {
                let _ = shard.send(Letter::Watch).await;
            }
        });
    }
}

impl fmt::Debug for Onlooker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Onlooker").field(&self.tail).finish()
    }
}
