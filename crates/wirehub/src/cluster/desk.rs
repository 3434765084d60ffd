//! Where other nodes are heard and answered.

use std::sync::Arc;

use bytes::Bytes;
use tokio::{
    runtime::Handle,
    sync::{Semaphore, mpsc, oneshot},
};
use wirehub_broker::{Link, NodeName, RequestId};
use wirehub_core::{Answer, Recipient, Request};
use wirehub_model::{ErrorCode, Refusal};

use super::{Given, Reply, Wanted, Word};
use crate::{
    HubError, HubReport, cluster::NodeInfo, reporter::Reporter, shards::Shards, tasks::Tasks,
};

/// How many words may wait to be heard.
pub(crate) const WORDS: usize = 1_024;
/// How many questions are being answered at a time.
const ANSWERS: usize = 256;

/// What another node said, or asks.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) from: NodeName,
    pub(crate) bytes: Bytes,
    /// The question's name, if it is one.
    pub(crate) request: Option<RequestId>,
}

/// Hears other nodes, does what they want and answers them.
pub(crate) struct Desk {
    pub(crate) heard: mpsc::Receiver<Heard>,
    pub(crate) link: Arc<dyn Link>,
    pub(crate) shards: Shards,
    pub(crate) reporter: Reporter,
    pub(crate) tasks: Tasks,
    pub(crate) runtime: Handle,
}

impl Desk {
    /// Works until nobody says anything any more. Nothing here waits for the broker, which may be
    /// waiting for the words to be taken.
    pub(crate) async fn run(mut self) {
        let places = Arc::new(Semaphore::new(ANSWERS));
        while let Some(heard) = self.heard.recv().await {
            let wanted = Word::read(&heard.bytes);
            let wanted = wanted.map(|word| word.wanted(self.reporter.now()));
            let Ok(Some(wanted)) = wanted else {
                tracing::warn!(from = %heard.from, "a node says what is not understood here");
                let why = "the node does not understand that; it may be of another version";
                self.answer(
                    &heard,
                    Given::Refused(Refusal::new(ErrorCode::UnknownType, why)),
                );
                continue;
            };
            // What is said to clients stays in its order.
            let wanted = match wanted {
                Wanted::Tell(Recipient::User(user), direct) if heard.request.is_none() => {
                    self.shards.tell_user(&user, &direct).await;
                    continue;
                }
                wanted => wanted,
            };
            let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                let why = "the node answers as many questions as it can; try again shortly";
                self.answer(
                    &heard,
                    Given::Refused(Refusal::new(ErrorCode::Overloaded, why)),
                );
                continue;
            };
            let begun = match wanted {
                Wanted::Tell(who @ Recipient::Connection(_), direct) => {
                    let request = Request::Tell {
                        to: who.clone(),
                        direct,
                    };
                    Begun::Told(self.shards.begin(&who, request).await)
                }
                wanted => Begun::Wanted(Box::new(wanted)),
            };
            let (shards, reporter) = (self.shards.clone(), self.reporter.clone());
            let link = Arc::clone(&self.link);
            self.tasks
                .spawn("cluster-answer", &self.runtime, async move {
                    let given = match begun {
                        Begun::Told(Some(answer)) => match answer.await {
                            Ok(Answer::Count(count)) => Given::Count(count),
                            _ => Given::Count(0),
                        },
                        Begun::Told(None) => Given::Count(0),
                        Begun::Wanted(wanted) => {
                            let given = perform(&shards, &reporter, *wanted).await;
                            given.unwrap_or_else(|error| {
                                let refusal = Refusal::new(ErrorCode::Internal, error.to_string());
                                Given::Refused(refusal)
                            })
                        }
                    };
                    if let Some(request) = heard.request {
                        // It has its place with the call; nobody waits for it.
                        drop(link.answer(request, Reply::of(given, reporter.now()).written()));
                    }
                    drop(place);
                });
        }
    }

    fn answer(&self, heard: &Heard, given: Given) {
        if let Some(request) = heard.request {
            let reply = Reply::of(given, self.reporter.now()).written();
            drop(self.link.answer(request, reply));
        }
    }
}

/// Something that is under way.
enum Begun {
    Told(Option<oneshot::Receiver<Answer>>),
    Wanted(Box<Wanted>),
}

/// Does on this node what is wanted.
///
/// # Errors
/// When the hub has stopped.
pub(crate) async fn perform(
    shards: &Shards,
    reporter: &Reporter,
    wanted: Wanted,
) -> Result<Given, HubError> {
    match wanted {
        Wanted::Tell(who, direct) => {
            let request = Request::Tell {
                to: who.clone(),
                direct,
            };
            shards.count(&who, request).await.map(Given::Count)
        }
        Wanted::Disconnect(who, reason) => {
            let request = Request::Disconnect {
                who: who.clone(),
                reason,
            };
            shards.count(&who, request).await.map(Given::Count)
        }
        Wanted::Subscribe(who, wish) => {
            let begun = shards.subscribe(&who, &wish).await;
            begun.map(|begun| Given::Subscribed(begun.connections, begun.refusal))
        }
        Wanted::Unsubscribe(who, filter) => {
            let request = Request::Unsubscribe {
                who: who.clone(),
                filter,
            };
            shards.count(&who, request).await.map(Given::Count)
        }
        Wanted::Renew(who, renewal) => {
            let request = Request::Renew {
                who: who.clone(),
                renewal,
            };
            shards.count(&who, request).await.map(Given::Count)
        }
        Wanted::Connections(from, limit) => {
            let listed = shards.connections(from, limit).await;
            listed.map(|(list, next)| Given::Connections(list, next))
        }
        Wanted::ConnectionsOf(user) => {
            let listed = shards.connections_of(&user).await;
            listed.map(|list| Given::Connections(list, None))
        }
        Wanted::Connection(id) => {
            let found = shards.connection(id).await;
            found.map(|found| Given::Connection(found.map(Box::new)))
        }
        Wanted::EndSession(token, user) => {
            let who = Recipient::Connection(token.connection());
            let request = Request::EndSession { token, user };
            shards.count(&who, request).await.map(Given::Count)
        }
        Wanted::Topics(query) => {
            let listed = shards.topics(&query).await;
            listed.map(|(list, more)| Given::Topics(list, more))
        }
        Wanted::Info => Ok(Given::Info(Box::new(info(
            &reporter.report().await,
            shards.len(),
        )))),
    }
}

/// A node at a glance.
fn info(report: &HubReport, shards: usize) -> NodeInfo {
    let (core, io) = (&report.total.core, &report.total.io);
    let silent = (0..)
        .take(shards)
        .filter(|shard| !report.shards.contains_key(shard));
    NodeInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        uptime: report.uptime.as_secs_f64(),
        draining: report.draining,
        shards,
        silent_shards: silent.collect(),
        connections: core.connections,
        users: core.users,
        subscriptions: core.subscriptions,
        feeds: core.feeds,
        topics: core.topics,
        received: io.messages_in,
        published: core.published,
        delivered: core.deliveries,
    }
}
