//! Sinks against the servers themselves, each test with one of its own.

#![expect(
    clippy::unwrap_used,
    reason = "a scene that cannot be set up has failed"
)]

mod certificate;
mod nats_is_told;
mod redis_is_told;
mod scene;
mod server;
