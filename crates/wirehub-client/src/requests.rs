//! What the application asks of the server: each request is a future that can be given more
//! details before it is awaited. Dropping one that was not answered cancels it.

mod call;
mod history;
mod presence;
mod publish;
mod send;
mod set_state;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::{Semaphore, mpsc, oneshot};

pub use call::CallRequest;
pub use history::HistoryRequest;
pub use presence::PresenceRequest;
pub use publish::PublishRequest;
pub use send::SendRequest;
pub use set_state::SetStateRequest;

use crate::{Error, ask::Ask, command::Command, reply::Reply};

/// How many requests may be open at a time; further ones wait until an answer came. It keeps what
/// waits for a slow socket within bounds.
const OPEN: usize = 4_096;

/// Carries requests to the driver.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    commands: mpsc::UnboundedSender<Command>,
    tickets: Arc<AtomicU64>,
    places: Arc<Semaphore>,
}

impl Asker {
    pub(crate) fn new(commands: mpsc::UnboundedSender<Command>) -> Self {
        Self {
            commands,
            tickets: Arc::new(AtomicU64::new(1)),
            places: Arc::new(Semaphore::new(OPEN)),
        }
    }

    /// A number that was not given out before.
    pub(crate) fn number(&self) -> u64 {
        self.tickets.fetch_add(1, Ordering::Relaxed)
    }

    /// Tells the driver; `false` when it has ended.
    pub(crate) fn tell(&self, command: Command) -> bool {
        self.commands.send(command).is_ok()
    }

    /// Whether the driver has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.commands.is_closed()
    }

    /// Asks the server and waits for the answer.
    async fn ask(self, ask: Ask, timeout: Option<Duration>) -> Result<Reply, Error> {
        let _place = self.places.acquire().await.map_err(|_| Error::stopped())?;
        let ticket = self.number();
        let (answer, answered) = oneshot::channel();
        let command = Command::Ask {
            ticket,
            ask,
            timeout,
            answer,
        };
        if !self.tell(command) {
            return Err(Error::stopped());
        }
        let mut waiting = Waiting {
            asker: &self,
            ticket: Some(ticket),
        };
        let result = answered.await.unwrap_or_else(|_| Err(Error::stopped()));
        waiting.ticket = None;
        result
    }
}

/// Cancels the request when its future is dropped before the answer.
struct Waiting<'a> {
    asker: &'a Asker,
    ticket: Option<u64>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.asker.tell(Command::Cancel(ticket));
        }
    }
}
