//! What shards ask of the broker.

use std::sync::Arc;

use wirehub_broker::{Append as Entry, BrokerError, Idempotency, Link, Record, Retention};
use wirehub_core::{Append, Ask, Opened, Origin, Recipient, SessionSearch, Told};
use wirehub_model::{ConnectionId, Direct, Member, Moment, Namespaces, Published, Topic, UserId};

use super::{
    members,
    record::{publication, refusal, scope},
};
use crate::{
    clock::Clock,
    cluster::{Cluster, Given, Wanted},
};

/// One shard's end of the link.
pub(crate) struct BrokerDesk {
    link: Arc<dyn Link>,
    cluster: Cluster,
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
        cluster: Cluster,
        clock: Clock,
        namespaces: Arc<Namespaces>,
    ) -> Self {
        Self {
            link,
            cluster,
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
            Ask::Open { topic, crowd } => Some(self.open(topic, crowd)),
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
            Ask::Enter(topic, member) => {
                let entered = self.link.enter(topic.clone(), Member::clone(&member));
                Some(members::heard(topic, entered))
            }
            Ask::Leave(topic, connection) => {
                let left = self.link.leave(topic.clone(), connection);
                Some(members::heard(topic, left))
            }
            Ask::Crowd(topic) => {
                let crowd = members::crowd(Arc::clone(&self.link), topic.clone());
                Some(Box::pin(async move {
                    let result = crowd.await.map_err(|error| refusal(&error));
                    vec![Told::Crowd(topic, result)]
                }))
            }
            Ask::Members(query, origin) => {
                let listed = members::page(&*self.link, &query);
                Some(Box::pin(async move {
                    let result = listed.await.map_err(|error| refusal(&error));
                    vec![Told::Listed(origin, result)]
                }))
            }
            Ask::TellUser(user, direct, origin) => Some(self.tell_user(user, direct, origin)),
            Ask::TellConnection(id, direct, origin) => {
                Some(self.tell_connection(id, direct, origin))
            }
            Ask::TellAfter(to, direct) => Some(self.tell_after(to, direct)),
            Ask::TakeSession(search) => Some(self.take_session(search)),
        }
    }

    /// Tells a user's connections on other nodes.
    fn tell_user(&self, user: UserId, direct: Arc<Direct>, origin: Origin) -> Asked {
        let who = Recipient::User(user.clone());
        let told = self
            .cluster
            .tell_all(&Wanted::Tell(who, Arc::clone(&direct)));
        Box::pin(async move {
            let result = told.await.map_err(|error| refusal(&error));
            vec![Told::UserTold(user, direct, origin, result)]
        })
    }

    /// Has another node hand over a session. Where it cannot be asked, its client begins anew, and
    /// the session ends by itself.
    fn take_session(&self, search: Box<SessionSearch>) -> Asked {
        let presented = search.presented();
        let node = presented.place().node();
        let taken = self
            .cluster
            .ask_number(node, &Wanted::TakeSession(presented));
        Box::pin(async move {
            let handover = match taken.await {
                Ok(Given::Session(handover)) => handover,
                other => {
                    tracing::debug!(?other, "a session was not handed over by its node");
                    None
                }
            };
            vec![Told::SessionFound(search, handover)]
        })
    }

    /// Tells a connection on another node what came late for its session.
    fn tell_after(&self, to: ConnectionId, direct: Arc<Direct>) -> Asked {
        let wanted = Wanted::Tell(Recipient::Connection(to), direct);
        let told = self.cluster.ask_number(to.node(), &wanted);
        Box::pin(async move {
            if let Err(error) = told.await {
                tracing::debug!(?error, "a message was not sent after its session");
            }
            Vec::new()
        })
    }

    /// Tells a connection on another node.
    fn tell_connection(&self, id: ConnectionId, direct: Arc<Direct>, origin: Origin) -> Asked {
        let wanted = Wanted::Tell(Recipient::Connection(id), direct);
        let told = self.cluster.ask_number(id.node(), &wanted);
        Box::pin(async move {
            let result = match told.await {
                Ok(Given::Count(count)) => Ok(count > 0),
                Ok(Given::Refused(refusal)) => Err(refusal),
                Ok(_) => Ok(false),
                Err(unanswered) => Err(unanswered.refusal()),
            };
            vec![Told::ConnectionTold(origin, result)]
        })
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

    fn open(&self, topic: Topic, crowd: bool) -> Asked {
        let retention = Retention::from(self.namespaces.of_topic(&topic));
        let opened = self.link.open(topic.clone(), retention);
        let (clock, link) = (self.clock, Arc::clone(&self.link));
        Box::pin(async move {
            let opened = async {
                let opened = opened.await?;
                let crowd = match crowd {
                    // News of what changes after it are on their way already.
                    true => Some(members::crowd(Arc::clone(&link), topic.clone()).await),
                    false => None,
                };
                if let Some(Err(_)) = &crowd {
                    drop(link.close(topic.clone()));
                }
                Ok((opened, crowd.transpose()?))
            };
            let opened: Result<_, BrokerError> = opened.await;
            let result = opened.map_err(|error| refusal(&error));
            let result = result.map(|(opened, crowd)| {
                let all = |records: Vec<Arc<Record>>| {
                    let all = records.iter().map(|record| publication(record, clock));
                    all.map(Arc::new).collect()
                };
                Opened {
                    position: opened.position,
                    history: all(opened.history),
                    values: all(opened.values),
                    crowd,
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
