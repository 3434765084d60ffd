//! Answers of a broker, and where they go.

use std::future;

use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use crate::BrokerError;

/// The future of an answer.
pub type Answer<T> = BoxFuture<'static, Result<T, BrokerError>>;

/// Where the answer to a call goes.
pub type Reply<T> = oneshot::Sender<Result<T, BrokerError>>;

/// An answer that whoever has its [`Reply`] will give, unless they end before.
pub fn coming<T: Send + 'static>(answer: oneshot::Receiver<Result<T, BrokerError>>) -> Answer<T> {
    Box::pin(async { answer.await.unwrap_or(Err(BrokerError::Stopped)) })
}

/// An answer that is there already.
pub fn ready<T: Send + 'static>(answer: Result<T, BrokerError>) -> Answer<T> {
    Box::pin(future::ready(answer))
}
