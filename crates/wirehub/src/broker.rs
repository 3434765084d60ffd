//! The way between shards and the broker.

use std::{sync::Arc, time::Duration};

use tokio::time::{self, MissedTickBehavior};
use wirehub_broker::{
    Append as Entry, Broker, BrokerError, Delivery, Idempotency, Link, NodeName, Record, Retention,
    Sink,
};
use wirehub_core::{Append, Ask, Input, Opened, Origin, Placement, Told};
use wirehub_model::{
    ErrorCode, Moment, Namespaces, Publication, Published, Publisher, Refusal, Topic,
};

use crate::{
    clock::Clock,
    letter::{Letter, ShardSender},
};

/// How long the broker keeps what this node holds there when the node says nothing.
const LEASE: Duration = Duration::from_secs(15);
/// How often the node says that it lives.
const RENEWAL: Duration = Duration::from_secs(5);

/// Lets the hub in as a node; what the broker tells goes to the shards.
pub(crate) async fn attach(
    broker: &dyn Broker,
    node: NodeName,
    shards: Vec<ShardSender>,
    placement: Placement,
    clock: Clock,
) -> Result<Arc<dyn Link>, BrokerError> {
    let sink = ShardSink {
        shards,
        placement,
        clock,
    };
    broker.attach(node, LEASE, Arc::new(sink)).await
}

/// Says again and again that the node lives.
pub(crate) async fn renew(link: Arc<dyn Link>) {
    let mut renewals = time::interval(RENEWAL);
    renewals.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        renewals.tick().await;
        if let Err(error) = link.renew().await {
            tracing::warn!(%error, "the broker did not renew the node's lease");
        }
    }
}

/// Where the broker pushes what is published: to the home of its topic.
struct ShardSink {
    shards: Vec<ShardSender>,
    placement: Placement,
    clock: Clock,
}

impl Sink for ShardSink {
    fn push(&self, delivery: Delivery) {
        let record = match delivery {
            Delivery::Publication(record) => record,
            Delivery::Forgotten(topic, position) => {
                return self.tell(&topic.clone(), Told::Emptied(topic, position));
            }
            // The rest is for hubs of several nodes.
            _ => return,
        };
        let exclude = record.from.as_ref().map(|from| from.connection);
        let exclude = exclude.filter(|_| !record.echo);
        let publication = Arc::new(publication(&record, self.clock));
        self.tell(&record.topic, Told::Publication(publication, exclude));
    }
}

impl ShardSink {
    /// Tells the home of a topic.
    fn tell(&self, topic: &Topic, told: Told) {
        let home = usize::from(self.placement.home(topic));
        if let Some(shard) = self.shards.get(home) {
            // A shard that has stopped delivers to nobody.
            let _ = shard.blocking_send(Letter::Input(Input::Broker(told)));
        }
    }
}

/// One shard's end of the link.
pub(crate) struct BrokerDesk {
    link: Arc<dyn Link>,
    clock: Clock,
    namespaces: Arc<Namespaces>,
    /// Publications that leave at the end of the turn, with who is told what became of them.
    appends: Vec<(Entry, Origin)>,
}

/// What a shard asked, on its way.
pub(crate) type Asked = std::pin::Pin<Box<dyn Future<Output = Vec<Told>> + Send>>;

impl BrokerDesk {
    pub(crate) const fn new(
        link: Arc<dyn Link>,
        clock: Clock,
        namespaces: Arc<Namespaces>,
    ) -> Self {
        Self {
            link,
            clock,
            namespaces,
            appends: Vec::new(),
        }
    }

    /// Rules were changed.
    pub(crate) fn reload(&mut self, namespaces: Arc<Namespaces>) {
        self.namespaces = namespaces;
    }

