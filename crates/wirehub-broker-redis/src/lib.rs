//! A broker for hubs on many machines that meet on a Redis server.
//!
//! [`RedisBroker`] keeps what topics remember in streams and hashes, one script for each
//! publication, so that its offset, its place in the history and its values are one step. Live
//! publications go through pub/sub: a node hears the topics that it opened and no others. Members
//! last as long as the lease of their node; whichever node finds a lease over takes its members
//! out.
//!
//! After a connection was lost, what was missed meanwhile is read from the history before anything
//! live goes on; what was not kept is told as forgotten.
//!
//! Every key of a topic has the topic's name in braces, so that a script only ever touches one slot
//! of a cluster. See [`RedisSettings`] for what is bounded, and [`RedisSettings::durable`] for what
//! is promised when the server crashes.
//!
//! This crate is *not* a Redis client, and knows neither connections of clients nor wire formats.

mod appends;
mod broker;
mod command;
mod connect_error;
mod connector;
mod crowd_calls;
mod ear;
mod failure;
mod group;
mod hearing;
mod keys;
mod lane;
mod link;
mod news;
mod node_calls;
mod reply;
mod scripts;
mod seat;
mod server;
mod settings;
mod topic_calls;

pub use broker::RedisBroker;
pub use connect_error::ConnectError;
pub use settings::RedisSettings;
