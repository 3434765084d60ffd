//! Finds the frames a server sent (RFC 6455 section 5.2). Written for this client alone, so that
//! an error of the server's codec is not hidden by the same error here.

use std::fmt;
use std::ops::ControlFlow;

/// The longest payload accepted. Messages here have a few hundred bytes.
const PAYLOAD_MAX: u64 = 65_536;
const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const OPCODE: u8 = 0x0F;
const MASKED: u8 = 0x80;

/// Text message.
pub(crate) const TEXT: u8 = 1;
/// Binary message.
pub(crate) const BINARY: u8 = 2;
/// Close.
pub(crate) const CLOSE: u8 = 8;
/// Ping.
pub(crate) const PING: u8 = 9;
/// Pong.
pub(crate) const PONG: u8 = 10;

/// One whole frame.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// 1 text, 2 binary, 8 close, 9 ping, 10 pong.
    pub opcode: u8,
    /// What it carries.
    pub payload: &'a [u8],
    /// Bytes on the wire, header included.
    pub length: usize,
}

/// What a server must not send here.
#[derive(Debug, PartialEq, Eq)]
pub enum ScanError {
    /// A reserved bit: no extension was agreed on.
    Reserved,
    /// An opcode RFC 6455 does not know.
    Opcode(u8),
    /// A masked frame: only clients mask.
    Masked,
    /// A fragment: the messages of a benchmark are too small for it to be fair.
    Fragment,
    /// More payload than a benchmark message has.
    TooLong(u64),
    /// A length written in more bytes than it needs.
    Wasteful,
}

impl fmt::Display for ScanError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reserved => write!(out, "the server set a reserved bit"),
            Self::Opcode(opcode) => write!(out, "the server sent unknown opcode {opcode}"),
            Self::Masked => write!(out, "the server sent a masked frame"),
            Self::Fragment => write!(out, "the server sent a fragment"),
            Self::TooLong(length) => write!(out, "the server sent a frame of {length} bytes"),
            Self::Wasteful => write!(out, "the server sent a length that is not minimal"),
        }
    }
}

impl std::error::Error for ScanError {}

/// Reads the frame at the front of `bytes`; `None` when it is not all there.
///
/// # Errors
/// [`ScanError`] as soon as the bytes can no longer become an allowed frame.
pub fn scan(bytes: &[u8]) -> Result<Option<Frame<'_>>, ScanError> {
    let [first, second, rest @ ..] = bytes else {
        return Ok(None);
    };
    if first & RESERVED != 0 {
        return Err(ScanError::Reserved);
    }
    let opcode = first & OPCODE;
    if first & FIN == 0 || opcode == 0 {
        return Err(ScanError::Fragment);
    }
    if !matches!(opcode, TEXT | BINARY | CLOSE | PING | PONG) {
        return Err(ScanError::Opcode(opcode));
    }
    if second & MASKED != 0 {
        return Err(ScanError::Masked);
    }
    let ControlFlow::Continue((header, length)) = length_of(*second, rest)? else {
        return Ok(None);
    };
    if length > PAYLOAD_MAX || (opcode >= CLOSE && length > 125) {
        return Err(ScanError::TooLong(length));
    }
    let length = header + length as usize;
    Ok(bytes.get(header..length).map(|payload| Frame {
        opcode,
        payload,
        length,
    }))
}

/// The length of the header and of the payload; `Break` when more bytes are needed.
fn length_of(second: u8, rest: &[u8]) -> Result<ControlFlow<(), (usize, u64)>, ScanError> {
    let (header, length, least) = match second {
        126 => match rest.first_chunk::<2>() {
            Some(bytes) => (4, u64::from(u16::from_be_bytes(*bytes)), 126),
            None => return Ok(ControlFlow::Break(())),
        },
        127 => match rest.first_chunk::<8>() {
            Some(bytes) => (10, u64::from_be_bytes(*bytes), 65_536),
            None => return Ok(ControlFlow::Break(())),
        },
        short => (2, u64::from(short), 0),
    };
    if length < least {
        return Err(ScanError::Wasteful);
    }
    Ok(ControlFlow::Continue((header, length)))
}

#[cfg(test)]
mod tests;
