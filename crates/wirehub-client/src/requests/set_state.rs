use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt as _};

use super::Asker;
use crate::{Error, Payload, ask::Ask};

/// Changes what the client says about itself on a topic, when it is awaited; made by
/// [`Client::set_state`](crate::Client::set_state).
#[derive(Debug)]
#[must_use = "a request is sent when it is awaited"]
pub struct SetStateRequest {
    asker: Asker,
    topic: String,
    data: Result<Payload, Error>,
    timeout: Option<Duration>,
}

impl SetStateRequest {
    pub(crate) fn new(asker: Asker, topic: &str, data: Result<Payload, Error>) -> Self {
        Self {
            asker,
            topic: topic.to_owned(),
            data,
            timeout: None,
        }
    }

    /// How long the answer may take, the wait for a connection included; 10 s unless told
    /// otherwise.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl IntoFuture for SetStateRequest {
    type Output = Result<(), Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            let ask = Ask::State {
                topic: self.topic,
                data: self.data?,
            };
            self.asker.ask(ask, self.timeout).await.map(|_| ())
        }
        .boxed()
    }
}