    /// Passes on what a shard asks. Publications wait for the end of the turn, so that they leave
    /// together.
    pub(crate) fn ask(&mut self, ask: Ask) -> Option<Asked> {
        match ask {
            Ask::Append(append, origin) => {
                let entry = self.entry(*append);
                self.appends.push((entry, origin));
                None
            }
            Ask::Open(topic) => Some(self.open(topic)),
            Ask::Close(topic) => {
                let closed = self.link.close(topic);
                Some(quietly(closed))
            }
            Ask::Subscribe(filter) => {
                let subscribed = self.link.subscribe(filter.clone());
                Some(Box::pin(async move {
                    let result = subscribed.await.map_err(|error| refusal(&error));
                    vec![Told::Subscribed(filter, result)]
                }))
            }
            Ask::Unsubscribe(filter) => Some(quietly(self.link.unsubscribe(filter))),
            Ask::Forget(topic, origin) => {
                let forgotten = self.link.forget(topic);
                Some(Box::pin(async move {
                    let result = forgotten.await.map_err(|error| refusal(&error));
                    vec![Told::Forgotten(origin, result)]
                }))
            }
        }
    }

    /// Publishes what has gathered in this turn.
    pub(crate) fn publish(&mut self) -> Option<Asked> {
        if self.appends.is_empty() {
            return None;
        }
        let (entries, origins): (Vec<_>, Vec<_>) = self.appends.drain(..).unzip();
        let appended = self.link.append(entries);
        Some(Box::pin(async move {
            let results = match appended.await {
                Ok(results) => results,
                Err(error) => origins.iter().map(|_| Err(error.clone())).collect(),
            };
            let results = origins.into_iter().zip(results);
            let told = results.map(|(origin, result)| {
                let result = result.map(|appended| Published {
                    position: appended.position,
                    duplicate: appended.duplicate,
                });
                Told::Appended(origin, result.map_err(|error| refusal(&error)))
            });
            told.collect()
        }))
    }

    fn open(&self, topic: Topic) -> Asked {
        let retention = Retention::from(self.namespaces.of_topic(&topic));
        let opened = self.link.open(topic.clone(), retention);
        let clock = self.clock;
        Box::pin(async move {
            let result = opened.await.map_err(|error| refusal(&error));
            let result = result.map(|opened| {
                let all = |records: Vec<Arc<Record>>| {
                    let all = records.iter().map(|record| publication(record, clock));
                    all.map(Arc::new).collect()
                };
                Opened {
                    position: opened.position,
                    history: all(opened.history),
                    values: all(opened.values),
                }
            });
            vec![Told::Opened(topic, result)]
        })
    }

    fn entry(&self, append: Append) -> Entry {
        let retention = Retention::from(self.namespaces.of_topic(&append.topic));
        let unix = |moment: Moment| self.clock.unix_at(moment);
        let scope = scope(append.from.as_ref());
        Entry {
            idempotency: append.idempotency_key.map(|key| Idempotency { scope, key }),
            topic: append.topic,
            message: append.message,
            key: append.key,
            from: append.from,
            accepted_at: unix(append.accepted_at),
            expires_at: append.expires_at.map(unix),
            echo: append.echo,
            retention,
        }
    }
}

/// Waits for an answer that nobody needs.
fn quietly(answer: wirehub_broker::Answer<()>) -> Asked {
    Box::pin(async move {
        if let Err(error) = answer.await {
            tracing::debug!(%error, "the broker did not end an interest");
        }
        Vec::new()
    })
}

/// Whose idempotency keys these are: nobody can use up those of others.
fn scope(from: Option<&Publisher>) -> Arc<str> {
    match from {
        None => "application".into(),
        Some(Publisher { user: None, .. }) => "anonymous".into(),
        Some(Publisher {
            user: Some(user), ..
        }) => format!("user:{user}").into(),
    }
}

fn publication(record: &Record, clock: Clock) -> Publication {
    Publication {
        topic: record.topic.clone(),
        message: record.message.clone(),
        key: record.key.clone(),
        position: record.position,
        from: record.from.clone(),
        accepted_at: clock.moment_at(record.accepted_at),
        expires_at: record.expires_at.map(|end| clock.moment_at(end)),
        trace: None,
    }
}

/// What a client is told when the broker does not do what it is asked.
fn refusal(error: &BrokerError) -> Refusal {
    let code = match error {
        BrokerError::NotStored { .. } => ErrorCode::NotStored,
        BrokerError::TooManyTopics(_) | BrokerError::TooManyInterests(_) => ErrorCode::LimitReached,
        BrokerError::TooLarge { .. } => ErrorCode::TooLarge,
        error if error.is_worth_a_retry() => ErrorCode::Overloaded,
        _ => ErrorCode::Internal,
    };
    Refusal::new(code, error.to_string())
}
