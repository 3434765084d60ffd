//! From sockets to the state machine.

use wirehub_core::Input;
use wirehub_model::{CloseCause, CloseReason, ConnectionId, Moment};
use wirehub_protocol::{DecodeError, Frame};
use wirehub_transport::{Ready, Received, Wire};
use wirehub_websocket::{CloseCode, CloseFrame, Item};

use super::{Client, ShardLoop, ear::Ear, opening::Secrets};
use crate::{acceptor::Newcomer, session_secret::session_secret, transport::Transport};

impl ShardLoop {
    /// A client that finished its handshake joins the shard.
    pub(super) fn welcome(&mut self, mut newcomer: Newcomer) {
        // Slots of those who were hung up on must be free in every table before one is used again.
        while let Some(output) = self.shard.poll_output() {
            self.perform(output);
        }
        let now = self.now();
        let (Ok(session), Ok(stream)) = (session_secret(), session_secret()) else {
            tracing::error!(
                shard = self.index,
                "no random numbers; a connection was refused"
            );
            return;
        };
        let Ok(id) = self.open(now, &mut newcomer, Secrets { session, stream }) else {
            tracing::warn!(shard = self.index, "shard is full");
            return;
        };
        let Newcomer {
            mut established,
            dialect,
            said,
            ..
        } = newcomer;
        let wire = established.wire;
        if let Wire::Stream(framing) = wire {
            let streams = &mut self.streams;
            streams.begin(id, stream, dialect, framing, &mut established);
        }
        if let Err(error) = self.sockets.insert(id.slot(), established) {
            tracing::warn!(%error, "socket could not be watched");
            self.streams.end(id.slot());
            self.guests.remove(&id.slot());
            self.shard.encoder_mut().end(id.slot());
            let (connection, cause) = (id, CloseCause::Failed);
            self.shard.handle(now, Input::Gone { connection, cause });
            return;
        }
        let slot = id.slot() as usize;
        if self.clients.len() <= slot {
            self.clients.resize(slot + 1, None);
        }
        let transport = Transport::on(wire);
        let client = Client {
            id,
            dialect,
            transport,
        };
        self.clients[slot] = Some(client);
        self.transports.opened(transport);
        tracing::debug!(connection = %id, transport = transport.name(), "connection opened");
        if let Some(said) = said {
            self.said(now, client, &said);
        }
    }

    /// A socket can be read or written.
    pub(super) fn socket_ready(&mut self, now: Moment, ready: Ready) {
        if ready.writable {
            self.writable(now, ready.key);
        }
        if !ready.readable {
            return;
        }
        if self.congested.is_some() {
            // What comes in would have nowhere to go; it waits in the kernel.
            self.sockets.again(ready.key);
        } else {
            self.receive(now, ready.key);
        }
    }

    fn receive(&mut self, now: Moment, slot: u32) {
        let Some(client) = self.client(slot) else {
            return;
        };
        if client.transport != Transport::WebSocket {
            self.overhear(now, client);
            return;
        }
        let received = self.sockets.receive(
            slot,
            &mut self.scratch,
            &self.frame_limits,
            &mut self.inflater,
        );
        let Ok(received) = received else {
            self.gone(now, client.id, CloseCause::Failed);
            return;
        };
        let Received {
            mut reader,
            bytes,
            end,
            ..
        } = received;
        if bytes > 0 {
            self.io.reads += 1;
            self.io.bytes_in += bytes as u64;
            self.shard.seen(now, client.id);
        }
        let mut ear = Ear {
            now,
            shard: &mut self.shard,
            shared: &self.shared,
            tasks: &self.tasks,
            guests: &self.guests,
            inbox: self.peers.get(usize::from(self.index)),
            heard: &mut self.heard,
        };
        loop {
            match reader.next() {
                Ok(Some(item)) => {
                    self.io.messages_in += 1;
                    ear.take(client, item);
                }
                Ok(None) => break,
                Err(error) => {
                    tracing::debug!(connection = %client.id, %error, "client broke the protocol");
                    let input = violation(client.id, error.close_code().get());
                    ear.shard.handle(now, input);
                }
            }
        }
        if end {
            self.ended(now, client);
        }
    }

