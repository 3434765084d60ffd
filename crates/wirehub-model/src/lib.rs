//! The nouns of Wirehub: what a client may ask ([`Command`]), what it may be told ([`Event`]), and
//! the values both are made of.
//!
//! This crate is the vocabulary that dialects and the shard share, so that neither has to know the
//! other: a dialect turns bytes into commands and events into bytes, the shard turns commands into
//! events. It is *not* a wire format (no serde here), it does no IO, and it reads no clock: a point
//! in time is a [`Moment`] that somebody else measured.
//!
//! Read first: [`Command`], [`Event`], [`Topic`].
//!
//! ```
//! use wirehub_model::{Topic, TopicFilter};
//!
//! let topic = Topic::parse("orders/42/status")?;
//! let filter = TopicFilter::parse("orders/+/status")?;
//! assert!(filter.matches(&topic));
//! # Ok::<(), wirehub_model::TopicError>(())
//! ```

mod base32;
mod capabilities;
mod close;
mod command;
mod connection_id;
mod error_code;
mod event;
mod filter;
mod limits;
mod message;
mod moment;
mod namespace;
mod position;
mod principal;
mod publication;
mod secret;
mod topic;
mod user;

pub use capabilities::{Capabilities, Operation};
pub use close::{CloseCause, CloseReason, Reconnect};
pub use command::{Address, Command, Subscribe};
pub use connection_id::{ConnectionId, ConnectionIdError};
pub use error_code::{ErrorCode, Refusal};
pub use event::{Audience, Direct, Event, Heartbeat, ReconnectAdvice, Reply, Welcome};
pub use filter::TopicFilter;
pub use limits::Limits;
pub use message::{EventName, Message, Payload};
pub use moment::Moment;
pub use namespace::{Access, Namespace, Namespaces, Overflow};
pub use position::{Epoch, Offset, Position, PositionError};
pub use principal::Principal;
pub use publication::{Publication, Publisher};
pub use secret::Secret;
pub use topic::{Topic, TopicError};
pub use user::{UserId, UserIdError};
