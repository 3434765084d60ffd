//! One established socket.

use std::io::{self, IoSlice, Read as _, Write as _};
use std::net::Shutdown;

use mio::net::TcpStream;
use wirehub_websocket::Decoder;

use super::Written;
use super::session::Session;
use crate::admission::Ticket;
use crate::socket::Socket;

/// Slices that writev(2) takes at once on every system we run on.
pub(super) const SLICES_MAX: usize = 1_024;

/// What the table holds for a socket. A plain idle one has nothing else anywhere.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) stream: TcpStream,
    pub(super) flags: Flags,
    pub(super) decoder: Decoder,
    pub(super) session: Option<Box<Session>>,
    /// Held for its drop, which gives the connection's place back.
    _ticket: Option<Ticket>,
}

/// Facts about a socket, one bit each.
#[derive(Clone, Copy, Debug)]
pub(super) enum Flag {
    /// The last write was blocked.
    Blocked = 1,
    /// The peer's FIN or an error has been seen, so reading goes on until it is reached.
    ReadClosed = 2,
    /// The socket is in the list of those to report again.
    Again = 4,
    /// Bytes from behind the handshake are waiting.
    Leftover = 8,
    /// The answer to the handshake has not been written, or not all of it.
    Answer = 16,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags(u8);

/// What reading a socket gave.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Filled {
    pub(super) bytes: usize,
    pub(super) more: bool,
    pub(super) end: bool,
}

impl Flags {
    pub(super) fn has(self, flag: Flag) -> bool {
        self.0 & flag as u8 != 0
    }

    pub(super) fn set(&mut self, flag: Flag) {
        self.0 |= flag as u8;
    }

    pub(super) fn clear(&mut self, flag: Flag) {
        self.0 &= !(flag as u8);
    }

    /// Clears the flag, and says whether it was set.
    pub(super) fn take(&mut self, flag: Flag) -> bool {
        let had = self.has(flag);
        self.clear(flag);
        had
    }
}

impl Entry {
    pub(super) fn new(socket: Socket, decoder: Decoder, ticket: Option<Ticket>) -> Self {
        let session = socket.session;
        Self {
            stream: TcpStream::from_std(socket.stream),
            flags: Flags::default(),
            decoder,
            session: session.map(|session| Box::new(Session::new(*session))),
            _ticket: ticket,
        }
    }

    /// Whether what is written goes to the socket as it is, with nothing before it.
    pub(super) fn is_plain(&self) -> bool {
        self.session.is_none() && !self.flags.has(Flag::Answer)
    }

    /// Keeps in mind how a write went.
    pub(super) fn note(&mut self, written: Written) {
        if written.blocked {
            self.flags.set(Flag::Blocked);
        }
    }

    /// Reads once into `scratch`.
    pub(super) fn fill(&mut self, scratch: &mut [u8]) -> io::Result<Filled> {
        if let Some(session) = &mut self.session {
            let filled = session.fill(&self.stream, scratch)?;
            if session.is_blocked() {
                self.flags.set(Flag::Blocked);
            }
            return Ok(filled);
        }
        match read(&self.stream, scratch)? {
            None => Ok(Filled::default()),
            Some(0) => Ok(Filled {
                end: true,
                ..Filled::default()
            }),
            // A short read has emptied the socket, and the kernel tells when more comes. Only an
            // end that was told already is not told again, so it is read up to.
            Some(bytes) => Ok(Filled {
                bytes,
                more: bytes == scratch.len() || self.flags.has(Flag::ReadClosed),
                end: false,
            }),
        }
    }

    pub(super) fn write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<Written> {
        if let Some(session) = &mut self.session {
            return session.write(&self.stream, slices);
        }
        match slices {
            [] => Ok(Written {
                bytes: 0,
                blocked: false,
            }),
            [slice] => {
                let bytes = write(&self.stream, slice)?;
                Ok(Written {
                    bytes,
                    blocked: bytes < slice.len(),
                })
            }
            slices => self.write_vectored(slices),
        }
    }

    /// Ends the sending direction; says whether TLS has bytes left that were blocked.
    pub(super) fn shutdown(&mut self) -> io::Result<bool> {
        match &mut self.session {
            Some(session) => session.shutdown(&self.stream),
            None => {
                end_sending(&self.stream)?;
                Ok(false)
            }
        }
    }

    fn write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<Written> {
        let mut bytes = 0;
        for chunk in slices.chunks(SLICES_MAX) {
            let offered: usize = chunk.iter().map(|slice| slice.len()).sum();
            let taken = retry(|| (&self.stream).write_vectored(chunk))?.unwrap_or_default();
            bytes += taken;
            // The kernel takes less than it is offered only when its buffer is full.
            if taken < offered {
                return Ok(Written {
                    bytes,
                    blocked: true,
                });
            }
        }
        Ok(Written {
            bytes,
            blocked: false,
        })
    }
}

/// Reads once; `None` when there is nothing.
fn read(mut stream: &TcpStream, scratch: &mut [u8]) -> io::Result<Option<usize>> {
    retry(|| stream.read(scratch))
}

/// Writes once; 0 when the socket takes nothing.
fn write(mut stream: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    Ok(retry(|| stream.write(bytes))?.unwrap_or_default())
}

/// Calls again after a signal; `None` when the call would block.
pub(super) fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<Option<T>> {
    loop {
        match call() {
            Ok(value) => return Ok(Some(value)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Sends FIN. A socket that the peer has reset has nothing to end.
pub(super) fn end_sending(stream: &TcpStream) -> io::Result<()> {
    match stream.shutdown(Shutdown::Write) {
        Err(error) if error.kind() != io::ErrorKind::NotConnected => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_socket_is_small() {
        // The descriptor, sixteen bytes of decoder, sixteen of ticket, a pointer for TLS.
        let bytes = size_of::<Option<Entry>>();
        // Debug builds of the poll library remember the poll in every socket.
        let limit = if cfg!(debug_assertions) { 72 } else { 48 };
        assert!(bytes <= limit, "{bytes}");
    }
}
