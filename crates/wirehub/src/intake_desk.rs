//! What others publish through logs, on its way into the hub.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use wirehub_intake::{Intake, IntakeCounters, IntakeStats, Publisher, RecordLog, Unpublished};
use wirehub_model::{ErrorCode, Publish, Published};

use crate::{Hub, HubError};

/// The intakes of a hub.
#[derive(Debug, Default)]
pub(crate) struct IntakeDesk {
    counters: Mutex<Vec<Arc<IntakeCounters>>>,
    stop: CancellationToken,
    at_work: TaskTracker,
}

impl IntakeDesk {
    /// The work of an intake, until the desk is closed.
    pub(crate) fn open(
        &self,
        intake: Intake,
        log: Box<dyn RecordLog>,
        hub: Hub,
    ) -> impl Future<Output = ()> + Send + use<> {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        counters.push(intake.counters());
        let stop = self.stop.clone();
        self.at_work
            .track_future(async move { intake.run(&*log, &hub, stop).await })
    }

    pub(crate) fn stats(&self) -> Vec<IntakeStats> {
        let counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        counters.iter().map(|counters| counters.stats()).collect()
    }

    /// Takes nothing more in, and waits until what is on its way is settled, or had its time.
    pub(crate) async fn close(&self) {
        self.stop.cancel();
        self.at_work.close();
        self.at_work.wait().await;
    }
}

impl Publisher for Hub {
    fn publish(&self, publish: Publish) -> BoxFuture<'_, Result<Published, Unpublished>> {
        Box::pin(async { Self::publish(self, publish).await.map_err(unpublished) })
    }
}

/// Whether the same would be published later. What could not be stored was delivered, and is not
/// acknowledged.
fn unpublished(error: HubError) -> Unpublished {
    let text = error.to_string();
    match error {
        HubError::Stopped
        | HubError::Silent { .. }
        | HubError::NoSuchNode { .. }
        | HubError::Leaving => Unpublished::Later(text),
        HubError::Refused(refusal) => match refusal.code {
            code if code.retry() => Unpublished::Later(text),
            ErrorCode::NotStored | ErrorCode::LimitReached => Unpublished::Later(text),
            _ => Unpublished::Never(text),
        },
    }
}
