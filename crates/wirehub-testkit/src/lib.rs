//! A simulator of the hub: shards, clients and the network between them, from one seed.
//!
//! [`simulate`] plays one scenario. Its seed decides everything: how many shards and clients there
//! are, which features they use, what each client does, how long bytes and relays take, which links
//! are cut and who learns it, and when the node crashes. Time is a number that jumps from one thing
//! that happens to the next, so minutes of a hub's life pass in a millisecond, and the same seed is
//! the same life in every run.
//!
//! The code under test is the real shard. Around it stand a runtime that carries its relays and
//! writes its bytes, sockets with bounded room, and clients that do what the documents say: they
//! subscribe, publish, answer heartbeats, notice silence, connect again with growing delays, and
//! name the position that they have. A judge, which sees only what clients say and hear, keeps the
//! naive truth about it and names the first [`Promise`] that is broken.
//!
//! It is *not* part of the product, and it checks no wire format: frames carry the number of an
//! event in place of its words. Those are the subject of the transcripts and fuzz targets of
//! `wirehub-protocol`.
//!
//! A [`Mutant`] is a bug planted on purpose. That each is found is a test of the simulator, without
//! which a run with no finding would mean nothing.
//!
//! Read first: [`simulate`], [`Finding`], [`Promise`]; then `world.rs` and `judge.rs`.
//!
//! ```
//! use wirehub_testkit::{Mutant, Promise, simulate};
//!
//! assert!(simulate(1, None).is_ok());
//!
//! let mut findings = (0..200).filter_map(|seed| {
//!     simulate(seed, Some(Mutant::DoubledDelivery)).err()
//! });
//! assert_eq!(findings.next().map(|finding| finding.promise), Some(Promise::Order));
//! ```

mod agenda;
mod client;
mod dice;
mod feature;
mod finding;
mod ground;
mod judge;
mod knobs;
mod letter;
mod link;
mod mutant;
mod node;
mod promise;
mod record;
mod simulation;
mod store;
mod trace;
mod words;
mod world;

pub use finding::Finding;
pub use mutant::Mutant;
pub use promise::Promise;
pub use simulation::{Summary, simulate, simulate_in_detail};
