//! TLS on an established socket: rustls without IO of its own, driven by the table.

use std::io::{self, IoSlice, Read as _, Write as _};

use mio::net::TcpStream;
use rustls::ServerConnection;

use super::Written;
use super::entry::{Filled, end_sending, retry};

/// Encrypted bytes that may wait for the socket; a write past it is blocked.
const BUFFER_MAX: usize = 64 * 1024;
/// Reads of the socket in one turn. Records without data (key updates, empty ones) could otherwise
/// keep the turn from ending.
const READS_MAX: usize = 32;

/// The TLS side of a socket.
#[derive(Debug)]
pub(super) struct Session {
    connection: ServerConnection,
    /// `close_notify` is on its way; FIN follows when it is sent.
    ending: bool,
}

impl Session {
    pub(super) fn new(mut connection: ServerConnection) -> Self {
        connection.set_buffer_limit(Some(BUFFER_MAX));
        Self {
            connection,
            ending: false,
        }
    }

    /// Whether encrypted bytes wait for the socket to take them.
    pub(super) fn is_blocked(&self) -> bool {
        self.connection.wants_write()
    }

    /// Decrypts what the socket has into `scratch`, until that is full or the socket is empty.
    pub(super) fn fill(
        &mut self,
        mut stream: &TcpStream,
        scratch: &mut [u8],
    ) -> io::Result<Filled> {
        let mut filled = Filled {
            more: true,
            ..Filled::default()
        };
        for _ in 0..READS_MAX {
            self.take_decrypted(scratch, &mut filled)?;
            if filled.end || filled.bytes == scratch.len() {
                break;
            }
            if retry(|| self.connection.read_tls(&mut stream))?.is_none() {
                filled.more = false;
                break;
            }
            if let Err(error) = self.connection.process_new_packets() {
                // Sends the alert that tells the peer why; the connection is lost either way.
                let _ = self.flush(stream);
                return Err(io::Error::new(io::ErrorKind::InvalidData, error));
            }
        }
        // Reading may have made TLS want to say something, such as the answer to a key update.
        self.flush(stream)?;
        filled.more &= !filled.end;
        Ok(filled)
    }

    /// Moves decrypted bytes behind those that are in `scratch` already.
    fn take_decrypted(&mut self, scratch: &mut [u8], filled: &mut Filled) -> io::Result<()> {
        while let Some(space) = scratch.get_mut(filled.bytes..)
            && !space.is_empty()
        {
            match self.connection.reader().read(space) {
                Ok(0) => filled.end = true,
                Ok(count) => {
                    filled.bytes += count;
                    continue;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // FIN without `close_notify` is common, and WebSocket has a close of its own.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => filled.end = true,
                Err(error) => return Err(error),
            }
            break;
        }
        Ok(())
    }

    /// Encrypts and sends. Bytes taken may still wait encrypted; then the write counts as blocked.
    pub(super) fn write(
        &mut self,
        stream: &TcpStream,
        slices: &[IoSlice<'_>],
    ) -> io::Result<Written> {
        if self.flush(stream)? {
            return Ok(Written {
                bytes: 0,
                blocked: true,
            });
        }
        // All slices at once, so that small frames share a record.
        let mut bytes = self.connection.writer().write_vectored(slices)?;
        let mut blocked = self.flush(stream)?;
        let mut skip = bytes;
        for slice in slices {
            let mut rest = slice.get(skip..).unwrap_or_default();
            skip = skip.saturating_sub(slice.len());
            while !rest.is_empty() && !blocked {
                let taken = self.connection.writer().write(rest)?;
                bytes += taken;
                rest = rest.get(taken..).unwrap_or_default();
                blocked = self.flush(stream)? || taken == 0;
            }
        }
        if self.ending && !blocked {
            end_sending(stream)?;
        }
        Ok(Written { bytes, blocked })
    }

    /// Says goodbye; says whether that was blocked.
    pub(super) fn shutdown(&mut self, stream: &TcpStream) -> io::Result<bool> {
        if !self.ending {
            self.ending = true;
            self.connection.send_close_notify();
        }
        Ok(self.write(stream, &[])?.blocked)
    }

    /// Sends encrypted bytes; says whether some are left because the socket is full.
    fn flush(&mut self, mut stream: &TcpStream) -> io::Result<bool> {
        while self.connection.wants_write() {
            if retry(|| self.connection.write_tls(&mut stream))?.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
