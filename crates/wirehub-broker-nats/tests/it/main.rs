//! The broker at its boundary, on real servers: the suites of every broker, servers that are killed
//! and come back, users that may do less than a hub needs, and streams that hold what is not ours.

#![expect(
    clippy::unwrap_used,
    reason = "a scenario that cannot be set up has failed"
)]

mod any_bytes_are_a_value_or_an_error;
mod clusters_are_one_server;
mod decentralized;
mod foreign_messages_are_told;
mod judges;
mod killed_servers_lose_nothing;
mod nats_keeps_the_promises;
mod nats_server;
mod proxy;
mod refusals_say_what_to_do;
mod scene;
mod stranger;
