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
mod decimal;
mod error_code;
mod event;
mod filter;
mod grant;
mod history;
mod key;
mod limits;
mod message;
mod moment;
mod namespace;
mod position;
mod presence;
mod principal;
mod proof;
mod publication;
mod secret;
mod session;
mod stream_name;
mod tags;
mod tags_filter;
mod topic;
mod trace;
mod user;

pub use capabilities::{Capabilities, Operation};
pub use close::{CloseCause, CloseReason, Reconnect};
pub use command::{Address, Command, Pace, Publish, Subscribe};
pub use connection_id::{ConnectionId, ConnectionIdError};
pub use error_code::{ErrorCode, Refusal};
pub use event::{
    Audience, Batch, BatchEntry, Direct, DirectId, Event, Heartbeat, Published, ReconnectAdvice,
    Reply, SessionOffer, Subscribed, Welcome,
};
pub use filter::TopicFilter;
pub use grant::Grant;
pub use history::{Gap, History, HistoryPage, HistoryQuery, Recovery};
pub use key::{Key, KeyError};
pub use limits::Limits;
pub use message::{EventName, Message, Payload};
pub use moment::Moment;
pub use namespace::{Access, Asked, HistoryRules, Namespace, Namespaces, Overflow, Window};
pub use position::{Epoch, Offset, Position, PositionError};
pub use presence::{Member, Occupancy, PresenceChange, PresenceKind, PresencePage, PresenceQuery};
pub use principal::Principal;
pub use publication::{Publication, Publisher};
pub use secret::Secret;
pub use session::{Resume, SessionToken, SessionTokenError};
pub use stream_name::{StreamName, StreamNameError};
pub use tags::{Tags, TagsError};
pub use tags_filter::{TagTest, TagsFilter};
pub use topic::{Topic, TopicError};
pub use trace::TraceContext;
pub use user::{UserId, UserIdError};
