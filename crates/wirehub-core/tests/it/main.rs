//! The shard at its boundary: scenarios by what they show, and random histories at the end.

#![expect(
    clippy::unwrap_used,
    reason = "a scenario that cannot be set up has failed"
)]

mod broker;
mod cluster;
mod history;
mod text;
mod transcript;
mod words;

mod a_drain_sends_everybody_away;
mod brokers_give_the_order;
mod calls_wait_for_the_application;
mod clients_are_told_to_spread;
mod clients_connect_in_every_way;
mod commands_get_their_answers;
mod connections_end_with_a_goodbye;
mod credentials_are_refreshed_or_expire;
mod deltas_say_what_changed;
mod direct_messages_find_their_addressees;
mod gaps_are_told;
mod history_recovers_what_was_missed;
mod limits_are_answers;
mod permissions_decide_who_may_what;
mod presence_goes_on_with_a_session;
mod presence_is_bounded;
mod presence_is_seen;
mod presence_survives_the_unexpected;
mod proofs_let_clients_speak;
mod proofs_open_one_topic;
mod publications_arrive_once_and_in_order;
mod random_histories_keep_the_promises;
mod sessions_go_on_elsewhere;
mod sessions_move_between_nodes;
mod silent_clients_are_found;
mod slow_readers_hurt_nobody_else;
mod stats_add_up;
mod subscribers_choose_by_tags;
mod subscribers_set_their_pace;
mod subscriptions_wait_for_their_home;
mod the_application_acts_for_clients;
mod topics_can_be_listed;
mod watchers_of_the_hub_learn_what_happens;
mod watchlists_tell_who_is_online;
mod welcomes_tell_of_subscriptions;
mod what_waits_is_not_missed;
mod windows_gather_what_is_published;
