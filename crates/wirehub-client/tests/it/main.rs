//! The client at its boundary: real hubs, real sockets, and networks that fail.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod applications_talk;
mod clients_come_back;
mod clients_move_between_hubs;
mod clients_share_a_connection;
mod credentials_are_asked_for;
mod hostile_servers_are_survived;
mod proxy;
mod server;
mod transports_are_tried_in_order;
mod world;
