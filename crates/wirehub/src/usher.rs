//! Who sends the clients of this node away: for good, or until somebody says otherwise.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use tokio::{sync::oneshot, time::Instant};
use wirehub_core::DrainPlan;

use crate::{
    DrainProgress, DrainSettings, DrainWish, Draining, HubError, departure::Begun, letter::Letter,
    reporter::Reporter, shards::Shards, shared::Shared,
};

/// The usher of a node.
#[derive(Clone, Debug)]
pub(crate) struct Usher {
    shards: Shards,
    shared: Arc<Shared>,
    reporter: Reporter,
}

impl Usher {
    pub(crate) const fn new(shards: Shards, shared: Arc<Shared>, reporter: Reporter) -> Self {
        Self {
            shards,
            shared,
            reporter,
        }
    }

    /// Begins a drain that may be called off, or changes how it is done: whoever is still there is
    /// asked anew. Where the hub is about to stop, its last drain goes on as it is.
    pub(crate) async fn begin(&self, wish: DrainWish) -> Draining {
        let connections = self.connections().await;
        let settings = self.settings(wish, connections);
        if self.send_away(settings, connections, false).await.is_some() {
            let DrainSettings {
                moves_per_second,
                deadline,
                ..
            } = settings;
            tracing::info!(connections, moves_per_second, ?deadline, "draining");
        }
        self.look().await
    }

    /// Begins the last drain. What comes back is told when each shard has nobody left; nothing
    /// where that is going on already.
    pub(crate) async fn begin_last(&self, settings: DrainSettings) -> Vec<oneshot::Receiver<()>> {
        let connections = self.connections().await;
        let begun = self.send_away(settings, connections, true).await;
        begun.unwrap_or_default()
    }

    /// Sends nobody away any more, and takes new clients, unless the hub is about to stop.
    ///
    /// # Errors
    /// When the hub has stopped.
    pub(crate) async fn call_off(&self) -> Result<Draining, HubError> {
        let departure = &self.shared.departure;
        let was_on = departure.is_on();
        {
            let _telling = departure.telling.lock().await;
            if departure.call_off() {
                for shard in self.shards.senders() {
                    let told = shard.send(Letter::Stay).await;
                    told.map_err(|_| HubError::Stopped)?;
                }
                if was_on {
                    tracing::info!("the drain is called off");
                }
            }
        }
        Ok(self.look().await)
    }

    /// How far the drain is, if there is one.
    pub(crate) async fn look(&self) -> Draining {
        let connections = self.connections().await;
        let drain = self.shared.departure.begun().map(|begun| DrainProgress {
            moves_per_second: begun.how.moves_per_second,
            deadline: begun.how.deadline,
            began_with: begun.with,
            elapsed: begun.at.elapsed(),
            is_last: begun.is_last,
        });
        Draining { connections, drain }
    }

    async fn connections(&self) -> u64 {
        let report = self.reporter.report().await;
        report.total.core.connections.iter().sum()
    }

    /// How it is done, where a wish leaves something out.
    fn settings(&self, wish: DrainWish, connections: u64) -> DrainSettings {
        let settings = self.shared.departure.settings();
        let moves_per_second = wish.moves_per_second.or(settings.moves_per_second);
        let how = DrainSettings {
            moves_per_second: moves_per_second.or_else(|| self.bearable_moves()),
            ..settings
        };
        let deadline = wish.deadline.unwrap_or_else(|| enough(&how, connections));
        DrainSettings { deadline, ..how }
    }

    /// How many clients a second this node takes itself when they come back at once, and so those
    /// who are like it. `None` where that is not bounded.
    fn bearable_moves(&self) -> Option<NonZeroU32> {
        let each = self.shared.settings.sessions.reconnects_per_second;
        NonZeroU32::new(each.saturating_mul(self.shards.len() as u32))
    }

    /// Tells all shards. What comes back is told when each has nobody left; `None` where the hub
    /// is about to stop already.
    async fn send_away(
        &self,
        settings: DrainSettings,
        with: u64,
        is_last: bool,
    ) -> Option<Vec<oneshot::Receiver<()>>> {
        let departure = &self.shared.departure;
        let _telling = departure.telling.lock().await;
        let is_begun = departure.begin(Begun {
            at: Instant::now(),
            how: settings,
            with,
            is_last,
        });
        if !is_begun {
            return None;
        }
        let plan = self.plan(settings);
        let mut gone = Vec::new();
        for shard in self.shards.senders() {
            let (done, drained) = oneshot::channel();
            if shard.send(Letter::Drain(plan, done)).await.is_ok() {
                gone.push(drained);
            }
        }
        Some(gone)
    }

    /// What each shard does.
    fn plan(&self, settings: DrainSettings) -> DrainPlan {
        let shards = self.shards.len().max(1) as u32;
        let moves = settings.moves_per_second;
        DrainPlan {
            moves_per_second: moves.and_then(|rate| NonZeroU32::new(rate.get().div_ceil(shards))),
            spread: settings.spread,
            closes_per_second: settings.closes_per_second.div_ceil(shards),
            deadline: settings.deadline,
            reason: settings.reason,
        }
    }
}

/// The deadline of the settings, or how long the moves take and the closes of whoever stays.
fn enough(how: &DrainSettings, connections: u64) -> Duration {
    let seconds = |rate: u32| Duration::from_secs(connections.div_ceil(u64::from(rate.max(1))));
    let moves = how
        .moves_per_second
        .map_or(how.spread, |rate| seconds(rate.get()));
    let needed = moves + how.spread + seconds(how.closes_per_second);
    how.deadline.max(needed).min(DrainWish::DEADLINE_MAX)
}
