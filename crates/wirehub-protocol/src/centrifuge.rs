//! The protocol of Centrifugo's clients and servers.

mod channel;

pub use channel::{channel_of, topic_of};
