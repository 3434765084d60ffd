//! A broker for hubs on many machines that meet on NATS with JetStream.
//!
//! [`NatsBroker`] keeps what is published to a topic on one subject of a stream. Each message says
//! how the topic stands with it, and the server only stores it behind the message that its writer
//! knew to be the last: of several nodes that publish at once one wins, and the others look again.
//! Names and values stand in the log first, and then on subjects of their own. The stream says
//! every message anew once it is stored, and a node hears the topics that it opened and no others.
//!
//! Who is on a topic is kept in the same way, in a stream of its own. Members last as long as the
//! lease of their node; whichever node finds a lease over takes its members out.
//!
//! After a connection was lost, what was missed meanwhile is read from the stream before anything
//! live goes on; what is not there any more is told as forgotten. See [`NatsSettings`] for what is
//! bounded.
//!
//! This crate is *not* a general NATS client: it speaks as much of the protocol as a broker needs,
//! because it has to stop reading when a node is slow, which clients do not. It knows neither
//! connections of clients nor their wire formats.

mod address;
mod broker;
mod connect_error;
mod connection;
mod connector;

mod crowd_draft;
mod crowd_job;
mod crowd_log;
#[doc(hidden)]
pub mod crowd_page;
mod desks;
mod ear;
mod failure;
mod hearing;
mod host;
mod interest;
mod jetstream;
#[doc(hidden)]
pub mod kept;
mod link;
mod listening;
#[doc(hidden)]
pub mod log_page;
#[doc(hidden)]
pub mod node_row;
mod nodes;
mod put;
mod requests;
mod server;
mod server_clock;
mod settings;
mod stored_message;
mod streams;
mod subjects;
mod timestamp;
mod topic_job;
mod topic_log;
mod topic_reading;
mod topic_settling;
mod topic_standing;
mod topic_writing;
mod user_key;
#[doc(hidden)]
pub mod wire;

pub use broker::NatsBroker;
pub use connect_error::ConnectError;
pub use settings::NatsSettings;
