//! The broker at its boundary, on real servers: the suites of every broker, servers that are killed
//! and come back, and keys that hold what is not ours.

#![expect(
    clippy::unwrap_used,
    reason = "a scenario that cannot be set up has failed"
)]

mod redis_keeps_the_promises;
mod redis_server;
mod scene;
