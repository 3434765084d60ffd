//! Systems without io_uring.

use std::convert::Infallible;
use std::io;

use crate::{Parcel, Sent};

/// A ring that cannot be had on this system.
#[derive(Debug)]
pub struct SendRing(Infallible);

impl SendRing {
    /// Fails.
    ///
    /// # Errors
    ///
    /// `Unsupported`, always.
    pub fn new(_parcels: u32) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Cannot be called.
    ///
    /// # Errors
    ///
    /// None: there is no ring.
    pub fn send<'a>(
        &mut self,
        _parcels: impl IntoIterator<Item = Parcel<'a>>,
        _sent: &mut Vec<Sent>,
    ) -> io::Result<()> {
        match self.0 {}
    }
}
