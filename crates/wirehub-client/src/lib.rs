//! The Rust client of Wirehub: one connection to a hub that comes back by itself, with
//! subscriptions that survive it and recover what was missed.
//!
//! ```no_run
//! use serde::{Deserialize, Serialize};
//! use wirehub_client::Client;
//!
//! #[derive(Debug, Serialize, Deserialize)]
//! struct Said {
//!     text: String,
//! }
//!
//! # async fn example() -> Result<(), wirehub_client::Error> {
//! let client = Client::builder("wss://hub.example/ws").token("eyJ…").connect().await?;
//! let mut room = client.subscribe::<Said>("rooms/lobby").await?;
//! client.publish("rooms/lobby", &Said { text: "hello".to_owned() }).event("said").await?;
//! while let Some(message) = room.message().await {
//!     println!("{}", message.data.text);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What it does by itself
//!
//! - **Comes back** with growing random delays, obeys `Retry-After`, and spreads out when a server
//!   sends everybody away, so that a thousand clients are no storm.
//! - **Misses nothing without a word**: the session is resumed, and what was published meanwhile
//!   comes in order. Where that is not possible, [`Update::Missed`] says so.
//! - **Moves without a gap**: when a hub is about to go, the new connection is there before the old
//!   one is left.
//! - **Notices a dead server** within the time that the server advertises.
//! - **Keeps credentials fresh**: the [token provider](ClientBuilder::token_provider) is asked
//!   before a token expires, and once more when one is refused.
//! - **Goes elsewhere**: to the next of several [endpoints](ClientBuilder::endpoint), or over plain
//!   HTTP where no WebSocket gets through. Server-sent events are for browsers; here the plain HTTP
//!   stream does the same.
//!
//! [`Client::state`] shows what it is doing, and why.
//!
//! # What is bounded
//!
//! Each subscription has a [buffer](ClientBuilder) of 1,024 updates, unless
//! [told otherwise](SubscribeRequest::buffer): a reader that is too slow loses the oldest, is told
//! how many, and stops nobody else. At most 1,000 requests wait for a connection, the next is
//! refused with `queue_full`. Dropping a request's future cancels it; each has a timeout.
//!
//! # What it is not
//!
//! It keeps nothing on disk: what waits when the process ends is lost. It runs on tokio, as one
//! task for each client; the session inside is a state machine without sockets and clock, which
//! replays the same transcripts as the TypeScript client.
//!
//! Read first: [`Client`], [`ClientBuilder`], [`Subscription`], [`Error`].

mod ask;
mod builder;
mod client;
mod codec;
mod command;
mod driver;
mod error;
mod events;
mod history;
mod inbox;
mod message;
mod options;
mod payload;
mod presence;
mod random;
mod reply;
mod requests;
mod session;
mod shared;
mod status;
mod subscription;
mod token;
mod transport;
mod update;

pub use builder::{ClientBuilder, Format, Transport};
pub use client::Client;
pub use error::Error;
pub use events::{Event, Events};
pub use history::{History, Position, Published};
pub use message::{Address, Message, Publisher};
pub use payload::{FromPayload, Payload};
pub use presence::{Member, Presence};
pub use requests::{
    CallRequest, HistoryRequest, PresenceRequest, PublishRequest, SendRequest, SetStateRequest,
};
pub use session::{Cause, State};
pub use status::Status;
pub use subscription::{SubscribeRequest, Subscription};
pub use token::TokenReason;
pub use update::{Missed, Subscribed, Update};
