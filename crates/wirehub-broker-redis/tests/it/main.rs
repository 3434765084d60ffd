//! The broker at its boundary, on real servers: the suites of every broker, servers that are killed
//! and come back, and keys that hold what is not ours.

#![expect(
    clippy::unwrap_used,
    reason = "a scenario that cannot be set up has failed"
)]

mod certificates;
mod clusters_are_one_server;
mod foreign_keys_are_told;
mod killed_servers_lose_nothing;
mod redis_cluster;
mod redis_keeps_the_promises;
mod redis_sentinels;
mod redis_server;
mod refusals_say_what_to_do;
mod scene;
mod sentinels_are_followed;
