//! The transport at its boundary: real sockets on ports that the kernel chose.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers as well"
)]

mod judges;
mod server;

mod answers_leave_with_the_first_message;
mod any_bytes_are_judged;
mod connections_are_admitted;
mod handshakes_are_strict;
mod listeners_share_an_address;
mod many_are_written_at_once;
mod proxies_name_the_client;
mod sockets_are_served;
mod sockets_are_taken_over;
mod streams_are_opened;
mod tls_is_replaced;
