//! Client.

mod error;
mod random;
mod transport;

pub use error::Error;
