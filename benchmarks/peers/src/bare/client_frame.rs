//! Turns masked client frames into server frames (RFC 6455 section 5.2).

/// What was at the front of the bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A message; its server frame was appended. Bytes used.
    Message(usize),
    /// A pong or ping that is passed over. Bytes used.
    Passed(usize),
    /// A close frame; the answer was appended from this place on.
    Close(usize),
    /// Not all there.
    Incomplete,
    /// Not a masked, whole frame of at most 64 KiB.
    Wrong,
}

const PAYLOAD_MAX: usize = 65_535;

/// Takes one frame from the front of `bytes` and appends what the receivers get to `out`.
pub(crate) fn step(bytes: &[u8], out: &mut Vec<u8>) -> Step {
    let [first, second, rest @ ..] = bytes else {
        return Step::Incomplete;
    };
    if first & 0xF0 != 0x80 || second & 0x80 == 0 {
        return Step::Wrong;
    }
    let (header, length) = match second & 0x7F {
        127 => return Step::Wrong,
        126 => match rest.first_chunk::<2>() {
            Some(bytes) => (8, usize::from(u16::from_be_bytes(*bytes))),
            None => return Step::Incomplete,
        },
        short => (6, usize::from(short)),
    };
    let used = header + length;
    let (Some(masked), Some(key)) = (
        bytes.get(header..used),
        bytes
            .get(header - 4..header)
            .and_then(<[u8]>::first_chunk::<4>),
    ) else {
        return if length > PAYLOAD_MAX {
            Step::Wrong
        } else {
            Step::Incomplete
        };
    };
    let start = out.len();
    match first & 0x0F {
        1 | 2 | 8 => push(out, *first, masked, *key),
        9 | 10 => return Step::Passed(used),
        _ => return Step::Wrong,
    }
    if first & 0x0F == 8 {
        Step::Close(start)
    } else {
        Step::Message(used)
    }
}

fn push(out: &mut Vec<u8>, first: u8, masked: &[u8], key: [u8; 4]) {
    out.push(first);
    if masked.len() < 126 {
        out.push(masked.len() as u8);
    } else {
        out.push(126);
        out.extend((masked.len() as u16).to_be_bytes());
    }
    let start = out.len();
    out.extend_from_slice(masked);
    // Eight bytes at a time, as every server does that is meant to be fast.
    let [a, b, c, d] = key;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (chunks, tail) = out[start..].as_chunks_mut::<8>();
    for chunk in chunks {
        *chunk = (u64::from_ne_bytes(*chunk) ^ wide).to_ne_bytes();
    }
    for (byte, key) in tail.iter_mut().zip(key.iter().cycle()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::{Step, step};

    #[test]
    fn the_masked_hello_of_the_rfc_becomes_the_plain_one() {
        let mut out = Vec::new();
        let masked = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
        assert_eq!(step(masked, &mut out), Step::Message(11));
        assert_eq!(out, b"\x81\x05Hello");
        for cut in 0..masked.len() {
            assert_eq!(step(&masked[..cut], &mut Vec::new()), Step::Incomplete);
        }
    }

    #[test]
    fn close_is_answered_with_the_same_code() {
        let mut out = Vec::new();
        assert_eq!(
            step(b"\x88\x82\x01\x01\x01\x01\x02\xe9", &mut out),
            Step::Close(0)
        );
        assert_eq!(out, b"\x88\x02\x03\xe8");
    }

    #[test]
    fn unmasked_fragmented_and_huge_frames_are_wrong() {
        for bytes in [b"\x81\x05", b"\x01\x85", b"\xC1\x85", b"\x81\xFF"] {
            assert_eq!(step(bytes, &mut Vec::new()), Step::Wrong);
        }
    }
}
