//! Sockets around a crowd: one thread, one poll.

mod alarm;
mod cause;
mod link;
mod trust;
mod worker;

pub use trust::{Trust, TrustError};
pub(crate) use worker::{Dialing, Door, Worker};
