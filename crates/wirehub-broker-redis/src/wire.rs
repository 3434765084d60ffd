//! A connection for commands to one server.

use std::{sync::Arc, time::Duration};

use redis::{Value, aio::ConnectionLike};
use tokio::time::Instant;
use wirehub_broker::BrokerError;

use crate::{
    address::Address,
    command::Phrases,
    connector::{Connection, Connector},
    failure::{of_connection, unavailable},
    group::Group,
    layout::Life,
    queues::Item,
    verdict::ends_connection,
};

/// Pauses between attempts to connect.
pub(crate) const FIRST_PAUSE: Duration = Duration::from_millis(50);
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What came back for a command.
pub(crate) type Answered = Result<Value, BrokerError>;

/// What commands to servers need.
pub(crate) struct Office {
    pub(crate) connector: Arc<Connector>,
    pub(crate) phrases: Phrases,
    pub(crate) is_cluster: bool,
    /// Replicas that must have what was written before it is answered, and how long they may take.
    pub(crate) replicas: usize,
    pub(crate) patience: Duration,
}

/// A connection for commands to one server, opened anew when it is lost.
pub(crate) struct Wire {
    office: Arc<Office>,
    address: Address,
    connection: Option<Connection>,
    /// Why there is no connection, and when the next attempt is due.
    failure: Option<(BrokerError, Instant)>,
    pause: Duration,
}

impl Wire {
    pub(crate) const fn new(office: Arc<Office>, address: Address) -> Self {
        Self {
            office,
            address,
            connection: None,
            failure: None,
            pause: FIRST_PAUSE,
        }
    }

    /// In which life the server is.
    pub(crate) fn life(&self) -> Option<&Life> {
        self.connection.as_ref().map(|connection| &connection.life)
    }

    /// Sends commands together, and brings an answer to each, which may be an error of its own.
    pub(crate) async fn exchange(&mut self, items: &[Item]) -> Result<Vec<Answered>, BrokerError> {
        self.connect().await?;
        let Some(connection) = &mut self.connection else {
            return Err(unavailable("there is no connection"));
        };
        let group = Group::of(items);
        let mut pipeline = redis::Pipeline::with_capacity(group.spoken.len() + 1);
        let (phrases, is_cluster) = (&self.office.phrases, self.office.is_cluster);
        for spoken in &group.spoken {
            pipeline.add_command(phrases.say(spoken, is_cluster, &connection.life.era));
        }
        let waits = self.office.replicas > 0 && items.iter().any(|item| item.command.is_kept());
        if waits {
            let patience = u64::try_from(self.office.patience.as_millis()).unwrap_or(u64::MAX);
            pipeline.cmd("WAIT").arg(self.office.replicas).arg(patience);
        }
        let count = group.spoken.len() + usize::from(waits);
        let answers = connection
            .redis
            .req_packed_commands(&pipeline, 0, count)
            .await;
        match answers {
            Ok(mut answers) if answers.len() == count => {
                if answers.iter().any(ends_connection) {
                    self.connection = None;
                }
                let confirmed = if waits { answers.pop() } else { None };
                let answers = group.deal(answers).into_iter().map(Ok).collect();
                Ok(match confirmed {
                    Some(have) => self.confirm(items, answers, &have),
                    None => answers,
                })
            }
            Ok(_) => {
                self.connection = None;
                Err(unavailable("the server did not answer everything"))
            }
            Err(error) => {
                self.connection = None;
                Err(of_connection(&error))
            }
        }
    }

    /// Makes sure that there is a connection.
    async fn connect(&mut self) -> Result<(), BrokerError> {
        // One that was closed while nobody asked anything takes nobody's call along.
        self.connection.take_if(|connection| connection.is_lost());
        if self.connection.is_some() {
            return Ok(());
        }
        if let Some((error, next)) = &self.failure
            && Instant::now() < *next
        {
            return Err(error.clone());
        }
        match self.open().await {
            Ok(connection) => {
                self.connection = Some(connection);
                self.failure = None;
                self.pause = FIRST_PAUSE;
                Ok(())
            }
            Err(error) => {
                self.failure = Some((error.clone(), Instant::now() + self.pause));
                self.pause = (self.pause * 2).min(LONGEST_PAUSE);
                Err(error)
            }
        }
    }

    async fn open(&self) -> Result<Connection, BrokerError> {
        let opened = self.office.connector.open(&self.address).await;
        let mut connection = opened.map_err(|error| unavailable(&error.to_string()))?;
        let load = self.office.phrases.scripts.load();
        let loaded: Result<(), _> = load.exec_async(&mut connection.redis).await;
        loaded.map_err(|error| of_connection(&error))?;
        Ok(connection)
    }

    /// Takes answers back when too few replicas have what they tell of.
    fn confirm(&self, items: &[Item], answers: Vec<Answered>, have: &Value) -> Vec<Answered> {
        let wanted = i64::try_from(self.office.replicas).unwrap_or(i64::MAX);
        if matches!(have, Value::Int(have) if *have >= wanted) {
            return answers;
        }
        let few = || {
            unavailable(&format!(
                "fewer than {wanted} replicas have what was written; it may have been done"
            ))
        };
        let confirmed = items
            .iter()
            .zip(answers)
            .map(|(item, answer)| match answer {
                Ok(Value::ServerError(error)) => Ok(Value::ServerError(error)),
                Ok(_) if item.command.is_kept() => Err(few()),
                answer => answer,
            });
        confirmed.collect()
    }
}
