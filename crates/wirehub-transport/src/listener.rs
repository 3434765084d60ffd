//! The listening socket of one shard.

use std::cell::Cell;
use std::io;
use std::net::{SocketAddr, TcpListener as StdTcpListener, TcpStream as StdTcpStream};
use std::time::Duration;

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use crate::tcp::TcpSettings;

/// How long accepting rests after the process or the system ran out of file descriptors or memory.
const PAUSE: Duration = Duration::from_millis(100);

/// A listening socket that belongs to no runtime yet. Every shard has its own, all bound to the
/// same address (`SO_REUSEPORT`), and the kernel spreads new connections over them.
///
/// They are bound on one thread, so that a hub listens on all or on none, and served on others: a
/// runtime is told of every new connection by its own poll, and a listener left in another one
/// would wake that thread for each.
#[derive(Debug)]
pub struct BoundListener {
    socket: StdTcpListener,
    settings: TcpSettings,
}

/// A listening socket in the runtime that serves it.
#[derive(Debug)]
pub struct Listener {
    inner: TcpListener,
    settings: TcpSettings,
    pause_until: Cell<Option<Instant>>,
}

impl BoundListener {
    /// Binds `addr` and listens. An IPv6 address takes IPv4 connections as well when it is `[::]`.
    /// With port 0 the first listener learns a port that the others then bind.
    ///
    /// # Errors
    ///
    /// The address is in use by a socket without `SO_REUSEPORT`, or of another user, or is not
    /// local; or an option was refused.
    pub fn bind(addr: SocketAddr, settings: &TcpSettings) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        socket.set_reuse_address(true)?;
        socket.set_reuse_port(true)?;
        if addr.is_ipv6() {
            socket.set_only_v6(!addr.ip().is_unspecified())?;
        }
        settings.apply_to_listener(&socket)?;
        settings.apply_to_connection(&socket)?;
        socket.bind(&addr.into())?;
        let backlog = i32::try_from(settings.backlog).unwrap_or(i32::MAX);
        socket.listen(backlog)?;
        Ok(Self {
            socket: socket.into(),
            settings: settings.clone(),
        })
    }

    /// The address bound, with the port that the kernel chose for port 0.
    ///
    /// # Errors
    ///
    /// The kernel does not know the socket's name.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Joins the tokio runtime that this is called in.
    ///
    /// # Errors
    ///
    /// The runtime's poll takes no more.
    pub fn into_listener(self) -> io::Result<Listener> {
        Ok(Listener {
            inner: TcpListener::from_std(self.socket)?,
            settings: self.settings,
            pause_until: Cell::new(None),
        })
    }
}

impl Listener {
    /// Binds `addr` in the tokio runtime that will serve it; see [`BoundListener::bind`].
    ///
    /// # Errors
    ///
    /// Those of [`BoundListener::bind`] and of [`BoundListener::into_listener`].
    pub fn bind(addr: SocketAddr, settings: &TcpSettings) -> io::Result<Self> {
        BoundListener::bind(addr, settings)?.into_listener()
    }

    /// The address bound, with the port that the kernel chose for port 0.
    ///
    /// # Errors
    ///
    /// The kernel does not know the socket's name.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }

    /// Waits for a connection; IPv4 peers of a dual-stack socket have IPv4 addresses. Dropping the
    /// future loses nothing.
    ///
    /// # Errors
    ///
    /// The process or the system is out of descriptors or memory. The connection stays in the
    /// queue, and the next call rests for a tenth of a second first, so a loop around this method
    /// does not spin. Connections that broke before they were accepted are passed over in silence.
    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        if let Some(until) = self.pause_until.get() {
            tokio::time::sleep_until(until).await;
            self.pause_until.set(None);
        }
        loop {
            let accepted = self.inner.accept().await;
            if let Some(outcome) = self.settle(accepted) {
                return outcome;
            }
        }
    }

    /// Takes a connection that waits in the kernel's queue, if there is one. A listener that is
    /// closed resets what waits in its queue; one that takes all of it first turns nobody away.
    ///
    /// # Errors
    ///
    /// As for [`Listener::accept`].
    pub fn try_accept(&self) -> io::Result<Option<(TcpStream, SocketAddr)>> {
        loop {
            let accepted = self.accept_now();
            match accepted {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                accepted => {
                    if let Some(outcome) = self.settle(accepted) {
                        return outcome.map(Some);
                    }
                }
            }
        }
    }

    fn accept_now(&self) -> io::Result<(TcpStream, SocketAddr)> {
        // The runtime may not have seen the queue fill yet, so the kernel is asked.
        let (socket, addr) = SockRef::from(&self.inner).accept()?;
        socket.set_nonblocking(true)?;
        let addr = addr.as_socket().ok_or(io::ErrorKind::InvalidData)?;
        Ok((TcpStream::from_std(StdTcpStream::from(socket))?, addr))
    }

    /// What one accept(2) means for the caller; `None` when it is not worth a word.
    fn settle(
        &self,
        accepted: io::Result<(TcpStream, SocketAddr)>,
    ) -> Option<io::Result<(TcpStream, SocketAddr)>> {
        match accepted {
            Ok((stream, addr)) => {
                if !cfg!(target_os = "linux") && self.configure(&stream).is_err() {
                    return None;
                }
                let addr = SocketAddr::new(addr.ip().to_canonical(), addr.port());
                Some(Ok((stream, addr)))
            }
            Err(error) if is_broken_connection(&error) => None,
            Err(error) => {
                self.pause_until.set(Some(Instant::now() + PAUSE));
                Some(Err(error))
            }
        }
    }

    /// Fails only for a connection that is already gone.
    fn configure(&self, stream: &TcpStream) -> io::Result<()> {
        // A reference to the descriptor is a `Socket` in all but ownership.
        self.settings.apply_to_connection(&SockRef::from(stream))
    }
}

/// Errors of accept(2) that belong to one connection and not to the listener: Linux passes pending
/// network errors of the new socket to it.
fn is_broken_connection(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    matches!(
        error.kind(),
        Kind::ConnectionAborted
            | Kind::ConnectionRefused
            | Kind::ConnectionReset
            | Kind::HostUnreachable
            | Kind::Interrupted
            | Kind::NetworkDown
            | Kind::NetworkUnreachable
            | Kind::TimedOut
    )
}

#[cfg(test)]
mod tests;
