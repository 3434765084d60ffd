//! A broker for one process that keeps what topics remember in a redb file.
//!
//! [`RedbBroker`] is a [`LocalBroker`](wirehub_broker::LocalBroker) over one file. One thread
//! writes: whatever waits is made safe together, with one sync of the disk, and then pushed and
//! answered. History, values and the names of publications that the history holds survive
//! `kill -9` and a loss of power.
//!
//! When the disk fails or is full, publications go on being delivered, under a new epoch, and their
//! publishers are told that they are not stored; `check` says what failed, and the file is tried
//! again every second.
//!
//! A topic that remembers nothing is never written: its place and its names last as long as the
//! process.
//!
//! This crate is *not* a broker between processes: a file belongs to one of them.

mod broker;
pub mod codec;
mod disk;
mod open_error;
mod settings;
mod store;
mod tables;

pub use broker::RedbBroker;
pub use disk::{Disk, FileDisk};
pub use open_error::OpenError;
pub use settings::RedbSettings;
