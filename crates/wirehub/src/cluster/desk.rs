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

use super::{Given, Here, Reply, Wanted, Word};
use crate::tasks::Tasks;

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
    pub(crate) here: Here,
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
            let wanted = wanted.map(|word| word.wanted(self.here.now()));
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
                    self.here.shards().tell_user(&user, &direct).await;
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
                    Begun::Told(self.here.shards().begin(&who, request).await)
                }
                wanted => Begun::Wanted(Box::new(wanted)),
            };
            let (here, link) = (self.here.clone(), Arc::clone(&self.link));
            self.tasks
                .spawn("cluster-answer", &self.runtime, async move {
                    let given = match begun {
                        Begun::Told(Some(answer)) => match answer.await {
                            Ok(Answer::Count(count)) => Given::Count(count),
                            _ => Given::Count(0),
                        },
                        Begun::Told(None) => Given::Count(0),
                        Begun::Wanted(wanted) => {
                            let given = here.perform(*wanted).await;
                            given.unwrap_or_else(|error| {
                                let refusal = Refusal::new(ErrorCode::Internal, error.to_string());
                                Given::Refused(refusal)
                            })
                        }
                    };
                    if let Some(request) = heard.request {
                        // It has its place with the call; nobody waits for it.
                        drop(link.answer(request, Reply::of(given, here.now()).written()));
                    }
                    drop(place);
                });
        }
    }

    fn answer(&self, heard: &Heard, given: Given) {
        if let Some(request) = heard.request {
            let reply = Reply::of(given, self.here.now()).written();
            drop(self.link.answer(request, reply));
        }
    }
}

/// Something that is under way.
enum Begun {
    Told(Option<oneshot::Receiver<Answer>>),
    Wanted(Box<Wanted>),
}
