//! Handing work to a thread.

use std::{
    sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    thread,
};

use tokio::sync::oneshot;

use crate::{Answer, BrokerError, Reply, coming, ready};

/// The place where calls for a thread are handed in. Cloning shares it; the thread ends when the
/// last one is gone.
#[derive(Debug)]
pub(crate) struct Desk<C>(SyncSender<C>);

impl<C> Clone for Desk<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<C: Send + 'static> Desk<C> {
    /// Starts a thread that takes up to `bound` calls that wait.
    pub(crate) fn open(
        name: &str,
        bound: usize,
        work: impl FnOnce(Receiver<C>) + Send + 'static,
    ) -> std::io::Result<(Self, thread::JoinHandle<()>)> {
        let (sender, receiver) = sync_channel(bound);
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || work(receiver))?;
        Ok((Self(sender), thread))
    }

    /// Hands in a call, at once, and waits for its answer.
    pub(crate) fn ask<T: Send + 'static>(&self, call: impl FnOnce(Reply<T>) -> C) -> Answer<T> {
        let (reply, answer) = oneshot::channel();
        match self.tell(call(reply)) {
            Ok(()) => coming(answer),
            Err(error) => ready(Err(error)),
        }
    }

    /// Hands in a call, and waits for room.
    pub(crate) fn hand_in(&self, call: C) -> Result<(), BrokerError> {
        self.0.send(call).map_err(|_| BrokerError::Stopped)
    }

    /// Hands in a call whose answer nobody waits for.
    pub(crate) fn tell(&self, call: C) -> Result<(), BrokerError> {
        self.0.try_send(call).map_err(|error| refusal(&error))
    }
}

const fn refusal<C>(error: &TrySendError<C>) -> BrokerError {
    match error {
        TrySendError::Full(_) => BrokerError::Overloaded,
        TrySendError::Disconnected(_) => BrokerError::Stopped,
    }
}
