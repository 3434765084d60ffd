//! The handle that applications hold.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use serde::Serialize;
use tokio::sync::watch;

use crate::{
    CallRequest, ClientBuilder, Error, Event, Events, FromPayload, HistoryRequest, Payload,
    PresenceRequest, PublishRequest, SendRequest, SetStateRequest, Status, SubscribeRequest,
    ask::Recipient, command::Command, inbox::Inbox, requests::Asker,
};

/// How many events wait for each reader of [`Client::events`].
const EVENTS: usize = 1_024;

/// A connection to a hub that comes back by itself.
///
/// Clones are handles of the same one. It ends with [`Client::close`], or when the last handle is
/// dropped; a [`Subscription`](crate::Subscription) keeps no client alive.
#[derive(Clone)]
pub struct Client(Arc<Lease>);

/// One holder of a client: those who share it have one each.
struct Lease {
    core: Arc<Core>,
    /// Whether this holder has let go.
    over: AtomicBool,
}

/// What all holders share.
pub(crate) struct Core {
    asker: Asker,
    status: watch::Receiver<Status>,
    /// How many hold it; at zero it ends, and nobody can hold it any more.
    holders: AtomicUsize,
}

impl Core {
    pub(crate) fn new(asker: Asker, status: watch::Receiver<Status>) -> Arc<Self> {
        Arc::new(Self {
            asker,
            status,
            holders: AtomicUsize::new(0),
        })
    }

    /// Holds it once more, unless it has ended or is about to.
    pub(crate) fn hold(self: &Arc<Self>, first: bool) -> Option<Client> {
        let holders = &self.holders;
        let one_more = |count: usize| (first || count > 0).then_some(count + 1);
        holders
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more)
            .ok()?;
        let client = Client(Arc::new(Lease {
            core: Arc::clone(self),
            over: AtomicBool::new(false),
        }));
        (!self.asker.is_over()).then_some(client)
    }

    /// Lets go; tells whether this was the last holder.
    fn release(&self) -> bool {
        let last = self.holders.fetch_sub(1, Ordering::AcqRel) == 1;
        if last {
            self.asker.tell(Command::Stop);
        }
        last
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.over.swap(true, Ordering::AcqRel) {
            self.core.release();
        }
    }
}

impl Client {
    /// Connects to a hub, as `wss://hub.example/ws`, anonymously. [`Client::builder`] takes
    /// credentials and everything else.
    ///
    /// # Errors
    /// See [`ClientBuilder::connect`].
    pub async fn connect(url: impl Into<String>) -> Result<Self, Error> {
        Self::builder(url).connect().await
    }

    /// Begins to build a client for a hub. The URL is `wss://HOST:PORT/PATH` or, without TLS,
    /// `ws://…`; the path is `/ws` when there is none.
    pub fn builder(url: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(url.into())
    }

    /// Subscribes to a topic, or to all topics that a filter with `+` and `#` matches.
    ///
    /// `T` is what `data` is read as: anything that serde reads from JSON, or a [`Payload`].
    pub fn subscribe<T: FromPayload>(&self, topic: &str) -> SubscribeRequest<T> {
        SubscribeRequest::new(self.asker(), topic)
    }

    /// Says something to every subscriber of a topic, as JSON.
    pub fn publish<T: Serialize + ?Sized>(&self, topic: &str, data: &T) -> PublishRequest {
        PublishRequest::new(self.asker(), topic, Payload::json(data))
    }

    /// Says something to every subscriber of a topic, as bytes.
    pub fn publish_binary(&self, topic: &str, data: impl Into<Bytes>) -> PublishRequest {
        PublishRequest::new(self.asker(), topic, Ok(Payload::binary(data)))
    }

    /// Says something to one user, on all of the user's connections.
    pub fn send_to_user<T: Serialize + ?Sized>(&self, user: &str, data: &T) -> SendRequest {
        let to = Recipient::User(user.to_owned());
        SendRequest::new(self.asker(), to, Payload::json(data))
    }

    /// Says something to one connection, as a [`Publisher`](crate::Publisher) or a
    /// [`Member`](crate::Member) names it.
    pub fn send_to_connection<T: Serialize + ?Sized>(
        &self,
        connection: &str,
        data: &T,
    ) -> SendRequest {
        let to = Recipient::Connection(connection.to_owned());
        SendRequest::new(self.asker(), to, Payload::json(data))
    }

    /// Calls a method of the application and waits for its answer.
    pub fn call<R: FromPayload>(
        &self,
        method: &str,
        data: &(impl Serialize + ?Sized),
    ) -> CallRequest<R> {
        CallRequest::new(self.asker(), method, Payload::json(data))
    }

    /// Asks who is on a topic.
    pub fn presence(&self, topic: &str) -> PresenceRequest {
        PresenceRequest::new(self.asker(), topic)
    }

    /// Asks for past publications of a topic, the newest unless told otherwise.
    pub fn history<T: FromPayload>(&self, topic: &str) -> HistoryRequest<T> {
        HistoryRequest::new(self.asker(), topic)
    }

    /// Changes what the client says about itself on a topic it is subscribed to: that it is
    /// typing, where its cursor is. `&()` takes it back.
    pub fn set_state<T: Serialize + ?Sized>(&self, topic: &str, state: &T) -> SetStateRequest {
        SetStateRequest::new(self.asker(), topic, Payload::json(state))
    }

    /// The state, to look at or to wait for: a channel that always has the newest.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<Status> {
        self.0.core.status.clone()
    }

    /// Everything that concerns the client as a whole, from now on: direct messages, alerts,
    /// changes of the state.
    ///
    /// Each reader has a buffer of 1,024 events; when it is full the oldest are dropped, and
    /// [`Event::Missed`] says how many.
    #[must_use]
    pub fn events(&self) -> Events {
        let inbox = Arc::new(Inbox::<Event>::new(EVENTS));
        let listen = Command::Listen {
            inbox: Arc::clone(&inbox),
        };
        if !self.0.core.asker.tell(listen) {
            inbox.end();
        }
        Events::new(inbox)
    }

    /// Says that the network is there, or not. Who knows it (a phone does) spares attempts that
    /// cannot succeed, and is back at once when it is.
    pub fn set_online(&self, online: bool) {
        self.0.core.asker.tell(Command::Online(online));
    }

    /// Says good-bye to the hub and waits until the connection is closed. What waits for an answer
    /// is answered with [`Error::Stopped`], and subscriptions end.
    ///
    /// A client that is [shared](ClientBuilder::shared) is closed by its last holder; for others
    /// this only lets go.
    pub async fn close(self) {
        let core = Arc::clone(&self.0.core);
        if self.0.over.swap(true, Ordering::AcqRel) {
            return;
        }
        if core.release() {
            // The channel closes when the driver has ended.
            let mut status = core.status.clone();
            while status.changed().await.is_ok() {}
        }
    }

    fn asker(&self) -> Asker {
        self.0.core.asker.clone()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = &self.0.core.status;
        f.debug_struct("Client")
            .field("status", &*status.borrow())
            .finish()
    }
}
