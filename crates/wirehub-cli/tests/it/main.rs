//! The program as its users see it: files and variables in, text, exit codes and sockets out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod api_keys;
mod asking;
mod cluster;
#[cfg(feature = "kafka")]
mod cluster_on_kafka;
mod cluster_on_nats;
mod documents;
mod drains;
mod events;
mod imports;
mod keys_from_afar;
mod load;
mod load_agents;
mod load_screen;
mod nodes;
mod program;
mod pusher_settings;
mod remembering;
mod screen;
mod serving;
mod settings;
mod tokens;
mod top;