    /// Clients that were let in may have said something before; returns whether any had.
    pub(super) fn hear_released(&mut self) -> bool {
        let now = self.now();
        let mut any = false;
        while let Some(slot) = self.shard.encoder_mut().poll_released(&mut self.heard) {
            any = true;
            let Some(client) = self.client(slot) else {
                self.heard.clear();
                continue;
            };
            self.ear(now).act(client.id);
        }
        any
    }

    /// The peer sends nothing further. After its close frame that is as it should be, and what we
    /// still have to say is said; without one it is lost.
    fn ended(&mut self, now: Moment, client: Client) {
        let finished = self
            .sockets
            .decoder(client.id.slot())
            .is_some_and(|decoder| decoder.is_finished());
        if finished {
            // Its close frame was handled when it came; now the answer to ours is complete.
            let (connection, cause) = (client.id, CloseCause::Client);
            let input = Input::CloseReceived { connection, cause };
            self.shard.handle(now, input);
        } else {
            self.gone(now, client.id, CloseCause::Lost);
        }
    }

    /// Drops the socket of a connection that ended without us.
    pub(super) fn gone(&mut self, now: Moment, id: ConnectionId, cause: CloseCause) {
        tracing::debug!(connection = %id, cause = cause.name(), "connection ended");
        self.drop_socket(id);
        let connection = id;
        self.shard.handle(now, Input::Gone { connection, cause });
    }

    pub(super) fn drop_socket(&mut self, id: ConnectionId) {
        let slot = id.slot();
        if let Some(client) = self.client(slot).filter(|client| client.id == id) {
            if client.transport != Transport::WebSocket {
                // The end of what is not chunked is the end of the connection, and with TLS that
                // has to be said. Who is gone does not hear it.
                let _ = self.sockets.shutdown(slot);
                self.streams.end(slot);
            }
            if !client.dialect.is_native() {
                self.guests.remove(&slot);
                self.shard.encoder_mut().end(slot);
            }
            self.sockets.remove(slot);
            self.clients[slot as usize] = None;
            self.transports.ended(client.transport);
        }
        if self.sockets.is_empty() {
            self.clients = Vec::new();
        }
    }

    pub(super) fn client(&self, slot: u32) -> Option<Client> {
        self.clients.get(slot as usize).copied().flatten()
    }
}

/// Whether a client means to leave: it says so without a code, with that of an end on purpose, or
/// with that of a page that is left. Any other says that something was wrong with the connection,
/// and the client comes back for its session.
fn cause_of(frame: Option<CloseFrame<'_>>) -> CloseCause {
    match frame.map(|frame| frame.code) {
        None | Some(CloseCode::NORMAL | CloseCode::GOING_AWAY) => CloseCause::Client,
        Some(_) => CloseCause::Failed,
    }
}

/// What a client's frame means to the shard; nothing for a pong, which is a sign of life like any
/// byte.
pub(super) fn input_of(client: Client, item: Item<'_>) -> Option<Input> {
    let connection = client.id;
    let frame = match item {
        Item::Text(text) => Frame::Text(text),
        Item::Binary(bytes) => Frame::Binary(bytes),
        Item::Pong(_) => return None,
        Item::Close(frame) => {
            let cause = cause_of(frame);
            return Some(Input::CloseReceived { connection, cause });
        }
        Item::Ping(payload) => {
            return Some(Input::Ping {
                connection,
                payload: payload.into(),
            });
        }
    };
    Some(match client.dialect.decode(frame) {
        Ok(request) => Input::Command {
            connection,
            id: request.id,
            command: request.command,
        },
        Err(DecodeError::Refused { id, refusal }) => Input::Malformed {
            connection,
            id,
            refusal,
        },
        Err(DecodeError::Close(reason)) => Input::Violation { connection, reason },
    })
}

fn violation(connection: ConnectionId, code: u16) -> Input {
    let known = CloseReason::ALL
        .into_iter()
        .find(|reason| reason.code() == code);
    Input::Violation {
        connection,
        reason: known.unwrap_or(CloseReason::ProtocolError),
    }
}
