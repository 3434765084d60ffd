//! What the fuzz targets run. The judges live with the crates they judge, where the property
//! tests run the same bodies on a stable compiler.

/// Chance, from which the words come that fill what a load publishes.
#[path = "../../crates/wirehub-load/src/dice.rs"]
#[allow(dead_code, reason = "little is left to chance here")]
mod dice;

pub mod auth;
pub mod client;
pub mod cluster;
pub mod intake;
pub mod kafka;
pub mod load;
pub mod nats;
pub mod protocol;
pub mod shard;
pub mod store;
pub mod transport;
pub mod websocket;
