//! From a handshake to a connection of the state machine.

use wirehub_core::{Flavour, Input};
use wirehub_model::{CloseReason, ConnectionId, Moment, Principal};
use wirehub_protocol::Dialect;

use super::ShardLoop;
use crate::pusher::Guest;

impl ShardLoop {
    /// Opens a connection in the state machine. What is told to a foreign client depends on what
    /// was said, and before it has a slot nothing can be remembered of it: it is let in behind
    /// that.
    pub(super) fn open(
        &mut self,
        now: Moment,
        dialect: Dialect,
        flavour: Flavour,
        principal: Option<Principal>,
        guest: Option<Guest>,
        secret: u128,
    ) -> Result<ConnectionId, CloseReason> {
        if dialect.is_native() {
            return self.shard.open(now, flavour, principal, secret);
        }
        let connection = self.shard.open(now, flavour, None, secret)?;
        let encoder = self.shard.encoder_mut();
        let result = match guest {
            Some(guest) => {
                encoder.begin_pusher(connection.slot(), guest.opening());
                let result = guest.principal();
                self.guests.insert(connection.slot(), guest);
                Some(result)
            }
            None => {
                encoder.begin(connection.slot(), dialect);
                principal.map(Ok)
            }
        };
        if let Some(result) = result {
            let input = Input::Authenticated {
                connection,
                id: None,
                result,
            };
            self.shard.handle(now, input);
        }
        Ok(connection)
    }
}
