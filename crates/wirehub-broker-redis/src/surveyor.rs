//! Who looks after what is known of the servers.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use futures_util::future::join_all;
use tokio::time;

use crate::{
    ConnectError,
    address::{Address, Kind},
    connector::{Connection, Connector, refused},
    layout::{Layout, Life},
    sentinels::Sentinels,
    slot_map::SlotMap,
    slot_table,
};

/// How often servers are asked where everything is, and how soon again when somebody doubts it.
const LOOK: Duration = Duration::from_secs(1);
const AGAIN: Duration = Duration::from_millis(50);

/// Keeps the layout true: asks a cluster who has which slot, or sentinels which server is the
/// master.
pub(crate) struct Surveyor {
    connector: Arc<Connector>,
    layout: Arc<Layout>,
    /// To every master of a cluster, with slots or without.
    masters: HashMap<Address, Connection>,
    sentinels: Sentinels,
}

impl Surveyor {
    pub(crate) fn new(connector: Arc<Connector>) -> (Self, Arc<Layout>) {
        let (is_cluster, map) = match (connector.kind(), connector.named()) {
            (Kind::Single, [server, ..]) => (false, SlotMap::of_one(server.clone())),
            (Kind::Cluster, _) => (true, SlotMap::of_cluster()),
            _ => (false, SlotMap::default()),
        };
        let layout = Arc::new(Layout::new(is_cluster, map));
        let surveyor = Self {
            layout: Arc::clone(&layout),
            masters: HashMap::new(),
            sentinels: Sentinels::default(),
            connector,
        };
        (surveyor, layout)
    }

    /// Surveys until nobody waits for that any more.
    pub(crate) async fn run(mut self) {
        if *self.connector.kind() == Kind::Single {
            return;
        }
        let mut looks = time::interval(LOOK);
        looks.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = looks.tick() => {}
                () = self.layout.doubted() => {}
            }
            if let Err(error) = self.survey().await {
                tracing::debug!(%error, "it is not known which server has what");
            }
            time::sleep(AGAIN).await;
        }
    }

    /// Looks once.
    pub(crate) async fn survey(&mut self) -> Result<(), ConnectError> {
        match self.connector.kind() {
            Kind::Single => Ok(()),
            Kind::Sentinel(master) => {
                let address = self.sentinels.master(&self.connector, master).await?;
                self.layout.put(SlotMap::of_one(address));
                Ok(())
            }
            Kind::Cluster => {
                let map = self.ask().await?;
                self.layout.put(map.clone());
                self.visit(&map).await;
                Ok(())
            }
        }
    }

    /// Asks the masters that are known and then those that are named who has what. A server that
    /// does not belong to the working part of its cluster counts when no other one answers.
    async fn ask(&mut self) -> Result<SlotMap, ConnectError> {
        let (mut doubtful, mut failure) = (None, None);
        self.masters.retain(|_, connection| !connection.is_lost());
        let known: Vec<Address> = self.masters.keys().cloned().collect();
        for address in known {
            let Some(connection) = self.masters.get_mut(&address) else {
                continue;
            };
            match slot_table::ask(&mut connection.redis, &address).await {
                Ok((map, true)) => return Ok(map),
                Ok((map, false)) => doubtful = Some(map),
                Err(error) => {
                    self.masters.remove(&address);
                    failure = Some(refused(&address, &error));
                }
            }
        }
        for address in self.connector.named() {
            let asked = match self.connector.visit(address).await {
                Ok((mut connection, _)) => slot_table::ask(&mut connection.redis, address)
                    .await
                    .map_err(|error| refused(address, &error)),
                Err(error) => Err(error),
            };
            match asked {
                Ok((map, true)) => return Ok(map),
                Ok((map, false)) => doubtful = Some(map),
                Err(error) => failure = Some(error),
            }
        }
        let nobody = || ConnectError::Unreachable("the address names no server".to_owned());
        doubtful.ok_or_else(|| failure.unwrap_or_else(nobody))
    }

    /// Looks at masters that are new, or whose connections are lost, and forgets those that have
    /// nothing and are gone.
    async fn visit(&mut self, map: &SlotMap) {
        self.masters.retain(|_, connection| !connection.is_lost());
        let owners: HashSet<Address> = map.servers().map(|(_, server)| server.clone()).collect();
        let unknown = owners
            .iter()
            .filter(|server| !self.masters.contains_key(server));
        let visits = unknown.map(async |server| (server, self.connector.open(server).await));
        let visits: Vec<_> = join_all(visits).await;
        for (server, visited) in visits {
            match visited {
                Ok(connection) => _ = self.masters.insert(server.clone(), connection),
                Err(error) => tracing::debug!(%server, %error, "a master cannot be looked at"),
            }
        }
        let life = |connection: &Connection| Some(connection.life.clone());
        let known = self.masters.iter();
        let mut lives: HashMap<Address, Option<Life>> = known
            .map(|(server, connection)| (server.clone(), life(connection)))
            .collect();
        for server in owners {
            lives.entry(server).or_default();
        }
        self.layout.put_lives(lives);
    }
}
