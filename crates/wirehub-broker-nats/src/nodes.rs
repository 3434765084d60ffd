//! The nodes and their leases.

use std::{sync::Arc, time::Duration};

use wirehub_broker::{
    Answer, BrokerError, NodeName,
    meeting::{NodeNews, Renewed},
};
use wirehub_model::{ConnectionId, Topic};

use crate::{
    NatsSettings,
    crowd_job::Stay,
    failure::{Failure, unavailable},
    jetstream::JetStream,
    node_row::{NodeRow, StayState},
    put::{Put, PutError},
    requests::{Expects, Letter},
    server_clock::ServerClock,
    stored_message::StoredMessage,
    subjects::Subjects,
};

/// Attempts at what others may be quicker with.
const ATTEMPTS: usize = 8;
/// How long it is remembered that a stay is over.
const OVER_LIFE: Duration = Duration::from_secs(600);

/// The nodes, as this process knows them.
pub(crate) struct Nodes {
    js: Arc<JetStream>,
    subjects: Subjects,
    stream: String,
    clock: Arc<ServerClock>,
    bound: usize,
}

/// A lease as the server knows it.
#[derive(Clone, Debug)]
pub(crate) struct Lease {
    pub(crate) node: NodeName,
    pub(crate) row: NodeRow,
    /// The number of the message that holds it.
    pub(crate) number: u64,
}

/// A lease that a node has got.
#[derive(Clone, Debug)]
pub(crate) struct Claimed {
    pub(crate) stay: Stay,
    pub(crate) number: u64,
    pub(crate) until: Duration,
}

impl Nodes {
    pub(crate) fn new(
        js: Arc<JetStream>,
        subjects: Subjects,
        clock: Arc<ServerClock>,
        settings: &NatsSettings,
    ) -> Self {
        Self {
            js,
            stream: subjects.crowds_stream(),
            subjects,
            clock,
            bound: settings.bounds.nodes,
        }
    }

    /// Asks the server what time it is; whether there is a stream to ask.
    pub(crate) async fn learn_time(&self) -> Result<bool, BrokerError> {
        let time = self.js.time(&self.stream).await?;
        if let Some(time) = time {
            self.clock.learn(time);
        }
        Ok(time.is_some())
    }

    /// All leases, those that are over too.
    pub(crate) async fn leases(&self) -> Result<Vec<Lease>, BrokerError> {
        let rows = self
            .js
            .all(&self.stream, &self.subjects.leases(), 1)
            .await?;
        Ok(rows
            .into_iter()
            .filter_map(|found| self.read(&found))
            .collect())
    }

    /// What is not a lease of ours is left alone.
    fn read(&self, found: &StoredMessage) -> Option<Lease> {
        Some(Lease {
            node: self.subjects.lease_node(&found.subject)?,
            row: NodeRow::decode(&found.payload).ok()?,
            number: found.number,
        })
    }

    async fn lease(&self, node: &NodeName) -> Result<(Option<Lease>, u64), BrokerError> {
        let found = self
            .js
            .last(&self.stream, &self.subjects.lease(node))
            .await?;
        let number = found.as_ref().map_or(0, |found| found.number);
        Ok((found.and_then(|found| self.read(&found)), number))
    }

    /// Whether a lease is one.
    pub(crate) fn lasts(&self, row: &NodeRow) -> bool {
        matches!(row.state, StayState::Held(until) if until > self.clock.now())
    }

    /// The nodes with a lease.
    pub(crate) async fn list(&self) -> Result<Vec<NodeName>, BrokerError> {
        let leases = self.leases().await?.into_iter();
        let lasting = leases.filter(|lease| self.lasts(&lease.row));
        let mut nodes: Vec<NodeName> = lasting.map(|lease| lease.node).collect();
        nodes.sort();
        Ok(nodes)
    }

    /// Whether a node has a lease.
    pub(crate) async fn has_lease(&self, node: &NodeName) -> Result<bool, BrokerError> {
        let (lease, _) = self.lease(node).await?;
        Ok(lease.is_some_and(|lease| self.lasts(&lease.row)))
    }

    fn put(&self, subject: String, row: &NodeRow, number: Option<u64>) -> Put {
        Put {
            subject,
            payload: row.encode().into(),
            expects: number.map(|number| (number, None)),
            life: (row.state == StayState::Over).then_some(OVER_LIFE),
            is_only: false,
        }
    }

    /// Tries to take a name that nobody has, for a stay of this name. `None` when it has to be
    /// looked first what is left of its former owner, or what became of the attempt.
    pub(crate) async fn claim(
        &self,
        node: &NodeName,
        name: &str,
        lease: Duration,
    ) -> Result<Option<Claimed>, BrokerError> {
        let (former, number) = self.lease(node).await?;
        match former.as_ref().map(|former| &former.row) {
            // It is ours: only the answer was cut off.
            Some(row) if self.lasts(row) && row.stay == name => {
                self.say(&NodeNews::Joined(node.clone())).await?;
                return Ok(claimed(node, number, row));
            }
            Some(row) if self.lasts(row) => return Err(BrokerError::NameTaken(node.clone())),
            // Its members have to be taken out first.
            Some(row) if row.state != StayState::Over => return Ok(None),
            _ => {}
        }
        if self.list().await?.len() >= self.bound {
            return Err(BrokerError::TooManyNodes(self.bound));
        }
        let until = self.clock.now().saturating_add(lease);
        let row = NodeRow {
            stay: name.to_owned(),
            state: StayState::Held(until),
        };
        let puts = [
            self.put(self.subjects.lease(node), &row, Some(number)),
            self.put(self.subjects.stay(node), &row, None),
        ];
        match self.js.put(&puts).await {
            Ok(number) => {
                self.say(&NodeNews::Joined(node.clone())).await?;
                Ok(claimed(node, number, &row))
            }
            Err(PutError::Failed(Failure::Cut(_)) | PutError::Conflict) => Ok(None),
            Err(error) => Err(of_put(error)),
        }
    }

