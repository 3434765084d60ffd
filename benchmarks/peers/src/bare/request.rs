//! The opening handshake, server side (RFC 6455 section 4.2).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What a connection does, from the path of its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Gets its own messages back.
    Echo,
    /// Sends to all subscribers.
    Publisher,
    /// Gets what publishers send.
    Subscriber,
}

/// A whole request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Upgrade {
    pub(super) role: Role,
    pub(super) response: Vec<u8>,
    /// Length of the request.
    pub(super) length: usize,
}

const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// A longer request is refused.
pub(super) const REQUEST_MAX: usize = 8192;

/// Reads the request at the front of `bytes`: `None` when it is not whole, an error when it is
/// no upgrade this server knows.
pub(super) fn read(bytes: &[u8]) -> Result<Option<Upgrade>, Refused> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return if bytes.len() < REQUEST_MAX {
            Ok(None)
        } else {
            Err(Refused)
        };
    };
    let head = std::str::from_utf8(&bytes[..end]).map_err(|_| Refused)?;
    let mut lines = head.split("\r\n");
    let role = match lines.next().and_then(|line| line.split(' ').nth(1)) {
        Some("/echo") => Role::Echo,
        Some("/pub") => Role::Publisher,
        Some("/sub") => Role::Subscriber,
        _ => return Err(Refused),
    };
    let key = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"))
        .map(|(_, value)| value.trim())
        .ok_or(Refused)?;
    let mut hash = sha1_smol::Sha1::from(key);
    hash.update(GUID);
    let accept = STANDARD.encode(hash.digest().bytes());
    let response = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    Ok(Some(Upgrade {
        role,
        response: response.into_bytes(),
        length: end + 4,
    }))
}

/// Not an upgrade to one of the known paths.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused;

#[cfg(test)]
mod tests {
    use super::{Refused, Role, read};

    const REQUEST: &str = "GET /sub HTTP/1.1\r\nHost: x\r\n\
        sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    #[test]
    fn the_example_of_the_rfc() {
        let upgrade = read(REQUEST.as_bytes()).expect("good").expect("whole");
        assert_eq!(
            (upgrade.role, upgrade.length),
            (Role::Subscriber, REQUEST.len())
        );
        let response = String::from_utf8(upgrade.response).expect("text");
        assert!(
            response.contains("Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"),
            "{response}"
        );
    }

    #[test]
    fn a_part_waits_and_a_stranger_is_refused() {
        assert_eq!(read(&REQUEST.as_bytes()[..40]), Ok(None));
        assert_eq!(read(REQUEST.replace("/sub", "/").as_bytes()), Err(Refused));
        assert_eq!(read(b"GET /sub HTTP/1.1\r\n\r\n"), Err(Refused));
        assert_eq!(read(&[b'x'; 9000]), Err(Refused));
    }
}
