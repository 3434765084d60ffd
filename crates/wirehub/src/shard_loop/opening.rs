//! From a handshake to a connection of the state machine.

use wirehub_core::{Flavour, Input};
use wirehub_model::{CloseReason, ConnectionId, Moment, Principal};
use wirehub_protocol::Dialect;

use super::ShardLoop;
use crate::pusher::Guest;

impl ShardLoop {
    /// Opens a connection in the state machine. What is told to a foreign client depends on what
    /// was said, and before it has a slot nothing can be remembered of it: it is let in behind that.
    pub(super) fn open(
        &mut self,
        now: Moment,
        dialect: Dialect,
        flavour: Flavour,
        principal: Option<Principal>,
        guest: Option<Guest>,
        secret: u128,
    ) -> Result<ConnectionId, CloseReason> {
        let (at_once, later) = match &guest {
            Some(guest) => (None, Some(guest.principal())),
            None if dialect.is_native() => (principal, None),
            None => (None, principal.map(Ok)),
        };
        let connection = self.shard.open(now, flavour, at_once, secret)?;
        self.begin_conversation(connection, dialect, guest);
        if let Some(result) = later {
            let input = Input::Authenticated {
                connection,
                id: None,
                result,
            };
            self.shard.handle(now, input);
        }
        Ok(connection)
    }

    /// From here on it is remembered what is said on a connection whose dialect needs that.
    fn begin_conversation(&mut self, id: ConnectionId, dialect: Dialect, guest: Option<Guest>) {
        let encoder = self.shard.encoder_mut();
        match guest {
            Some(guest) => {
                encoder.begin_pusher(id.slot(), guest.opening());
                self.guests.insert(id.slot(), guest);
            }
            None => encoder.begin(id.slot(), dialect),
        }
    }
}