    /// Renews a lease.
    pub(crate) async fn renew(
        &self,
        claimed: &Claimed,
        lease: Duration,
    ) -> Result<Renewed<Claimed>, BrokerError> {
        let node = &claimed.stay.node;
        let mut number = claimed.number;
        for _ in 0..ATTEMPTS {
            let now = self.clock.now();
            if claimed.until <= now {
                break;
            }
            let until = now.saturating_add(lease);
            let row = NodeRow {
                stay: claimed.stay.name.clone(),
                state: StayState::Held(until),
            };
            let put = self.put(self.subjects.lease(node), &row, Some(number));
            match self.js.put(&[put]).await {
                Ok(number) => {
                    return Ok(Renewed::Lasts(Claimed {
                        stay: claimed.stay.clone(),
                        number,
                        until,
                    }));
                }
                Err(PutError::Conflict) => {}
                Err(error) => return Err(of_put(error)),
            }
            // Somebody has ended it, or an answer was cut off before.
            let (found, last) = self.lease(node).await?;
            match found {
                Some(found) if found.row.stay != claimed.stay.name => return Ok(Renewed::Taken),
                Some(found) if matches!(found.row.state, StayState::Held(_)) => number = last,
                _ => return Ok(Renewed::Over),
            }
        }
        let (found, _) = self.lease(node).await?;
        let is_ours = |lease: &Lease| lease.row.stay == claimed.stay.name;
        Ok(match found {
            Some(found) if !is_ours(&found) => Renewed::Taken,
            _ => Renewed::Over,
        })
    }

    /// Ends a stay, unless its lease was renewed meanwhile. From then on its node cannot say who is
    /// there.
    pub(crate) async fn end(&self, lease: &Lease) -> Result<(), BrokerError> {
        let ended = NodeRow {
            stay: lease.row.stay.clone(),
            state: StayState::Ended,
        };
        let puts = [
            self.put(self.subjects.lease(&lease.node), &ended, Some(lease.number)),
            self.put(self.subjects.stay(&lease.node), &ended, None),
        ];
        match self.js.put(&puts).await {
            Ok(_) => self.say(&NodeNews::Left(lease.node.clone())).await,
            // Whoever looks next finds what has become of it.
            Err(PutError::Conflict) => Ok(()),
            Err(error) => Err(of_put(error)),
        }
    }

    /// Ends the stay of a node that leaves, however often it was renewed.
    pub(crate) async fn quit(&self, stay: &Stay) -> Result<(), BrokerError> {
        for _ in 0..ATTEMPTS {
            let (found, _) = self.lease(&stay.node).await?;
            match found {
                Some(lease)
                    if lease.row.stay == stay.name
                        && matches!(lease.row.state, StayState::Held(_)) =>
                {
                    self.end(&lease).await?;
                }
                _ => return Ok(()),
            }
        }
        Err(BrokerError::Overloaded)
    }

    /// The members of a node in one of its stays.
    pub(crate) async fn held(
        &self,
        node: &NodeName,
        stay: &str,
    ) -> Result<Vec<(Topic, ConnectionId)>, BrokerError> {
        let held = self.subjects.held((node, stay));
        let subjects = self.js.subjects(&self.stream, &held).await?.into_iter();
        let read = |subject: String| self.subjects.read_member(&subject);
        let members = subjects.filter_map(read);
        Ok(members
            .map(|(topic, connection, _)| (topic, connection))
            .collect())
    }

    /// All members of a stay that has ended were taken out.
    pub(crate) async fn close(&self, lease: &Lease) -> Result<(), BrokerError> {
        let over = NodeRow {
            stay: lease.row.stay.clone(),
            state: StayState::Over,
        };
        let put = self.put(self.subjects.lease(&lease.node), &over, Some(lease.number));
        match self.js.put(&[put]).await {
            Ok(_) | Err(PutError::Conflict) => Ok(()),
            Err(error) => Err(of_put(error)),
        }
    }

    /// Tells all nodes something; its place is taken here.
    pub(crate) fn say(&self, news: &NodeNews) -> Answer<()> {
        let letter = Letter {
            subject: self.subjects.everyone(),
            headers: Vec::new(),
            payload: news.written().into(),
        };
        let said = self.js.requests().ask(vec![letter], Expects::Read);
        Box::pin(async {
            said.await?;
            Ok(())
        })
    }
}

/// A lease that a node has got. The message that fences its stay is stored right behind it.
fn claimed(node: &NodeName, number: u64, row: &NodeRow) -> Option<Claimed> {
    let StayState::Held(until) = row.state else {
        return None;
    };
    let stay = Stay {
        node: node.clone(),
        name: row.stay.clone(),
        number: number + 1,
    };
    Some(Claimed {
        stay,
        number,
        until,
    })
}

fn of_put(error: PutError) -> BrokerError {
    match error {
        PutError::Conflict => BrokerError::Overloaded,
        PutError::TooLarge => unavailable("the NATS server takes no message of that size"),
        PutError::Failed(failure) => failure.into(),
    }
}
