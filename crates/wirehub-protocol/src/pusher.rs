//! The protocol of Pusher Channels, version 7, as its client and server libraries speak it.

mod channel;
pub(crate) mod codes;
mod conversation;
mod decode;
pub(crate) mod encode;
mod opening;
mod payload;
mod socket_id;
mod user;

pub use channel::{
    ChannelDoor, ChannelError, ChannelKind, Scope, asked_by_name, channel_of, kind_of_topic,
    topic_of,
};
pub use codes::{close_code, error_code, subscription_status};
pub(crate) use conversation::Conversation;
pub use opening::{Opening, Rejection};
pub use payload::{payload_of, text_of};
pub use socket_id::{connection_of, socket_id};
pub use user::{addressee, id_of, user_of};
