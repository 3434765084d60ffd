//! The file that topics are remembered in, while the hub runs.

use std::{sync::Arc, time::Duration};

use wirehub::HubBuilder;
use wirehub_broker::{Broker as _, Durability, NodeName};
use wirehub_broker_redb::{RedbBroker, RedbSettings};
use wirehub_model::Limits;

use crate::{
    failure::Failure,
    raw_settings::Durability as When,
    settings::{BrokerSettings, FileSettings, Settings},
};

/// The name by which the store knows this process. It has one node, so any name will do.
const NODE: &str = "wirehub";
/// How soon what was acknowledged at once is on disk, with `broker.durability = "relaxed"`.
const SOON: Duration = Duration::from_millis(200);

/// The open file; none where topics are remembered in memory.
#[derive(Debug, Default)]
pub(super) struct Store(Option<Arc<RedbBroker>>);

impl Store {
    /// Opens the file that the settings name, if they name one.
    pub(super) fn open(settings: &Settings) -> Result<Self, Failure> {
        let BrokerSettings::Redb(file) = &settings.broker else {
            return Ok(Self::default());
        };
        let store = RedbBroker::open(&of(file, &settings.hub.limits));
        let store = store.map_err(|error| Failure::outside(format!("`broker.path`: {error}")))?;
        Ok(Self(Some(Arc::new(store))))
    }

    /// Has a hub remember in the file.
    pub(super) fn serve(&self, hub: HubBuilder) -> Result<HubBuilder, Failure> {
        let Some(store) = &self.0 else {
            return Ok(hub);
        };
        let node = NodeName::parse(NODE).map_err(Failure::outside)?;
        Ok(hub.broker(Arc::clone(store) as _, node))
    }

    /// Writes what is left to be written, and closes the file.
    pub(super) async fn close(&self) {
        if let Some(store) = &self.0
            && let Err(error) = store.shutdown().await
        {
            tracing::error!(%error, "the store was not closed in order");
        }
    }
}

fn of(file: &FileSettings, limits: &Limits) -> RedbSettings {
    let mut settings = RedbSettings::new(&file.path);
    settings.max_bytes = file.max_bytes as u64;
    settings.local.topics = limits.topics;
    settings.local.bytes = limits.remembered_bytes;
    settings.local.names = limits.idempotency_keys;
    settings.local.durability = match file.durability {
        When::Commit => Durability::Commit,
        When::Relaxed => Durability::Relaxed(SOON),
    };
    settings
}
