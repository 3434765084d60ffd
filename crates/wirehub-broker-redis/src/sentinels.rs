//! Which server is the master, by what sentinels say.

use std::{collections::HashMap, time::Duration};

use futures_util::future::join_all;
use redis::{ErrorKind, RedisError, aio::MultiplexedConnection};
use tokio::time;

use crate::{
    ConnectError,
    address::Address,
    connector::{Connector, refused},
};

/// How long one sentinel keeps the others' answers waiting.
const PATIENCE: Duration = Duration::from_secs(1);

/// Connections to the sentinels that answer.
#[derive(Default)]
pub(crate) struct Sentinels {
    open: HashMap<Address, MultiplexedConnection>,
}

impl Sentinels {
    /// The master of this name: of those that the sentinels name, the one that was made a master
    /// last.
    pub(crate) async fn master(
        &mut self,
        connector: &Connector,
        name: &str,
    ) -> Result<Address, ConnectError> {
        let asked = connector.named().iter().map(async |sentinel| {
            let known = self.open.get(sentinel).cloned();
            let patience = PATIENCE.min(connector.connect_timeout());
            let said = time::timeout(patience, ask(connector, sentinel, known, name)).await;
            let late = || ConnectError::Unreachable(format!("{sentinel}: no answer in time"));
            (sentinel, said.unwrap_or_else(|_| Err(late())))
        });
        let (mut newest, mut failure) = (None, None);
        let said: Vec<_> = join_all(asked).await;
        for (sentinel, said) in said {
            match said {
                Ok((connection, said)) => {
                    self.open.insert(sentinel.clone(), connection);
                    newest = newest.max(said);
                }
                Err(error) => {
                    self.open.remove(sentinel);
                    failure = Some(error);
                }
            }
        }
        let unknown = || ConnectError::UnknownMaster(name.to_owned());
        match (newest, failure) {
            (Some((_, address)), _) => Ok(address),
            (None, Some(error)) if self.open.is_empty() => Err(error),
            (None, _) => Err(unknown()),
        }
    }
}

async fn ask(
    connector: &Connector,
    sentinel: &Address,
    known: Option<MultiplexedConnection>,
    name: &str,
) -> Result<(MultiplexedConnection, Option<(u64, Address)>), ConnectError> {
    let mut redis = match known {
        Some(redis) => redis,
        None => connector.ask_sentinel(sentinel).await?,
    };
    let mut ask = redis::cmd("SENTINEL");
    ask.arg("MASTER").arg(name);
    let said: Result<HashMap<String, String>, RedisError> = ask.query_async(&mut redis).await;
    match said {
        Ok(said) => Ok((redis, read(&said))),
        Err(error)
            if error
                .detail()
                .is_some_and(|text| text.contains("No such master")) =>
        {
            Ok((redis, None))
        }
        Err(error) if matches!(error.kind(), ErrorKind::Server(_)) && !is_refusal(&error) => {
            Err(ConnectError::IsNoSentinel(sentinel.to_string()))
        }
        Err(error) => Err(refused(sentinel, &error)),
    }
}

fn is_refusal(error: &RedisError) -> bool {
    matches!(error.code(), Some("NOAUTH" | "WRONGPASS" | "NOPERM"))
}

fn read(said: &HashMap<String, String>) -> Option<(u64, Address)> {
    let port = said.get("port")?.parse().ok()?;
    let reign = said.get("config-epoch")?.parse().ok()?;
    Some((reign, Address::new(said.get("ip")?, port)))
}
