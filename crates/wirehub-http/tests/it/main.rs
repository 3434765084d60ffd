//! The admin listener as its clients see it: a real hub, real sockets.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod bodies_are_bounded_and_named;
mod centrifugos_api_does_its_work;
mod centrifugos_api_says_what_is_wrong;
mod events;
mod health_tells_who_is_well;
mod http;
mod keys_have_scopes;
mod keys_open_the_api;
mod many_things_can_be_done_at_once;
mod messages_reach_clients;
mod metrics_can_be_scraped;
mod paths_and_methods_are_named;
mod profiles_are_taken;
mod publications_can_be_traced;
mod pusher;
mod pusher_servers_speak;
mod subscriber;
mod subscriptions_can_be_made_and_ended;
mod the_api_is_described;
mod the_console_is_served;
mod the_listener_outlives_bad_clients;
mod topics_can_be_asked;
mod what_happens_can_be_watched;
mod world;
