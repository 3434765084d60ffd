use std::{fmt, marker::PhantomData, time::Duration};

use futures_util::future::{BoxFuture, FutureExt as _};

use super::Asker;
use crate::{
    Error, FromPayload, History, Payload, Position,
    ask::{Ask, Page},
};

/// Asks for past publications of a topic, when it is awaited; made by
/// [`Client::history`](crate::Client::history).
#[must_use = "a request is sent when it is awaited"]
pub struct HistoryRequest<T = Payload> {
    asker: Asker,
    topic: String,
    limit: Option<u32>,
    page: Page,
    timeout: Option<Duration>,
    data: PhantomData<fn() -> T>,
}

impl<T: FromPayload> HistoryRequest<T> {
    pub(crate) fn new(asker: Asker, topic: &str) -> Self {
        Self {
            asker,
            topic: topic.to_owned(),
            limit: None,
            page: Page::Newest,
            timeout: None,
            data: PhantomData,
        }
    }

    /// How many at most, 1 to 1,000; 100 unless told otherwise.
    pub const fn limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The first publications after this place, in place of the newest ones.
    pub fn after(mut self, position: Position) -> Self {
        self.page = Page::After(position);
        self
    }

    /// The last publications before the one at this place, in place of the newest ones.
    pub fn before(mut self, position: Position) -> Self {
        self.page = Page::Before(position);
        self
    }

    /// How long the answer may take, the wait for a connection included; 10 s unless told
    /// otherwise.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl<T: FromPayload + 'static> IntoFuture for HistoryRequest<T> {
    type Output = Result<History<T>, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            let ask = Ask::History {
                topic: self.topic.clone(),
                limit: self.limit,
                page: self.page,
            };
            let history = self
                .asker
                .ask(ask, self.timeout)
                .await?
                .history(&self.topic)?;
            let messages = history.messages.iter().map(|message| message.decode());
            Ok(History {
                messages: messages.collect::<Result<_, _>>()?,
                position: history.position,
                more: history.more,
            })
        }
        .boxed()
    }
}

impl<T> fmt::Debug for HistoryRequest<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HistoryRequest")
            .field("topic", &self.topic)
            .field("limit", &self.limit)
            .field("page", &self.page)
            .finish_non_exhaustive()
    }
}
