//! A broker for hubs on many machines that meet on Redis: a server, a cluster, or the server that
//! sentinels name.
//!
//! [`RedisBroker`] keeps what topics remember in streams and hashes, one script for each
//! publication, so that its offset, its place in the history and its values are one step. Live
//! publications go through sharded pub/sub: a node hears the topics that it opened and no others.
//! Members last as long as the lease of their node; whichever node finds a lease over takes its
//! members out.
//!
//! After a connection was lost, or a slot has moved, what was missed meanwhile is read from the
//! history before anything live goes on; what was not kept is told as forgotten.
//!
//! Every key of a topic, and its channel, has the topic's name in braces, so that a script only
//! ever touches one slot of a cluster. See [`RedisSettings`] for what is bounded, and
//! [`RedisSettings::durable`] for what is promised when a server crashes.
//!
//! This crate is *not* a Redis client, and knows neither connections of clients nor wire formats.

mod about;
mod address;
mod appends;
mod broker;
mod catch_up;
mod command;
mod connect_error;
mod connector;
mod crowd_calls;
mod dispatcher;
mod ear;
mod failure;
mod group;
mod hearing;
mod host;
mod interests;
mod jobs;
mod keys;
mod lane;
mod layout;
mod line;
mod lines;
mod link;
mod listening;
mod news;
mod node_calls;
mod overheard;
mod queues;
mod reply;
mod scripts;
mod sentinels;
mod server;
mod settings;
mod slot;
mod slot_map;
mod slot_table;
mod surveyor;
mod topic_calls;
mod verdict;
mod wire;

pub use broker::RedisBroker;
pub use connect_error::ConnectError;
pub use settings::RedisSettings;
