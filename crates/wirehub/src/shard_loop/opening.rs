//! From a handshake to a connection of the state machine.

use wirehub_core::Input;
use wirehub_model::{CloseReason, ConnectionId, Moment, Secret, StreamName};
use wirehub_protocol::centrifuge::Emulation;
use wirehub_transport::Wire;

use super::ShardLoop;
use crate::{acceptor::Newcomer, flavours::flavour};

/// Numbers that nobody can guess, for what a connection is known by.
#[derive(Clone, Copy)]
pub(super) struct Secrets {
    pub(super) session: u128,
    pub(super) stream: u128,
}

impl ShardLoop {
    /// Opens a connection in the state machine, and takes out of the newcomer who it is. What is
    /// told to a foreign client depends on what was said, and before it has a slot nothing can be
    /// remembered of it: it is let in behind that.
    pub(super) fn open(
        &mut self,
        now: Moment,
        newcomer: &mut Newcomer,
        secrets: Secrets,
    ) -> Result<ConnectionId, CloseReason> {
        let (dialect, wire) = (newcomer.dialect, newcomer.established.wire);
        let flavour = flavour(dialect, wire);
        let Secrets { session, stream } = secrets;
        let principal = newcomer.principal.take();
        if dialect.is_native() {
            return self.shard.open(now, flavour, principal, session);
        }
        let connection = self.shard.open(now, flavour, None, session)?;
        let encoder = self.shard.encoder_mut();
        let result = match newcomer.guest.take() {
            Some(guest) => {
                encoder.begin_pusher(connection.slot(), guest.opening());
                let result = guest.principal();
                self.guests.insert(connection.slot(), guest);
                Some(result)
            }
            None => {
                let emulation = matches!(wire, Wire::Stream(_)).then(|| Emulation {
                    session: Secret::new(StreamName::new(connection, stream).to_string()),
                    node: self.shared.node.clone(),
                });
                encoder.begin(connection.slot(), dialect, emulation);
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
