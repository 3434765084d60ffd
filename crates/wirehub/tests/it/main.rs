//! The hub at its boundary: real sockets, one file for each thing it promises.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod any_token_is_judged;
mod any_word_is_judged;
mod calls_are_answered_by_handlers;
mod client;
mod down;
mod draining_sends_clients_away;
mod foreign_clients_come_in_where_they_may;
mod foreign_clients_hear_streams;
mod hearer;
mod hostile_clients_harm_nobody;
mod hubs_are_one_cluster;
mod hubs_share_a_broker;
mod judges;
mod listener;
mod messages_reach_whom_they_are_for;
mod only_the_right_clients_get_in;
mod routes_hand_their_sockets_over;
mod sessions_and_history_at_the_socket;
mod some_clients_only_hear;
mod storms_raise_no_alarm;
mod streams_are_strict;
mod streams_stand_in_for_websockets;
mod the_application_acts_for_clients;
mod turns_leave_in_one_system_call;
mod what_happens_is_told;
mod world;
