//! A connection that keeps the answer to its upgrade back.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Passes everything on until `hold` says yes, and keeps what is written from then on.
///
/// The answer to an upgrade is the last thing that HTTP writes. Held back, it leaves together with
/// the hub's first message, in one segment and one system call instead of two.
pub(super) struct AnswerHeld<IO, H> {
    io: IO,
    hold: H,
    held: Vec<u8>,
}

impl<IO, H> AnswerHeld<IO, H> {
    pub(super) const fn new(io: IO, hold: H) -> Self {
        Self {
            io,
            hold,
            held: Vec::new(),
        }
    }

    /// The connection, and what it did not send.
    pub(super) fn into_parts(self) -> (IO, Vec<u8>) {
        (self.io, self.held)
    }
}

impl<IO: AsyncRead + Unpin, H: Unpin> AsyncRead for AnswerHeld<IO, H> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl<IO: AsyncWrite + Unpin, H: Fn() -> bool + Unpin> AsyncWrite for AnswerHeld<IO, H> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if !(self.hold)() {
            return Pin::new(&mut self.io).poll_write(cx, bytes);
        }
        self.held.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if !(self.hold)() {
            return Pin::new(&mut self.io).poll_write_vectored(cx, slices);
        }
        let before = self.held.len();
        for slice in slices {
            self.held.extend_from_slice(slice);
        }
        Poll::Ready(Ok(self.held.len() - before))
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
