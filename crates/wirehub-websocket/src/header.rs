use crate::error::DecodeError;
use crate::opcode::Opcode;
use crate::role::Role;

/// The longest header: two bytes, a 64-bit length and a masking key.
pub(crate) const HEADER_MAX: usize = 14;

/// In the first byte: the last frame of its message.
pub(crate) const FIN: u8 = 0x80;
/// In the first byte: the message is compressed (RFC 7692 section 6).
pub(crate) const RSV1: u8 = 0x40;
const RSV2_RSV3: u8 = 0x30;
/// In the second byte: a masking key follows the length.
pub(crate) const MASKED: u8 = 0x80;
/// Payload bytes a control frame may have (RFC 6455 section 5.5).
pub(crate) const CONTROL_MAX: u8 = 125;

/// A frame header that keeps every rule which can be seen from the header alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Header {
    pub(crate) opcode: Opcode,
    pub(crate) fin: bool,
    /// RSV1 of a message's first frame: the message is compressed.
    pub(crate) compressed: bool,
    /// Zero where the frame is not masked.
    pub(crate) mask: [u8; 4],
    /// Payload bytes.
    pub(crate) length: u64,
    /// Bytes of the header itself.
    pub(crate) size: usize,
}

impl Header {
    /// Reads a header from the front of `bytes`; `None` while it is incomplete.
    ///
    /// Each rule is checked as soon as its byte is there, so the verdict does not depend on how
    /// the bytes were cut into reads.
    pub(crate) fn parse(
        bytes: &[u8],
        role: Role,
        compression: bool,
    ) -> Result<Option<Self>, DecodeError> {
        let [first, rest @ ..] = bytes else {
            return Ok(None);
        };
        let opcode = check_first(*first, compression)?;
        let [second, rest @ ..] = rest else {
            return Ok(None);
        };
        check_second(*second, role, opcode)?;
        let Some((length, rest)) = length(*second & !MASKED, rest)? else {
            return Ok(None);
        };
        let (mask, rest) = match (role, rest) {
            (Role::Server, [a, b, c, d, rest @ ..]) => ([*a, *b, *c, *d], rest),
            (Role::Server, _) => return Ok(None),
            (Role::Client, rest) => ([0; 4], rest),
        };
        Ok(Some(Self {
            opcode,
            fin: first & FIN != 0,
            compressed: first & RSV1 != 0,
            mask,
            length,
            size: bytes.len() - rest.len(),
        }))
    }
}

fn check_first(first: u8, compression: bool) -> Result<Opcode, DecodeError> {
    let opcode =
        Opcode::from_bits(first & 0x0F).ok_or(DecodeError::ReservedOpcode(first & 0x0F))?;
    let compressible = compression && matches!(opcode, Opcode::Text | Opcode::Binary);
    if first & RSV2_RSV3 != 0 || (first & RSV1 != 0 && !compressible) {
        return Err(DecodeError::ReservedBits);
    }
    if opcode.is_control() && first & FIN == 0 {
        return Err(DecodeError::FragmentedControl);
    }
    Ok(opcode)
}

fn check_second(second: u8, role: Role, opcode: Opcode) -> Result<(), DecodeError> {
    match (role, second & MASKED != 0) {
        (Role::Server, false) => return Err(DecodeError::Unmasked),
        (Role::Client, true) => return Err(DecodeError::Masked),
        _ => {}
    }
    if opcode.is_control() && second & !MASKED > CONTROL_MAX {
        return Err(DecodeError::LongControl);
    }
    Ok(())
}

/// Reads the length that the seven bits `short` announce or hold, and returns what follows it.
fn length(short: u8, rest: &[u8]) -> Result<Option<(u64, &[u8])>, DecodeError> {
    let (length, minimum, rest) = match short {
        126 => {
            let Some((bytes, rest)) = rest.split_first_chunk() else {
                return Ok(None);
            };
            (u64::from(u16::from_be_bytes(*bytes)), 126, rest)
        }
        127 => {
            let Some((bytes, rest)) = rest.split_first_chunk() else {
                return Ok(None);
            };
            (u64::from_be_bytes(*bytes), 1 << 16, rest)
        }
        short => (u64::from(short), 0, rest),
    };
    if length >> 63 != 0 {
        return Err(DecodeError::HugeLength);
    }
    if length < minimum {
        return Err(DecodeError::LongLength(length));
    }
    Ok(Some((length, rest)))
}

/// The bytes of a header that ended in the middle.
#[derive(Debug, Default)]
pub(crate) struct PartialHeader {
    bytes: [u8; HEADER_MAX],
    len: u8,
}

impl PartialHeader {
    /// Takes as many of `bytes` as a header can have.
    pub(crate) fn fill(&mut self, bytes: &[u8]) {
        let free = self.bytes.iter_mut().skip(usize::from(self.len));
        for (slot, byte) in free.zip(bytes) {
            *slot = *byte;
            self.len += 1;
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    pub(crate) fn clear(&mut self) {
        self.len = 0;
    }
}
