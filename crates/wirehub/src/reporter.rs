//! Who collects the numbers of a hub.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use tokio::{
    sync::oneshot,
    time::{Instant, timeout},
};
use wirehub_model::Moment;
use wirehub_traces::Tracer;
use wirehub_transport::Tls;

use crate::{
    HubReport, ShardReport, Silence,
    letter::{Letter, ShardSender},
    shards::Shards,
    shared::Shared,
    tasks::Tasks,
};

/// How long a shard may take to give its numbers.
const REPORT_TIMEOUT: Duration = Duration::from_millis(500);

/// What knows everything of a hub that is counted.
#[derive(Clone, Debug)]
pub(crate) struct Reporter {
    shards: Shards,
    shared: Arc<Shared>,
    tasks: Tasks,
}

impl Reporter {
    pub(crate) const fn new(shards: Shards, shared: Arc<Shared>, tasks: Tasks) -> Self {
        Self {
            shards,
            shared,
            tasks,
        }
    }

    /// What the hub's clock says.
    pub(crate) fn now(&self) -> Moment {
        self.shared.clock.moment()
    }

    /// The hub's numbers. A shard that does not answer in time is missing from them, and no other
    /// request waits for it.
    pub(crate) async fn report(&self) -> HubReport {
        let shared = &self.shared;
        let mut report = HubReport {
            uptime: shared.clock.uptime(),
            now: shared.clock.moment(),
            tasks: self.tasks.counts(),
            outlets: shared.events.stats(),
            intakes: shared.intakes.stats(),
            traces: shared
                .tracer
                .as_ref()
                .map(Tracer::stats)
                .unwrap_or_default(),
            certificate_expires_at: shared.settings.tls.as_ref().map(Tls::expires_at),
            dependencies: shared.dependencies(),
            shard_health: shared.shard_health(),
            leaks: shared.leaks.report(),
            draining: shared.is_draining(),
            allocated: shared.heap.as_ref().and_then(|heap| heap.allocated()),
            ..HubReport::default()
        };
        // All at once: shards that are silent together cost the time of one.
        let answers = join_all(self.shards.senders().iter().map(ask_for_report)).await;
        for (number, answer) in (0..).zip(answers) {
            report.answers.push(answer.map(|(shard, took)| {
                report.total.merge(&shard);
                report.shards.insert(number, shard);
                took
            }));
        }
        report
    }
}

/// The numbers of a shard, and how long it took to give them.
async fn ask_for_report(shard: &ShardSender) -> Result<(ShardReport, Duration), Silence> {
    let asked = Instant::now();
    let answer = async {
        let (answer, answered) = oneshot::channel();
        shard.send(Letter::Report(answer)).await.ok()?;
        answered.await.ok()
    };
    match timeout(REPORT_TIMEOUT, answer).await {
        Ok(Some(report)) => Ok((report, asked.elapsed())),
        Ok(None) => Err(Silence::Stopped),
        Err(_) => Err(Silence::Late(REPORT_TIMEOUT)),
    }
}
