//! The broker at its boundary. The suites of every broker, and faults, on the mock cluster that is
//! part of librdkafka: it speaks Kafka's protocol on sockets in the test's process, keeps what it
//! was told in memory, takes the times of whoever writes, and makes and deletes no topics. Those of
//! brokers that outlive their process on Tansu too, a server in a process of its own.

#![expect(
    clippy::unwrap_used,
    reason = "a scenario that cannot be set up has failed"
)]

mod any_bytes_are_a_word_or_an_error;
mod checkpoints_stand_for_what_was_before;
mod cluster;
mod cuts_lose_nothing;
mod foreign_records_are_passed_over;
mod judges;
mod kafka_keeps_the_promises;
mod processes_agree;
mod refusals_say_what_to_do;
mod scene;
mod tansu;
