//! A connection of an ear.

use std::{io, sync::mpsc::SyncSender, time::Duration};

use tokio::time;
use wirehub_broker::BrokerError;

use crate::{
    connection::Connection,
    failure::unavailable,
    hearing::Heard,
    interest::Subscription,
    wire::{self, Said},
};

/// How long a server may say nothing at all when it is asked something.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection, and where what comes over it goes.
pub(super) struct Line {
    pub(super) connection: Connection,
    heard: SyncSender<Heard>,
}

impl Line {
    pub(super) const fn new(connection: Connection, heard: SyncSender<Heard>) -> Self {
        Self { connection, heard }
    }

    /// Writes that these are wanted.
    pub(super) fn begin(&mut self, begun: Vec<Subscription>) {
        for (number, subject, interest) in begun {
            wire::subscribe(self.connection.out(), &subject, number);
            // Before anything can come for it.
            _ = self.heard.send(Heard::Begun(number, interest));
        }
    }

    /// Waits until the server knows what was written, while whatever it says is heard.
    pub(super) async fn know(&mut self) -> Result<(), BrokerError> {
        wire::ping(self.connection.out());
        let mut refusal = None;
        loop {
            // As long as it says anything at all: whatever came before may have had to wait.
            let said = time::timeout(PATIENCE, self.connection.next()).await;
            let silent = |_| unavailable("the NATS server says nothing any more");
            let lost = |error: io::Error| unavailable(&format!("the NATS server: {error}"));
            match said.map_err(silent)?.map_err(lost)? {
                Said::Pong => return refusal.map_or(Ok(()), Err),
                Said::Error(text) => {
                    let error = unavailable(&format!("the NATS server: {text}"));
                    if !is_refusal(&text) {
                        return Err(error);
                    }
                    refusal = Some(error);
                }
                said => self.hear(said),
            }
        }
    }

    pub(super) fn hear(&mut self, said: Said) {
        match said {
            Said::Message(message) => {
                if let Some(reply) = &message.reply {
                    // Whoever says something to this node learns that it has come.
                    wire::publish(self.connection.out(), reply, "", &[], &[]);
                }
                // This may wait for the sink.
                _ = self.heard.send(Heard::Came(message));
            }
            Said::Ping => wire::pong(self.connection.out()),
            Said::Info(_) | Said::Pong | Said::Done | Said::Error(_) => {}
        }
    }
}

/// Whether the server only says that something is not allowed.
pub(super) fn is_refusal(text: &str) -> bool {
    text.to_ascii_lowercase()
        .starts_with("permissions violation")
}
