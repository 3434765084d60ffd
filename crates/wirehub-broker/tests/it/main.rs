//! The memory broker at its boundary: the suite of every broker, and its own bounds.

#![expect(
    clippy::unwrap_used,
    reason = "a scenario that cannot be set up has failed"
)]

mod scene;

mod limits_are_answers;
mod memory_keeps_the_promises;
mod unused_things_go;
