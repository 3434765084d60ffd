//! Sending clients away: those of this hub, or of another node of its cluster.

use wirehub_broker::NodeName;

use super::Hub;
use crate::{
    DrainSettings, DrainWish, Draining, HubError,
    cluster::{Given, Wanted},
};

impl Hub {
    /// Sends all clients away for good: new ones are refused with a hint to come back, those here
    /// are asked to move, then closed little by little. Returns when they are gone or the deadline
    /// has passed, and the listeners are closed.
    pub async fn drain(&self, settings: DrainSettings) {
        let usher = self.0.reach.here().usher();
        let gone = usher.begin_last(settings).await;
        self.0.shared.intakes.close().await;
        for drained in gone {
            // A shard that failed has nobody left either.
            let _ = drained.await;
        }
        self.0.shared.close_doors().await;
    }

    /// Has a node, or this hub, begin to send all clients away as [`Hub::drain`] does, and returns
    /// at once. It goes on serving those who are there, listens, and refuses new ones, until it is
    /// [stopped](Hub::stop) or the drain is [called off](Hub::call_off_drain). Beginning again
    /// changes how it is done: whoever is still there is asked anew.
    ///
    /// # Errors
    /// [`HubError::Leaving`] when the hub is about to stop: that drain goes on as it is. When there
    /// is no such node, or it does not answer; then it may still begin.
    pub async fn begin_drain(
        &self,
        node: Option<&NodeName>,
        wish: DrainWish,
    ) -> Result<Draining, HubError> {
        let draining = self.drain_of(node, Wanted::Drain(wish)).await?;
        stays(draining)
    }

    /// Has a node, or this hub, send nobody away any more and take new clients. Who was asked to
    /// move goes all the same.
    ///
    /// # Errors
    /// As for [`Hub::begin_drain`].
    pub async fn call_off_drain(&self, node: Option<&NodeName>) -> Result<Draining, HubError> {
        let draining = self.drain_of(node, Wanted::Stay).await?;
        stays(draining)
    }

    /// How far a node, or this hub, is with sending its clients away.
    ///
    /// # Errors
    /// When there is no such node, or it does not answer.
    pub async fn draining(&self, node: Option<&NodeName>) -> Result<Draining, HubError> {
        self.drain_of(node, Wanted::Draining).await
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

    async fn drain_of(
        &self,
        node: Option<&NodeName>,
        wanted: Wanted,
    ) -> Result<Draining, HubError> {
        match self.0.reach.on(node, wanted).await? {
            Given::Draining(draining) => Ok(draining),
            _ => Err(HubError::Stopped),
        }
    }
}

/// Nobody has a say in the last drain of a hub.
fn stays(draining: Draining) -> Result<Draining, HubError> {
    match draining.drain {
        Some(drain) if drain.is_last => Err(HubError::Leaving),
        _ => Ok(draining),
    }
}
