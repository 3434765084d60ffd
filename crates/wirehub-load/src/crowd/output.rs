//! What a crowd wants done.

use crate::outcome::Row;

/// Something to be done at a socket.
#[derive(Debug, PartialEq)]
pub(crate) enum Output {
    /// Connect to a node, by its number among those of the run.
    Connect { link: u32, node: u32 },
    /// Write.
    Write { link: u32, bytes: Vec<u8> },
    /// End the connection, with a reset or in order. Nothing is heard of it any more.
    Close { link: u32, reset: bool },
    /// Leave the socket as it is, open and silent, to the end of the run.
    Abandon { link: u32 },
    /// Read nothing until told otherwise.
    Pause { link: u32 },
    /// Read so many bytes and no more.
    Sip { link: u32, bytes: u32 },
    /// Read again.
    Resume { link: u32 },
    /// A second of the run is over.
    Second { second: u32, row: Box<Row> },
    /// There is nothing more to do.
    Done,
}
