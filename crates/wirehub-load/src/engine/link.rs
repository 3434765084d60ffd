//! One connection: a socket, with TLS or without, and what waits to be written.

use std::{
    io::{self, ErrorKind, Read as _, Write as _},
    net::{IpAddr, Shutdown, SocketAddr},
    sync::Arc,
    time::Duration,
};

use mio::net::TcpStream;
use rustls::{ClientConfig, ClientConnection, pki_types::ServerName};
use socket2::{Domain, Protocol, SockRef, Socket, Type};

/// More than this waits to be written: nothing is published on it.
const FULL: usize = 1 << 20;

/// One connection.
pub(super) struct Link {
    pub(super) stream: TcpStream,
    tls: Option<Box<ClientConnection>>,
    /// What the socket did not take.
    unsent: Vec<u8>,
    /// TCP and TLS are there.
    pub(super) is_up: bool,
    /// Only TCP is there.
    is_connected: bool,
    pub(super) is_paused: bool,
    pub(super) is_full: bool,
}

/// What a read brought.
pub(super) enum Taken {
    /// So many bytes, and the socket is empty.
    All(usize),
    /// So many bytes, and there is more.
    Some(usize),
    /// Nothing.
    Nothing,
    /// The end of the stream.
    End,
}

impl Link {
    /// Begins to connect, from an address if one is given.
    pub(super) fn dial(
        to: SocketAddr,
        from: Option<IpAddr>,
        tls: Option<(&Arc<ClientConfig>, &ServerName<'static>)>,
    ) -> io::Result<Self> {
        let domain = Domain::for_address(to);
        let socket = Socket::new(domain, Type::STREAM.nonblocking(), Some(Protocol::TCP))?;
        if let Some(from) = from {
            let from = SocketAddr::new(from, 0);
            socket.bind(&from.into())?;
        }
        match socket.connect(&to.into()) {
            Ok(()) => {}
            Err(error)
                if error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error()) => {}
            Err(error) => return Err(error),
        }
        // Messages are small and somebody waits for each.
        socket.set_tcp_nodelay(true)?;
        let tls = match tls {
            None => None,
            Some((config, name)) => {
                let connection = ClientConnection::new(Arc::clone(config), name.clone());
                let mut connection = connection.map_err(io::Error::other)?;
                // Whoever publishes stops when anything waits.
                connection.set_buffer_limit(None);
                Some(Box::new(connection))
            }
        };
        Ok(Self {
            stream: TcpStream::from_std(socket.into()),
            tls,
            unsent: Vec::new(),
            is_up: false,
            is_connected: false,
            is_paused: false,
            is_full: false,
        })
    }

    /// Goes on with what comes before the first byte of the application; says whether that is done.
    pub(super) fn rise(&mut self) -> io::Result<bool> {
        if !self.is_connected {
            if let Some(error) = self.stream.take_error()? {
                return Err(error);
            }
            match self.stream.peer_addr() {
                Ok(_) => self.is_connected = true,
                Err(error) if error.kind() == ErrorKind::NotConnected => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        self.flush()?;
        let is_shaking = self.tls.as_ref().is_some_and(|tls| tls.is_handshaking());
        self.is_up = !is_shaking;
        Ok(self.is_up)
    }

    /// Reads once. With TLS, what was read may be nothing yet for the application.
    pub(super) fn read(&mut self, scratch: &mut [u8]) -> io::Result<Taken> {
        let Some(tls) = &mut self.tls else {
            return Ok(match self.stream.read(scratch) {
                Ok(0) => Taken::End,
                Ok(count) if count < scratch.len() => Taken::All(count),
                Ok(count) => Taken::Some(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => Taken::Nothing,
                Err(error) if error.kind() == ErrorKind::Interrupted => Taken::Some(0),
                Err(error) => return Err(error),
            });
        };
        let is_empty = match tls.read_tls(&mut self.stream) {
            Ok(0) => return Ok(Taken::End),
            Ok(_) => false,
            Err(error) if error.kind() == ErrorKind::WouldBlock => true,
            Err(error) if error.kind() == ErrorKind::Interrupted => false,
            Err(error) => return Err(error),
        };
        let state = tls.process_new_packets();
        let state = state.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
        let has_more = state.plaintext_bytes_to_read() > scratch.len();
        let count = match tls.reader().read(scratch) {
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(error) => return Err(error),
        };
        self.flush()?;
        Ok(match (is_empty && !has_more, count) {
            (true, 0) => Taken::Nothing,
            (true, count) => Taken::All(count),
            (false, count) => Taken::Some(count),
        })
    }

    /// Writes what the socket takes, and keeps the rest.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(tls) = &mut self.tls {
            tls.writer().write_all(bytes)?;
            return self.flush();
        }
        if !self.unsent.is_empty() {
            self.unsent.extend_from_slice(bytes);
            return Ok(());
        }
        let taken = match self.stream.write(bytes) {
            Ok(count) => count,
            Err(error) if is_for_later(&error) => 0,
            Err(error) => return Err(error),
        };
        let rest = bytes.get(taken..).unwrap_or_default();
        self.unsent.extend_from_slice(rest);
        Ok(())
    }

    /// Writes what waits.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if let Some(tls) = &mut self.tls {
            while tls.wants_write() {
                match tls.write_tls(&mut self.stream) {
                    Ok(_) => {}
                    Err(error) if is_for_later(&error) => break,
                    Err(error) => return Err(error),
                }
            }
            return Ok(());
        }
        while !self.unsent.is_empty() {
            match self.stream.write(&self.unsent) {
                Ok(count) => drop(self.unsent.drain(..count)),
                Err(error) if is_for_later(&error) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        // One that had to wait once is no reason to hold memory for good.
        self.unsent = Vec::new();
        Ok(())
    }

    /// Whether more waits than should.
    pub(super) fn overflows(&self) -> bool {
        let waits = self.tls.as_ref().is_some_and(|tls| tls.wants_write());
        self.unsent.len() > FULL || waits
    }

    /// Ends it: in order, or as if it had never been.
    pub(super) fn close(mut self, reset: bool) {
        // What goes wrong with a connection that is given up is nothing to anybody.
        if reset {
            let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
        } else {
            if let Some(tls) = &mut self.tls {
                tls.send_close_notify();
            }
            let _ = self.flush();
            let _ = self.stream.shutdown(Shutdown::Write);
        }
    }
}

fn is_for_later(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::Interrupted | ErrorKind::NotConnected
    )
}
