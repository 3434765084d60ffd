//! Writes masked client frames (RFC 6455 section 5.3).

use super::scanner::{BINARY, CLOSE, PONG, TEXT};

/// Always the same key: the mask protects proxies from scripts in a browser, and here is
/// neither. It has no zero byte, so the server has to unmask every byte.
const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];
const FIN_MASKED: (u8, u8) = (0x80, 0x80);

/// Appends a text message.
pub(super) fn push_text(out: &mut Vec<u8>, payload: &[u8]) {
    push(out, TEXT, payload);
}

/// Appends a binary message.
pub(super) fn push_binary(out: &mut Vec<u8>, payload: &[u8]) {
    push(out, BINARY, payload);
}

/// Appends the answer to a ping.
pub(super) fn push_pong(out: &mut Vec<u8>, payload: &[u8]) {
    push(out, PONG, payload);
}

/// Appends a close frame with code 1000.
pub(super) fn push_close(out: &mut Vec<u8>) {
    push(out, CLOSE, &1000_u16.to_be_bytes());
}

fn push(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    let (fin, masked) = FIN_MASKED;
    out.push(fin | opcode);
    match payload.len() {
        length @ 0..126 => out.push(masked | length as u8),
        length @ 126..65_536 => {
            out.push(masked | 126);
            out.extend((length as u16).to_be_bytes());
        }
        length => {
            out.push(masked | 127);
            out.extend((length as u64).to_be_bytes());
        }
    }
    out.extend(KEY);
    let start = out.len();
    out.extend(payload);
    for (byte, key) in out[start..].iter_mut().zip(KEY.iter().cycle()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::push_text;

    #[test]
    fn the_masked_hello_of_the_rfc() {
        let mut out = Vec::new();
        push_text(&mut out, b"Hello");
        assert_eq!(out, b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
    }

    #[test]
    fn longer_messages_take_the_longer_lengths() {
        for (length, second, header) in [(125, 253, 6), (126, 254, 8), (70_000, 255, 14)] {
            let mut out = Vec::new();
            push_text(&mut out, &vec![b'x'; length]);
            assert_eq!((out[1], out.len()), (second, header + length));
        }
    }
}
