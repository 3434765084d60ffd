//! A sink and a log against the mock cluster that is part of librdkafka: servers of Kafka's
//! protocol on sockets, in this process.

#![expect(
    clippy::unwrap_used,
    reason = "a scene that cannot be set up has failed"
)]

mod a_hub_in_between;
mod records_come_in;
mod scene;
mod topics_are_told;
