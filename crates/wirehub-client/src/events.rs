//! What concerns the client as a whole.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use futures_util::StreamExt as _;

use crate::{
    Message, Status,
    inbox::{Inbox, Taken},
};

/// Something that belongs to no [`Subscription`](crate::Subscription) of the application's.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A message to this client's user, to its connection, or to everyone; or one on a topic that
    /// the token subscribes to.
    Message(Message),
    /// The state changed. [`Client::state`](crate::Client::state) has the newest at any time.
    State(Status),
    /// Something that somebody should look at: credentials that are not accepted, settings that
    /// cannot work, direct messages that are lost.
    Alert {
        /// A word for programs.
        cause: String,
        /// A sentence for people.
        detail: String,
    },
    /// This many events were dropped, the oldest first, because they were not taken.
    Missed(u64),
}

/// A [`Stream`] of [`Event`]s; it ends with the client. Made by
/// [`Client::events`](crate::Client::events).
#[derive(Debug)]
pub struct Events(Arc<Inbox<Event>>);

impl Events {
    pub(crate) const fn new(inbox: Arc<Inbox<Event>>) -> Self {
        Self(inbox)
    }

    /// The next event; `None` when the client has ended.
    pub async fn event(&mut self) -> Option<Event> {
        self.next().await
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(match ready!(self.0.poll_take(context)) {
            Some(Taken::Item(event)) => Some(event),
            Some(Taken::Dropped(count)) => Some(Event::Missed(count)),
            None => None,
        })
    }
}
