//! Centrifugo's client protocol (<https://github.com/centrifugal/protocol>), for clients that speak
//! it already.

mod channel;
mod choice;
mod codes;
mod connecting;
mod conversation;
mod decode;
mod emulation;
mod encode;
mod fossil;
mod one_way;
mod proto;
mod question;
mod rules;
mod wish;

use std::collections::BTreeMap;

use wirehub_model::{Event, Message, Topic};

use crate::{Dialect, Goodbye};

pub use emulation::{Emulation, EmulationRequest};
pub use encode::EVENT;
pub use rules::Rules;

pub(crate) use codes::goodbye;
pub(crate) use conversation::Conversation;
pub(crate) use one_way::OneWay;

/// The topic that a channel of Centrifugo's clients stands for; `None` when none does.
#[must_use]
pub fn topic_of_channel(channel: &str) -> Option<Topic> {
    channel::to_topic(channel)
}

/// The channel of Centrifugo's clients that a topic stands for; `None` of the server's own topics,
/// which begin with `$`.
#[must_use]
pub fn channel_of_topic(topic: &Topic) -> Option<String> {
    channel::of_topic(topic)
}

/// The tags of a message where its payload has to be JSON: with the name of its event, and with how
/// bytes are written.
#[must_use]
pub fn tags_in_json(message: &Message) -> BTreeMap<String, String> {
    encode::tags_in_json(message)
}

/// Appends what many are told; `false` when the dialect has no words for it.
pub(crate) fn encode(dialect: Dialect, event: &Event<'_>, out: &mut Vec<u8>) -> bool {
    encode::encode(encode::Codec::of(dialect), event, out)
}

/// Appends the goodbye as a message.
pub(crate) fn farewell(dialect: Dialect, goodbye: Goodbye, out: &mut Vec<u8>) {
    encode::farewell(encode::Codec::of(dialect), goodbye, out);
}
