//! From what the hub says to the messages of the protocol, and those to bytes.

mod json;
mod push;
mod result;

use prost::Message as _;
use wirehub_model::Event;

pub use self::push::EVENT;
pub(super) use self::{
    push::{joined, tags_in_json},
    result::{connect, error, reply, subscribed},
};
use super::proto::{Disconnect, Push, Reply};
use crate::{Dialect, Goodbye};

/// How messages become bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    Json,
    Protobuf,
    /// JSON, of pushes that stand alone: clients that ask nothing get no replies.
    Pushes,
}

impl Codec {
    pub(super) const fn of(dialect: Dialect) -> Self {
        match dialect {
            Dialect::CentrifugeProtobuf => Self::Protobuf,
            Dialect::CentrifugeOneWay => Self::Pushes,
            _ => Self::Json,
        }
    }

    /// Appends one message behind those of the frame that began at `start`.
    pub(super) fn append(self, reply: &Reply, start: usize, out: &mut Vec<u8>) {
        match self {
            Self::Json | Self::Pushes => {
                if out.len() > start {
                    out.push(b'\n');
                }
                match self {
                    Self::Pushes => json::write_push(reply, out),
                    _ => json::write(reply, out),
                }
            }
            Self::Protobuf => {
                let encoded = reply.encode_length_delimited(out);
                debug_assert!(encoded.is_ok(), "a buffer that grows has room");
            }
        }
    }
}

/// Appends what anybody is told without having asked; `false` when there are no words for it.
pub(super) fn encode(codec: Codec, event: &Event<'_>, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    if matches!(event, Event::Heartbeat) {
        codec.append(&Reply::default(), start, out);
        return true;
    }
    push::each(codec, event, |push| codec.append(&pushed(push), start, out));
    out.len() > start
}

/// Appends the goodbye as a message.
pub(super) fn farewell(codec: Codec, goodbye: Goodbye, out: &mut Vec<u8>) {
    let push = Push {
        disconnect: Some(Disconnect {
            code: u32::from(goodbye.code),
            reason: goodbye.reason.to_owned(),
        }),
        ..Push::default()
    };
    codec.append(&pushed(push), out.len(), out);
}

/// A push in its envelope.
pub(super) fn pushed(push: Push) -> Reply {
    Reply {
        push: Some(push),
        ..Reply::default()
    }
}
