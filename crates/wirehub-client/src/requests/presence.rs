use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt as _};

use super::Asker;
use crate::{Error, Presence, ask::Ask};

/// Asks who is on a topic, when it is awaited; made by
/// [`Client::presence`](crate::Client::presence).
#[derive(Debug)]
#[must_use = "a request is sent when it is awaited"]
pub struct PresenceRequest {
    asker: Asker,
    topic: String,
    limit: Option<u32>,
    after: Option<String>,
    timeout: Option<Duration>,
}

impl PresenceRequest {
    pub(crate) fn new(asker: Asker, topic: &str) -> Self {
        Self {
            asker,
            topic: topic.to_owned(),
            limit: None,
            after: None,
            timeout: None,
        }
    }

    /// How many members at most, 0 to 1,000; 100 unless told otherwise. 0 asks for the counts
    /// alone.
    pub const fn limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The `connection` of the last member that is known, to go on from there.
    pub fn after(mut self, connection: impl Into<String>) -> Self {
        self.after = Some(connection.into());
        self
    }

    /// How long the answer may take, the wait for a connection included; 10 s unless told
    /// otherwise.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl IntoFuture for PresenceRequest {
    type Output = Result<Presence, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            let ask = Ask::Presence {
                topic: self.topic,
                limit: self.limit,
                after: self.after,
            };
            self.asker.ask(ask, self.timeout).await?.presence()
        }
        .boxed()
    }
}
