//! Where topics are remembered while the hub runs.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use wirehub::HubBuilder;
use wirehub_broker::{Broker, Durability, NodeName, meeting::Bounds};
use wirehub_broker_nats::{NatsBroker, NatsSettings};
use wirehub_broker_redb::{RedbBroker, RedbSettings};
use wirehub_broker_redis::{RedisBroker, RedisSettings};
use wirehub_model::Limits;

use crate::{
    failure::Failure,
    kafka,
    raw_settings::Durability as When,
    settings::{BrokerSettings, FileSettings, NatsServers, ServerSettings, Settings},
};

/// The name by which a file knows this process. It has one node, so any name will do.
const NODE: &str = "wirehub";
/// How soon what was acknowledged at once is on disk, with `broker.durability = "relaxed"`.
const SOON: Duration = Duration::from_millis(200);
/// The most of a machine's name in that of a node.
const HOST_MAX: usize = 48;

/// The open file or the server; none where topics are remembered in memory.
#[derive(Default)]
pub(super) struct Store(Option<(Arc<dyn Broker>, NodeName)>);

impl Store {
    /// Opens what the settings name, if they name anything.
    pub(super) fn open(settings: &Settings) -> Result<Self, Failure> {
        let limits = &settings.hub.limits;
        match &settings.broker {
            BrokerSettings::Memory => Ok(Self::default()),
            BrokerSettings::Redb(file) => {
                let store = RedbBroker::open(&of_file(file, limits));
                let store =
                    store.map_err(|error| Failure::outside(format!("`broker.path`: {error}")))?;
                let node = NodeName::parse(NODE).map_err(Failure::outside)?;
                Ok(Self(Some((Arc::new(store), node))))
            }
            BrokerSettings::Redis(server) => {
                let broker = RedisBroker::connect(of_server(server, limits)?);
                let broker =
                    broker.map_err(|error| Failure::outside(format!("`broker.redis`: {error}")))?;
                let node = named(server.node.as_ref())?;
                tracing::info!(%node, "connected to the Redis server");
                Ok(Self(Some((Arc::new(broker), node))))
            }
            BrokerSettings::Nats(servers) => {
                let broker = NatsBroker::connect(of_servers(servers, limits)?);
                let broker =
                    broker.map_err(|error| Failure::outside(format!("`broker.nats`: {error}")))?;
                let node = named(servers.node.as_ref())?;
                tracing::info!(%node, "connected to the NATS server");
                Ok(Self(Some((Arc::new(broker), node))))
            }
            BrokerSettings::Kafka(cluster) => {
                let broker = kafka::meet(&cluster.wish, limits);
                let broker =
                    broker.map_err(|error| Failure::outside(format!("`broker.kafka`: {error}")))?;
                let node = named(cluster.node.as_ref())?;
                tracing::info!(%node, "connected to the Kafka cluster");
                Ok(Self(Some((broker, node))))
            }
        }
    }

    /// Has a hub remember there.
    pub(super) fn serve(&self, hub: HubBuilder) -> HubBuilder {
        match &self.0 {
            Some((broker, node)) => hub.broker(Arc::clone(broker), node.clone()),
            None => hub,
        }
    }

    /// Finishes what is left to be done, and closes it.
    pub(super) async fn close(&self) {
        if let Some((broker, _)) = &self.0
            && let Err(error) = broker.shutdown().await
        {
            tracing::error!(%error, "the store was not closed in order");
        }
    }
}

fn of_file(file: &FileSettings, limits: &Limits) -> RedbSettings {
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

fn of_server(server: &ServerSettings, limits: &Limits) -> Result<RedisSettings, Failure> {
    let file = |path: &Option<PathBuf>, key| path.as_ref().map(|path| read(path, key)).transpose();
    let mut settings = RedisSettings::new(server.url.expose());
    settings.authorities = file(&server.ca, "broker.redis.ca")?;
    settings.certificate = file(&server.certificate, "broker.redis.certificate")?;
    settings.key = file(&server.key, "broker.redis.key")?;
    let login = server.sentinel_login.as_ref();
    let login = login.map(|(user, password)| (user.clone(), password.expose().to_owned()));
    settings.sentinel_login = login;
    settings.prefix.clone_from(&server.prefix);
    settings.durable = server.durable;
    settings.replicas = server.replicas;
    settings.bounds = of_limits(limits);
    Ok(settings)
}

fn read(path: &Path, key: &str) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| {
        Failure::outside(format!(
            "failed to read `{key}`, {}: {error}",
            path.display()
        ))
    })
}

fn of_servers(servers: &NatsServers, limits: &Limits) -> Result<NatsSettings, Failure> {
    let mut settings = NatsSettings::new(servers.url.expose());
    if let Some(path) = &servers.credentials {
        let text = read(path, "broker.nats.credentials")?;
        settings.credentials = Some(String::from_utf8_lossy(&text).into_owned());
    }
    if let Some(path) = &servers.certificates {
        settings.roots = Some(read(path, "broker.nats.certificates")?);
    }
    settings.prefix.clone_from(&servers.prefix);
    settings.replicas = servers.replicas;
    settings.bounds = of_limits(limits);
    Ok(settings)
}

fn of_limits(limits: &Limits) -> Bounds {
    Bounds {
        names: limits.idempotency_keys,
        members: limits.members,
        ..Bounds::default()
    }
}

/// The name of this hub.
fn named(node: Option<&NodeName>) -> Result<NodeName, Failure> {
    node.map_or_else(made_up, |node| Ok(node.clone()))
}

/// A name that no other hub has: after a crash the former one is taken until its lease ends.
fn made_up() -> Result<NodeName, Failure> {
    let uname = rustix::system::uname();
    let host = uname.nodename().to_string_lossy();
    let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let host: String = host.chars().filter(allowed).take(HOST_MAX).collect();
    let ending = getrandom::u32().map_err(Failure::outside)?;
    NodeName::parse(&format!("{host}-{ending:08x}")).map_err(Failure::outside)
}
