//! What an error of the kernel means for a connection.

use std::io;

use rustix::io::Errno;

use crate::outcome::{CloseKind, FailureCause};

/// What to call it before the connection was open, and what after.
pub(super) fn of(error: &io::Error) -> (FailureCause, CloseKind) {
    let errno = error.raw_os_error().map(Errno::from_raw_os_error);
    let failed = match errno {
        Some(Errno::CONNREFUSED) => FailureCause::Refused,
        Some(Errno::NETUNREACH | Errno::HOSTUNREACH | Errno::NETDOWN | Errno::HOSTDOWN) => {
            FailureCause::Unreachable
        }
        Some(Errno::CONNRESET | Errno::PIPE | Errno::CONNABORTED) => FailureCause::Reset,
        Some(Errno::TIMEDOUT) => FailureCause::TimedOut,
        Some(Errno::ADDRNOTAVAIL | Errno::ADDRINUSE) => FailureCause::NoPorts,
        Some(Errno::MFILE | Errno::NFILE) => FailureCause::NoDescriptors,
        _ => FailureCause::Other,
    };
    let closed = match failed {
        FailureCause::Reset => CloseKind::ServerReset,
        FailureCause::TimedOut => CloseKind::Silent,
        _ => CloseKind::Other,
    };
    (failed, closed)
}
