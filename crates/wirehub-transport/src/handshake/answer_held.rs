//! A connection that keeps the answer to its upgrade back.

use std::cell::Cell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Passes everything on until it is told to hold, and keeps what is written from then on.
///
/// The answer to an upgrade is the last thing that HTTP writes. Held back, it leaves together with
/// the hub's first message, in one segment and one system call instead of two.
#[derive(Debug)]
pub(super) struct AnswerHeld<'a, IO> {
    io: IO,
    hold: &'a Cell<bool>,
    held: Vec<u8>,
}

impl<'a, IO> AnswerHeld<'a, IO> {
    pub(super) const fn new(io: IO, hold: &'a Cell<bool>) -> Self {
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

impl<IO: AsyncRead + Unpin> AsyncRead for AnswerHeld<'_, IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for AnswerHeld<'_, IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if !self.hold.get() {
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
        if !self.hold.get() {
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
