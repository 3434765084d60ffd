//! A subscription, which outlives connections.

use std::{
    fmt,
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_core::{FusedStream, Stream};
use futures_util::{
    StreamExt as _,
    future::{BoxFuture, FutureExt as _},
};
use tokio::sync::oneshot;

use crate::{
    Error, FromPayload, Message, Missed, Payload, Position, Subscribed, Update,
    ask::Wish,
    command::Command,
    inbox::{Inbox, Taken},
    requests::Asker,
};

/// How many updates wait for a reader unless it is told otherwise.
const BUFFER: usize = 1_024;

/// Subscribes to a topic or filter, when it is awaited; made by
/// [`Client::subscribe`](crate::Client::subscribe).
///
/// It is answered when the server has answered, however long the connection takes. Dropping it
/// before that gives the subscription up.
#[must_use = "a subscription begins when it is awaited"]
pub struct SubscribeRequest<T = Payload> {
    asker: Asker,
    topic: String,
    wish: Result<Wish, Error>,
    buffer: usize,
    data: PhantomData<fn() -> T>,
}

impl<T: FromPayload> SubscribeRequest<T> {
    pub(crate) fn new(asker: Asker, topic: &str) -> Self {
        Self {
            asker,
            topic: topic.to_owned(),
            wish: Ok(Wish::default()),
            buffer: BUFFER,
            data: PhantomData,
        }
    }

    /// Recovers what was published after this place; where that is not possible,
    /// [`Update::Missed`] says so.
    pub fn since(self, position: Position) -> Self {
        self.with(|wish| wish.since = Some(position))
    }

    /// Tells who comes, changes and goes. [`Subscribed::presence`] says who is there.
    pub fn presence(self) -> Self {
        self.with(|wish| wish.presence = true)
    }

    /// Says this about the client to others on the topic.
    pub fn state<S: serde::Serialize + ?Sized>(mut self, state: &S) -> Self {
        match Payload::json(state) {
            Ok(state) => self.with(|wish| wish.state = Some(state)),
            Err(error) => {
                self.wish = Err(error);
                self
            }
        }
    }

    /// Acknowledges what comes: after a lost connection the hub goes on behind the last
    /// acknowledgement, whatever else it knows. Only for topics with history.
    pub fn acknowledged(self) -> Self {
        self.with(|wish| wish.ack = true)
    }

    /// Hears of the same thing at most this often, 0.1 s to an hour.
    pub fn throttle(self, every: Duration) -> Self {
        self.with(|wish| wish.throttle = Some(every))
    }

    /// With [`SubscribeRequest::throttle`]: topics that agree in so many levels, 1 to 32, are the
    /// same thing.
    pub fn level(self, level: u32) -> Self {
        self.with(|wish| wish.level = Some(level))
    }

    /// How many updates may wait for the reader, 1,024 unless told otherwise. When there are more,
    /// the oldest are dropped and [`Missed::Overflow`] says how many.
    pub const fn buffer(mut self, updates: usize) -> Self {
        self.buffer = updates;
        self
    }

    fn with(mut self, change: impl FnOnce(&mut Wish)) -> Self {
        if let Ok(wish) = &mut self.wish {
            change(wish);
        }
        self
    }
}

impl<T: FromPayload + 'static> IntoFuture for SubscribeRequest<T> {
    type Output = Result<Subscription<T>, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            let inbox = Arc::new(Inbox::new(self.buffer));
            let (began, beginning) = oneshot::channel();
            let reader = self.asker.number();
            let command = Command::Subscribe {
                reader,
                topic: self.topic.clone(),
                wish: self.wish?,
                inbox: Arc::clone(&inbox),
                began,
            };
            if !self.asker.tell(command) {
                return Err(Error::stopped());
            }
            // From here on, dropping it ends the subscription.
            let mut subscription = Subscription {
                asker: self.asker,
                topic: self.topic,
                reader,
                began: Subscribed::default(),
                inbox,
                ended: false,
                data: PhantomData,
            };
            subscription.began = beginning.await.unwrap_or_else(|_| Err(Error::stopped()))?;
            Ok(subscription)
        }
        .boxed()
    }
}

impl<T> fmt::Debug for SubscribeRequest<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubscribeRequest")
            .field("topic", &self.topic)
            .field("wish", &self.wish)
            .finish_non_exhaustive()
    }
}

/// What comes from a topic or filter: a [`Stream`] of [`Update`]s, which goes on across lost
/// connections and ends when the server or the client ends the subscription.
///
/// Nothing is missed without a word: publications of the time without a connection come when it is
/// back, and where that is not possible [`Update::Missed`] comes in their place.
///
/// Who reads too slowly never stops the client: a buffer of bounded size drops the oldest updates,
/// and [`Missed::Overflow`] says how many.
///
/// Several subscriptions of one client to the same topic are one for the server. Dropping the last
/// unsubscribes.
pub struct Subscription<T = Payload> {
    asker: Asker,
    topic: String,
    reader: u64,
    began: Subscribed,
    inbox: Arc<Inbox<Update>>,
    ended: bool,
    data: PhantomData<fn() -> T>,
}

impl<T: FromPayload> Subscription<T> {
    /// The topic or filter, as it was subscribed.
    #[must_use]
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// How it began: where the topic stood, whether everything was recovered, who was there.
    #[must_use]
    pub const fn began(&self) -> &Subscribed {
        &self.began
    }

    /// The next update; `None` at the end.
    pub async fn update(&mut self) -> Option<Update<T>> {
        self.next().await
    }

    /// The next message; `None` at the end. Everything else is passed over, even that something
    /// may be missing: for applications to which only what is new matters.
    pub async fn message(&mut self) -> Option<Message<T>> {
        loop {
            if let Update::Message(message) = self.next().await? {
                return Some(message);
            }
        }
    }

    /// The messages alone, as a stream; see [`Subscription::message`].
    pub fn into_messages(self) -> impl Stream<Item = Message<T>> + Unpin {
        self.filter_map(|update| {
            std::future::ready(match update {
                Update::Message(message) => Some(message),
                _ => None,
            })
        })
    }
}

impl<T: FromPayload> Stream for Subscription<T> {
    type Item = Update<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let taken = ready!(self.inbox.poll_take(context));
        Poll::Ready(match taken {
            Some(Taken::Item(update)) => Some(update.decode()),
            Some(Taken::Dropped(count)) => Some(Update::Missed(Missed::Overflow(count))),
            None => {
                self.ended = true;
                None
            }
        })
    }
}

impl<T: FromPayload> FusedStream for Subscription<T> {
    fn is_terminated(&self) -> bool {
        self.ended
    }
}

impl<T> Drop for Subscription<T> {
    fn drop(&mut self) {
        self.asker.tell(Command::Unsubscribe {
            reader: self.reader,
            topic: std::mem::take(&mut self.topic),
        });
    }
}

impl<T> fmt::Debug for Subscription<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}
