//! What clients say, on its way to the state machine.

use std::{collections::HashMap, sync::Arc};

use wirehub_core::{Input, Shard};
use wirehub_model::{
    Command, ConnectionId, ErrorCode, Grant, Moment, Refusal, Subscribe, TopicFilter, UserId,
};
use wirehub_protocol::{Frame, Heard, Proof};
use wirehub_websocket::Item;

use super::{Client, ShardLoop, reading::input_of};
use crate::{
    flavours::FrameEncoder,
    letter::{Letter, ShardSender},
    pusher::Guest,
    shared::Shared,
    tasks::Tasks,
};

/// Hears clients, those with whom their connections remember what was said too, and has their
/// proofs checked. It holds the parts of the loop that do not read sockets.
pub(super) struct Ear<'a> {
    pub(super) now: Moment,
    pub(super) shard: &'a mut Shard<FrameEncoder>,
    pub(super) shared: &'a Arc<Shared>,
    pub(super) tasks: &'a Tasks,
    /// Clients of Pusher, by slot.
    pub(super) guests: &'a HashMap<u32, Guest>,
    /// The way back to this shard.
    pub(super) inbox: Option<&'a ShardSender>,
    /// Empty, and kept for its capacity.
    pub(super) heard: &'a mut Vec<Heard>,
}

/// What is asked for with a proof.
enum Asked {
    Subscribe(Box<Subscribe>),
    Renewal(TopicFilter),
    /// With the users that it wants to be told of.
    SignIn(Vec<UserId>),
}

impl ShardLoop {
    /// Hears clients whose sockets nobody is reading.
    pub(super) fn ear(&mut self, now: Moment) -> Ear<'_> {
        Ear {
            now,
            shard: &mut self.shard,
            shared: &self.shared,
            tasks: &self.tasks,
            guests: &self.guests,
            inbox: self.peers.get(usize::from(self.index)),
            heard: &mut self.heard,
        }
    }
}

impl Ear<'_> {
    /// Takes one item of a client.
    pub(super) fn take(&mut self, client: Client, item: Item<'_>) {
        let remembers = !client.dialect.is_native();
        let frame = match item {
            Item::Text(text) if remembers => Frame::Text(text),
            Item::Binary(bytes) if remembers => Frame::Binary(bytes),
            other => {
                if let Some(input) = input_of(client, other) {
                    self.shard.handle(self.now, input);
                }
                return;
            }
        };
        let slot = client.id.slot();
        self.shard.encoder_mut().hear(slot, frame, self.heard);
        self.act(client.id);
    }

    /// Does what was heard, in order.
    pub(super) fn act(&mut self, connection: ConnectionId) {
        let mut heard = std::mem::take(self.heard);
        for heard in heard.drain(..) {
            let input = match heard {
                Heard::Request(request) => Input::Command {
                    connection,
                    id: request.id,
                    command: request.command,
                },
                Heard::Refused { id, refusal } => Input::Declined {
                    connection,
                    id,
                    refusal,
                },
                Heard::Violation(reason) => Input::Violation { connection, reason },
                Heard::Proven { id, wish, proof } => {
                    self.check(connection, id, Asked::Subscribe(wish), proof);
                    continue;
                }
                Heard::SignIn {
                    id,
                    proof,
                    watchlist,
                } => {
                    self.check(connection, id, Asked::SignIn(watchlist), proof);
                    continue;
                }
                Heard::Malformed(refusal) => Input::Malformed {
                    connection,
                    id: None,
                    refusal,
                },
                Heard::Renewal { id, filter, proof } => {
                    self.check(connection, id, Asked::Renewal(filter), proof);
                    continue;
                }
            };
            self.shard.handle(self.now, input);
        }
        *self.heard = heard;
    }

    /// Checks a proof, at once where the keys are at hand.
    fn check(&mut self, connection: ConnectionId, id: Option<u64>, asked: Asked, proof: Proof) {
        let now = self.shared.clock.now();
        let attempt = match proof {
            Proof::Signature {
                ref text,
                ref auth,
                ref grant,
            } => {
                let guest = self.guests.get(&connection.slot());
                guest.map(|guest| guest.check(text, auth, (**grant).clone()))
            }
            Proof::Token { .. } => self.shared.doorkeeper().attempt_proof(&proof, now),
        };
        if let Some(result) = attempt {
            self.shard
                .handle(self.now, answered(connection, id, asked, result));
            return;
        }
        let Some(inbox) = self.inbox.cloned() else {
            return;
        };
        let shared = Arc::clone(self.shared);
        self.tasks.spawn_local("proof", async move {
            let result = shared.doorkeeper().check_proof(&proof, now).await;
            let input = answered(connection, id, asked, result);
            let _ = inbox.send(Letter::Input(input)).await;
        });
    }
}

/// What follows for the shard from what the door says about a proof.
fn answered(
    connection: ConnectionId,
    id: Option<u64>,
    asked: Asked,
    result: Result<Grant, Refusal>,
) -> Input {
    match (asked, result) {
        (_, Err(refusal)) => Input::Declined {
            connection,
            id,
            refusal,
        },
        (Asked::Subscribe(wish), Ok(grant)) => Input::Command {
            connection,
            id,
            command: Command::Subscribe(Subscribe {
                grant: Some(Box::new(grant)),
                ..*wish
            }),
        },
        (Asked::SignIn(watchlist), Ok(grant)) => match grant.user {
            Some(user) => Input::SignedIn {
                connection,
                id,
                user,
                info: grant.info,
                watchlist,
            },
            // A proof that names nobody proves nothing.
            None => Input::Declined {
                connection,
                id,
                refusal: not_proven(),
            },
        },
        (Asked::Renewal(filter), Ok(grant)) => Input::Renewed {
            connection,
            id,
            filter,
            grant: Box::new(grant),
        },
    }
}

/// The refusal of a proof that nobody can check.
fn not_proven() -> Refusal {
    Refusal::new(ErrorCode::PermissionDenied, "the proof proves nothing here")
}
