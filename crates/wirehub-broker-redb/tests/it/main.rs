//! The store at its boundary: the suites of every broker, disks that fail, and files that do not
//! open.

#![expect(
    clippy::unwrap_used,
    reason = "a scenario that cannot be set up has failed"
)]

mod judges;
mod runs_are_cut_where_history_begins;
mod scene;
mod virtual_disk;

mod a_loss_of_power_loses_nothing_answered;
mod any_bytes_are_a_value_or_an_error;
mod files_that_do_not_open_say_why;
mod redb_keeps_the_promises;
mod relaxed_answers_come_first;
mod stored_topics_age_and_make_room;
mod topics_that_remember_nothing_do_not_wait;
mod what_cannot_be_stored_is_delivered;
