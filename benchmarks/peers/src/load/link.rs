//! One client connection: a non-blocking socket and the start of a frame that is not yet whole.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddrV4, TcpStream};
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketFlags, SocketType};

/// How long a write may wait for a server that does not read.
const WRITE_PATIENCE: Duration = Duration::from_secs(5);

/// A connection.
#[derive(Debug)]
pub(super) struct Link {
    stream: TcpStream,
    rest: Vec<u8>,
}

/// What a read brought.
#[derive(Debug)]
pub(super) enum Received<'a> {
    /// Nothing: the socket was empty.
    Nothing,
    /// What was left over from the last time and what is new.
    Bytes(&'a [u8]),
    /// The server ended the stream.
    End,
}

impl Link {
    /// Starts to connect from `127.0.0.source`. It is connected when it becomes writable.
    pub(super) fn dial(address: SocketAddrV4, source: u8) -> io::Result<Self> {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let socket =
            rustix::net::socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
        if address.ip().is_loopback() {
            let from = SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, source), 0);
            rustix::net::bind(&socket, &from)?;
        }
        match rustix::net::connect(&socket, &address) {
            Ok(()) | Err(rustix::io::Errno::INPROGRESS) => {}
            Err(error) => return Err(error.into()),
        }
        let stream = TcpStream::from(socket);
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            rest: Vec::new(),
        })
    }

    /// The socket, to be watched.
    pub(super) fn socket(&self) -> &TcpStream {
        &self.stream
    }

    /// Why connecting failed, if it did.
    pub(super) fn check_connected(&self) -> io::Result<()> {
        self.stream.take_error()?.map_or(Ok(()), Err)
    }

    /// Ends the connection with a reset: the server hears no goodbye, and no port stays in use.
    pub(super) fn cut(self) -> io::Result<()> {
        let at_once = Some(Duration::ZERO);
        rustix::net::sockopt::set_socket_linger(&self.stream, at_once).map_err(Into::into)
    }

    /// Says that nothing more will be sent.
    pub(super) fn finish(&self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }

    /// Reads once. `scratch` is shared by all connections and longer than any frame.
    pub(super) fn read<'a>(&mut self, scratch: &'a mut [u8]) -> io::Result<Received<'a>> {
        let old = self.rest.len();
        let Some((start, space)) = scratch.split_at_mut_checked(old) else {
            return Err(io::Error::other("a frame is longer than the read buffer"));
        };
        let count = match (&self.stream).read(space) {
            Ok(0) => return Ok(Received::End),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Received::Nothing),
            Err(error) => return Err(error),
        };
        start.copy_from_slice(&self.rest);
        self.rest.clear();
        Ok(Received::Bytes(&scratch[..old + count]))
    }

    /// Keeps what is not a whole frame for the next read.
    pub(super) fn keep(&mut self, rest: &[u8]) {
        self.rest.extend_from_slice(rest);
    }

    /// Writes all of it, waiting (busily) if the socket is full.
    pub(super) fn write(&self, mut bytes: &[u8]) -> io::Result<()> {
        let mut deadline = None;
        while !bytes.is_empty() {
            match (&self.stream).write(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let now = Instant::now();
                    if now > *deadline.get_or_insert(now + WRITE_PATIENCE) {
                        return Err(io::Error::other("the server does not read"));
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
