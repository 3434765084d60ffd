//! The program while everything around it fails: it is killed, its clients are cut off, its disk
//! is full.
//!
//! The clients here keep to the rules of `docs/protocol.md` and of nothing else, and a naive model
//! holds what they were promised against what the hub remembers afterwards. Each test prints its
//! seed; `WIREHUB_TEST_SEED` repeats one, as far as the machine's timing allows.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "a run says its seed and what it did")]

mod backoff;
mod crew;
mod cuts;
mod dice;
mod full_disk;
mod kills;
mod ledger;
mod process;
mod proxy;
mod publisher;
mod scene;
mod socket;
mod subscriber;
