//! Sending the clients away: for good, or until somebody says otherwise.

use std::{num::NonZeroU32, time::Duration};

use tokio::{sync::oneshot, time::Instant};
use wirehub_core::DrainPlan;

use super::Hub;
use crate::{DrainSettings, HubError, departure::Begun, letter::Letter};

/// How far a drain is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrainProgress {
    /// How clients are sent away.
    pub how: DrainSettings,
    /// How many connections there were when it began.
    pub began_with: u64,
    /// For how long it goes on.
    pub elapsed: Duration,
    /// Whether the hub stops afterwards. Such a drain is not called off.
    pub is_last: bool,
}

impl Hub {
    /// Sends all clients away for good: new ones are refused with a hint to come back, those here
    /// are asked to move, then closed little by little. Returns when they are gone or the deadline
    /// has passed, and the listeners are closed.
    pub async fn drain(&self, settings: DrainSettings) {
        let gone = self.send_away(settings, true).await.unwrap_or_default();
        self.0.shared.intakes.close().await;
        for drained in gone {
            // A shard that failed has nobody left either.
            let _ = drained.await;
        }
        self.0.shared.close_doors().await;
    }

    /// Begins to send all clients away as [`Hub::drain`] does, and returns at once. The hub goes on
    /// serving those who are there, listens, and refuses new ones, until it is
    /// [stopped](Hub::stop) or the drain is [called off](Hub::call_off_drain). Beginning again
    /// changes how it is done: whoever is still there is asked anew.
    ///
    /// # Errors
    /// When the hub is about to stop: that drain goes on as it is.
    pub async fn begin_drain(&self, settings: DrainSettings) -> Result<(), HubError> {
        let begun = self.send_away(settings, false).await;
        begun.map(drop).ok_or(HubError::Stopped)
    }

    /// Sends nobody away any more, and takes new clients. Who was asked to move goes all the same.
    ///
    /// # Errors
    /// When the hub is about to stop, from which there is no way back.
    pub async fn call_off_drain(&self) -> Result<(), HubError> {
        let departure = &self.0.shared.departure;
        let _telling = departure.telling.lock().await;
        if !departure.call_off() {
            return Err(HubError::Stopped);
        }
        for shard in self.0.shards.senders() {
            shard
                .send(Letter::Stay)
                .await
                .map_err(|_| HubError::Stopped)?;
        }
        Ok(())
    }

    /// How far the drain is that goes on, if one does.
    #[must_use]
    pub fn drain_progress(&self) -> Option<DrainProgress> {
        let begun = self.0.shared.departure.begun()?;
        Some(DrainProgress {
            how: begun.how,
            began_with: begun.with,
            elapsed: begun.at.elapsed(),
            is_last: begun.is_last,
        })
    }

    /// Whether the hub sends its clients away and takes no new ones.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.0.shared.is_draining()
    }

    /// How the hub sends its clients away, as its settings say.
    #[must_use]
    pub fn drain_settings(&self) -> DrainSettings {
        self.0.shared.departure.settings()
    }

    /// Changes how the hub sends its clients away the next time.
    pub fn reload_drain(&self, settings: DrainSettings) {
        self.0.shared.departure.set_settings(settings);
    }

    /// How many clients a second the hub takes itself when they come back at once, and so those
    /// who are like it: [`SessionSettings::reconnects_per_second`](crate::SessionSettings) of all
    /// shards. `None` where that is not bounded.
    #[must_use]
    pub fn bearable_moves(&self) -> Option<NonZeroU32> {
        let each = self.0.shared.settings.sessions.reconnects_per_second;
        NonZeroU32::new(each.saturating_mul(self.0.shards.len() as u32))
    }

    /// Tells all shards. What comes back is told when each has nobody left; `None` where the hub
    /// is about to stop already.
    async fn send_away(
        &self,
        settings: DrainSettings,
        is_last: bool,
    ) -> Option<Vec<oneshot::Receiver<()>>> {
        let with = self.report().await.total.core.connections.iter().sum();
        let departure = &self.0.shared.departure;
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
        for shard in self.0.shards.senders() {
            let (done, drained) = oneshot::channel();
            if shard.send(Letter::Drain(plan, done)).await.is_ok() {
                gone.push(drained);
            }
        }
        Some(gone)
    }

    /// What each shard does.
    fn plan(&self, settings: DrainSettings) -> DrainPlan {
        let shards = self.0.shards.len().max(1) as u32;
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
