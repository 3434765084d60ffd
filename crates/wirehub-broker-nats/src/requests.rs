//! The way of questions to the server.

mod driver;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use self::driver::Driver;
use crate::{connector::Connector, failure::Failure, wire::Message};

/// Pauses between attempts to connect.
pub(crate) const FIRST_PAUSE: Duration = Duration::from_millis(50);
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// The largest message until a server has said.
const MAX_PAYLOAD: usize = 1024 * 1024;

/// What came back to a question; several messages where the server answers with several.
pub(crate) type Answers = Result<Vec<Message>, Failure>;

/// A message that is sent.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) subject: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) payload: Bytes,
}

/// Questions over a connection of their own, which is opened when it is needed. They leave in the
/// order in which they are asked.
#[derive(Clone)]
pub(crate) struct Requests {
    calls: mpsc::Sender<Call>,
    max_payload: Arc<AtomicUsize>,
}

enum Call {
    Ask(Ask),
    /// The server was reached over another connection.
    Reached,
    End(oneshot::Sender<()>),
}

/// Letters that leave together; the last one is answered.
struct Ask {
    letters: Vec<Letter>,
    expects: Expects,
    reply: oneshot::Sender<Answers>,
}

/// What ends the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expects {
    /// One message.
    One,
    /// A message that has a status.
    Many,
    /// That the server has read it.
    Read,
}

impl Requests {
    /// Begins; the task ends when the last handle is gone or [`Requests::end`] was called.
    pub(crate) fn begin(
        connector: Arc<Connector>,
        queue: usize,
        patience: Duration,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (calls, waiting) = mpsc::channel(queue.max(1));
        let max_payload = Arc::new(AtomicUsize::new(MAX_PAYLOAD));
        let driver = Driver::new(connector, patience, Arc::clone(&max_payload));
        (Self { calls, max_payload }, driver.run(waiting))
    }

    /// The largest message that the server takes.
    pub(crate) fn max_payload(&self) -> usize {
        self.max_payload.load(Ordering::Relaxed)
    }

    /// Sends letters; the answer to the last comes with the future. Their place is taken here.
    pub(crate) fn ask(
        &self,
        letters: Vec<Letter>,
        expects: Expects,
    ) -> impl Future<Output = Answers> + Send + use<> {
        let (reply, answer) = oneshot::channel();
        let ask = Ask {
            letters,
            expects,
            reply,
        };
        let sent = self.calls.try_send(Call::Ask(ask));
        async move {
            match sent {
                Ok(()) => answer.await.unwrap_or(Err(Failure::Stopped)),
                Err(mpsc::error::TrySendError::Full(_)) => Err(Failure::Busy),
                Err(mpsc::error::TrySendError::Closed(_)) => Err(Failure::Stopped),
            }
        }
    }

    /// The server was reached over another connection: what is asked from now on need not wait for
    /// the next attempt to connect.
    pub(crate) fn reached(&self) {
        // With so many questions waiting an attempt is being made.
        _ = self.calls.try_send(Call::Reached);
    }

    /// Ends once everything that was asked before is answered.
    pub(crate) async fn end(&self) {
        let (reply, ended) = oneshot::channel();
        if self.calls.send(Call::End(reply)).await.is_ok() {
            _ = ended.await;
        }
    }
}
