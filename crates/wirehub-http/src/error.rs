//! Why the admin listener does not run.

use std::{io, net::SocketAddr};

/// Why the admin listener does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// The address could not be listened on.
    #[error("failed to listen on {address} for the admin side: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        #[source]
        error: io::Error,
    },
}
