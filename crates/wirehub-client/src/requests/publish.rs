use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt as _};

use super::Asker;
use crate::{
    Error, Payload, Published,
    ask::{Ask, Publish},
};

/// Says something to every subscriber of a topic, when it is awaited; made by
/// [`Client::publish`](crate::Client::publish).
///
/// Each publication has an idempotency key, so that it is sent again when the connection is lost
/// before the answer, and still not published twice.
#[derive(Debug)]
#[must_use = "a request is sent when it is awaited"]
pub struct PublishRequest {
    asker: Asker,
    publish: Result<Publish, Error>,
    timeout: Option<Duration>,
}

impl PublishRequest {
    pub(crate) fn new(asker: Asker, topic: &str, data: Result<Payload, Error>) -> Self {
        Self {
            asker,
            publish: data.map(|data| Publish::new(topic, data)),
            timeout: None,
        }
    }

    /// What kind of thing happened, 1 to 255 bytes.
    pub fn event(self, event: impl Into<String>) -> Self {
        self.with(|publish| publish.event = Some(event.into()))
    }

    /// What it is about, 1 to 255 bytes: a newer publication with the same key stands for it.
    pub fn key(self, key: impl Into<String>) -> Self {
        self.with(|publish| publish.key = Some(key.into()))
    }

    /// A name for this very publication, 1 to 255 bytes, in place of one of the client's own:
    /// published again under it, it is not published again.
    pub fn idempotency_key(self, key: impl Into<String>) -> Self {
        self.with(|publish| publish.idempotency_key = Some(key.into()))
    }

    /// How long it is worth delivering, 1 ms to a year. Without it the topic's own rule holds.
    pub fn ttl(self, ttl: Duration) -> Self {
        self.with(|publish| publish.ttl = Some(ttl))
    }

    /// Whether this client receives it too when it is subscribed; it does unless told otherwise.
    pub fn echo(self, echo: bool) -> Self {
        self.with(|publish| publish.echo = Some(echo))
    }

    /// How long the answer may take, the wait for a connection included; 10 s unless told
    /// otherwise.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    fn with(mut self, change: impl FnOnce(&mut Publish)) -> Self {
        if let Ok(publish) = &mut self.publish {
            change(publish);
        }
        self
    }
}

impl IntoFuture for PublishRequest {
    type Output = Result<Published, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            let ask = Ask::Publish(self.publish?);
            self.asker.ask(ask, self.timeout).await?.published()
        }
        .boxed()
    }
}
