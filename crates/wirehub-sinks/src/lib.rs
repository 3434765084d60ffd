//! What happens in a hub, told to Redis and NATS.
//!
//! [`RedisSink`] brings occurrences to a channel or a stream, [`NatsSink`] to a subject that a
//! stream of JetStream may keep. Both are [`EventSink`](wirehub_events::EventSink)s: the queue
//! before them, the attempts and the dead letters are those of an outlet.
//!
//! What a server keeps before it answers (a stream of Redis or of JetStream) gets every occurrence
//! at least once, and each has an id by which doubles are known. A channel of Redis and a plain
//! subject have whoever listens at that moment, and nobody else.
//!
//! This crate is *not* a broker: hubs do not meet here. That is `wirehub-broker-redis`.

mod nats_fault;
mod nats_settings;
mod nats_sink;
mod redis_fault;
mod redis_settings;
mod redis_sink;
mod wrong_setting;

pub use nats_settings::NatsSinkSettings;
pub use nats_sink::NatsSink;
pub use redis_settings::{RedisSinkSettings, RedisTarget};
pub use redis_sink::RedisSink;
pub use wrong_setting::WrongSetting;
