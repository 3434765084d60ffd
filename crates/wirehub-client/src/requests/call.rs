use std::{fmt, marker::PhantomData, time::Duration};

use futures_util::future::{BoxFuture, FutureExt as _};

use super::Asker;
use crate::{
    Error, FromPayload, Payload,
    ask::{Ask, Call},
};

/// Calls a method of the application and gives its answer, when it is awaited; made by
/// [`Client::call`](crate::Client::call).
#[must_use = "a request is sent when it is awaited"]
pub struct CallRequest<R = Payload> {
    asker: Asker,
    call: Result<Call, Error>,
    timeout: Option<Duration>,
    answer: PhantomData<fn() -> R>,
}

impl<R: FromPayload> CallRequest<R> {
    pub(crate) fn new(asker: Asker, method: &str, data: Result<Payload, Error>) -> Self {
        let call = data.map(|data| Call {
            method: method.to_owned(),
            data,
        });
        Self {
            asker,
            call,
            timeout: None,
            answer: PhantomData,
        }
    }

    /// How long the answer may take, the wait for a connection included; 30 s unless told
    /// otherwise.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl<R: FromPayload + 'static> IntoFuture for CallRequest<R> {
    type Output = Result<R, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            let ask = Ask::Call(self.call?);
            let reply = self.asker.ask(ask, self.timeout).await?;
            R::from_payload(&reply.called())
        }
        .boxed()
    }
}

impl<R> fmt::Debug for CallRequest<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallRequest")
            .field("call", &self.call)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
