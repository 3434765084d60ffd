//! The suite of promises that every broker keeps.
//!
//! Each public function of the modules below is one promise. It takes a [`Subject`]: a broker that
//! nobody has used yet. The macros [`conformance_suite!`](crate::conformance_suite) and
//! [`durability_suite!`](crate::durability_suite) make a test of each one, and
//! [`conformance_in_turn!`](crate::conformance_in_turn) tries them in one test:
//!
//! ```ignore
//! wirehub_broker::conformance_suite!(|| MySubject::fresh());
//! ```
//!
//! Nothing here sleeps: cases wait for deliveries, and time is turned by the subject.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a case that cannot be played has failed"
)]

mod inbox;
mod remote;
mod scene;
mod subject;

pub mod control;
pub mod durability;
pub mod idempotency;
pub mod interest;
pub mod lifecycle;
pub mod order;
pub mod pages;
pub mod presence;
pub mod retention;
pub mod values;

pub use inbox::Inbox;
pub use remote::{Remote, come_back};
pub use scene::{KEEP, about, append_at, attach, member, once, text, topic};
pub use subject::{Ending, Subject};

/// Makes a test of each promise that every broker keeps.
///
/// The argument makes a fresh [`Subject`](crate::conformance::Subject). The dependencies of the
/// crate's tests have `tokio` with `macros` and `rt-multi-thread`.
#[macro_export]
macro_rules! conformance_suite {
    ($fresh:expr) => {
        $crate::conformance_promises! { conformance_tests, $fresh }
    };
}

/// Makes one future that keeps each promise of every broker after the other, for subjects whose
/// servers take long to start. The argument makes a fresh [`Subject`](crate::conformance::Subject)
/// on servers that are there; each promise is named on standard output before it is tried.
#[macro_export]
macro_rules! conformance_in_turn {
    ($fresh:expr) => {
        $crate::conformance_promises! { conformance_turns, $fresh }
    };
}

/// Names the promises that every broker keeps.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_promises {
    ($then:ident, $fresh:expr) => {
        $crate::$then! { $fresh;
            order: offsets_begin_at_one_and_have_no_gap,
            order: calls_of_one_node_keep_their_order,
            order: every_node_sees_the_same_order,
            order: answers_stand_in_the_order_of_the_batch,
            retention: history_keeps_the_newest,
            retention: history_ages,
            retention: history_is_bounded_in_bytes,
            retention: nothing_is_kept_when_nothing_is_asked_for,
            retention: extreme_times_to_live_are_fine,
            retention: what_is_forgotten_is_gone,
            pages: pages_go_both_ways,
            pages: positions_that_do_not_fit_say_why,
            values: the_last_publication_is_retained,
            values: the_last_of_each_key_is_kept,
            values: keys_are_bounded,
            values: values_age,
            idempotency: a_name_publishes_once,
            idempotency: names_of_other_scopes_and_topics_are_others,
            idempotency: concurrent_duplicates_publish_once,
            idempotency: names_are_forgotten_in_time,
            interest: opening_loses_and_doubles_nothing,
            interest: a_topic_may_be_opened_again,
            interest: filters_reach_topics_that_nobody_opened,
            interest: a_publication_is_pushed_once,
            interest: closing_stops_deliveries,
            interest: a_slow_sink_loses_nothing,
            presence: members_come_change_and_go,
            presence: edges_are_those_of_all_nodes,
            presence: members_are_listed_in_pages,
            presence: a_lost_lease_takes_the_members_along,
            presence: a_renewed_lease_lasts,
            presence: a_node_that_detaches_takes_its_members_along,
            control: nodes_tell_each_other_in_order,
            control: all_others_are_told,
            control: questions_are_answered,
            control: questions_end_in_time,
            control: unknown_nodes_are_named,
            lifecycle: a_name_is_given_once,
            lifecycle: nodes_hear_of_each_other,
            lifecycle: nothing_comes_after_detaching,
            lifecycle: a_broker_that_was_shut_down_says_so,
        }
    };
}

/// Makes a test of each promise that a broker keeps which outlives its process.
#[macro_export]
macro_rules! durability_suite {
    ($fresh:expr) => {
        $crate::conformance_tests! { $fresh;
            durability: everything_answered_is_there_after_a_crash,
            durability: everything_is_there_after_an_orderly_end,
            durability: offsets_go_on_after_the_history_has_aged,
            durability: names_are_known_after_a_crash,
            durability: values_are_there_after_a_crash,
            durability: what_is_forgotten_does_not_come_back,
        }
    };
}

/// Makes a test of each case that is named.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_tests {
    ($fresh:expr; $($module:ident: $case:ident,)*) => {
        $(
            #[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let subject = ($fresh)();
                $crate::conformance::$module::$case(&subject).await;
            }
        )*
    };
}

/// Tries each case that is named, one after the other.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_turns {
    ($fresh:expr; $($module:ident: $case:ident,)*) => {
        async {
            $(
                println!("{}: {}", stringify!($module), stringify!($case));
                let subject = ($fresh)();
                ::std::boxed::Box::pin($crate::conformance::$module::$case(&subject)).await;
            )*
        }
    };
}
