use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt as _};

use super::Asker;
use crate::{
    Error, Payload,
    ask::{Ask, Recipient, Send},
};

/// Says something to one user or one connection, when it is awaited; made by
/// [`Client::send_to_user`](crate::Client::send_to_user) and
/// [`Client::send_to_connection`](crate::Client::send_to_connection).
#[derive(Debug)]
#[must_use = "a request is sent when it is awaited"]
pub struct SendRequest {
    asker: Asker,
    send: Result<Send, Error>,
    timeout: Option<Duration>,
}

impl SendRequest {
    pub(crate) fn new(asker: Asker, to: Recipient, data: Result<Payload, Error>) -> Self {
        let send = data.map(|data| Send {
            to,
            event: None,
            data,
        });
        Self {
            asker,
            send,
            timeout: None,
        }
    }

    /// What kind of thing happened, 1 to 255 bytes.
    pub fn event(mut self, event: impl Into<String>) -> Self {
        if let Ok(send) = &mut self.send {
            send.event = Some(event.into());
        }
        self
    }

    /// How long the answer may take, the wait for a connection included; 10 s unless told
    /// otherwise.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl IntoFuture for SendRequest {
    type Output = Result<(), Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            let ask = Ask::Send(self.send?);
            self.asker.ask(ask, self.timeout).await.map(|_| ())
        }
        .boxed()
    }
}
