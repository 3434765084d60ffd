//! A connection to a server.

use std::io;

use bytes::BytesMut;
use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadHalf, WriteHalf,
};

use crate::wire::{self, Info, Said};

/// A stream of bytes in both directions, encrypted or not.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// Room for bytes that are read at once.
const READ: usize = 64 * 1024;
/// Bytes that may wait to be written before anything else is taken on.
pub(crate) const WRITE_MAX: usize = 4 * 1024 * 1024;

/// A connection, with what was read and not taken yet, and what waits to be written.
pub(crate) struct Connection {
    reading: ReadHalf<Box<dyn Duplex>>,
    writing: WriteHalf<Box<dyn Duplex>>,
    read: BytesMut,
    write: Vec<u8>,
    written: usize,
    is_flushed: bool,
    pub(crate) info: Info,
}

impl Connection {
    pub(crate) fn over(stream: Box<dyn Duplex>) -> Self {
        let (reading, writing) = tokio::io::split(stream);
        Self {
            reading,
            writing,
            read: BytesMut::new(),
            write: Vec::new(),
            written: 0,
            is_flushed: true,
            info: Info::default(),
        }
    }

    /// The stream, before anything else has come over it.
    pub(crate) fn into_stream(self) -> io::Result<Box<dyn Duplex>> {
        if self.read.is_empty() {
            return Ok(self.reading.unsplit(self.writing));
        }
        Err(odd("it says something before the encryption begins"))
    }

    /// What is to be written next, in the order of the calls.
    pub(crate) const fn out(&mut self) -> &mut Vec<u8> {
        &mut self.write
    }

    /// Whether more may be put behind what waits to be written.
    pub(crate) const fn has_room(&self) -> bool {
        self.write.len() - self.written < WRITE_MAX
    }

    /// What the server says next, while what waits is written. Nothing is lost when this is not
    /// waited for to the end.
    pub(crate) async fn next(&mut self) -> io::Result<Said> {
        loop {
            match wire::take(&mut self.read) {
                Ok(Some(Said::Info(info))) => {
                    self.info = info.clone();
                    return Ok(Said::Info(info));
                }
                Ok(Some(said)) => return Ok(said),
                Ok(None) => {}
                Err(error) => return Err(odd(&error.to_string())),
            }
            self.read.reserve(READ);
            let rest = self.write.get(self.written..).unwrap_or_default();
            let has_more = !rest.is_empty();
            let writing = async {
                if has_more {
                    return self.writing.write(rest).await;
                }
                self.writing.flush().await.map(|()| 0)
            };
            tokio::select! {
                count = self.reading.read_buf(&mut self.read) => {
                    if count? == 0 {
                        return Err(odd("it has closed the connection"));
                    }
                }
                count = writing, if has_more || !self.is_flushed => {
                    self.written += count?;
                    self.is_flushed = !has_more;
                    if self.written == self.write.len() {
                        self.write.clear();
                        self.written = 0;
                    }
                }
            }
        }
    }

    /// Writes all of it now.
    pub(crate) async fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writing.write_all(bytes).await?;
        self.writing.flush().await
    }
}

fn odd(reason: &str) -> io::Error {
    io::Error::other(reason.to_owned())
}
