//! The opening handshake, client side (RFC 6455 section 4.1).

use std::io;
use std::net::SocketAddrV4;

/// The example key of RFC 6455 section 1.3 and the answer it must get. One key for all
/// connections spares the judge a hash; the server has to hash all the same.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
/// A longer answer is none.
const HEAD_MAX: usize = 8192;

/// The request for `path`.
pub(super) fn request(address: SocketAddrV4, path: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n"
    )
    .into_bytes()
}

/// Looks for a whole answer at the front of `bytes`. Returns its length: frames may follow.
///
/// # Errors
/// When the answer is anything but an upgrade to WebSocket without extensions.
pub(super) fn answer(bytes: &[u8]) -> io::Result<Option<usize>> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return match bytes.len() {
            0..HEAD_MAX => Ok(None),
            _ => Err(io::Error::other("the answer to the upgrade has no end")),
        };
    };
    let head = String::from_utf8_lossy(&bytes[..end]);
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap_or_default();
    if !status.starts_with("HTTP/1.1 101") {
        return Err(io::Error::other(format!(
            "the server refused the upgrade: {status}"
        )));
    }
    let mut accepted = false;
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if name.eq_ignore_ascii_case("sec-websocket-extensions") {
            return Err(io::Error::other(
                "the server took up an extension nobody offered",
            ));
        }
        accepted |= name.eq_ignore_ascii_case("sec-websocket-accept") && value.trim() == ACCEPT;
    }
    if accepted {
        Ok(Some(end + 4))
    } else {
        Err(io::Error::other("wrong sec-websocket-accept"))
    }
}

#[cfg(test)]
mod tests {
    use super::answer;

    const GOOD: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

    #[test]
    fn a_good_answer_in_pieces_and_with_a_frame_behind_it() {
        for cut in 0..GOOD.len() {
            assert_eq!(answer(&GOOD[..cut]).expect("not wrong yet"), None);
        }
        let more = [GOOD, b"\x81\x00"].concat();
        assert_eq!(answer(&more).expect("good"), Some(GOOD.len()));
    }

    #[test]
    fn a_refusal_names_the_status() {
        let error = answer(b"HTTP/1.1 503 Busy\r\n\r\n").expect_err("refused");
        assert!(error.to_string().contains("503 Busy"), "{error}");
    }

    #[test]
    fn a_wrong_hash_an_extension_and_an_endless_head_are_errors() {
        let bare = b"HTTP/1.1 101 x\r\nSec-WebSocket-Accept: nonsense\r\n\r\n";
        assert!(answer(bare).is_err());
        let extended = String::from_utf8_lossy(GOOD).replace(
            "upgrade: websocket",
            "sec-websocket-extensions: permessage-deflate",
        );
        assert!(answer(extended.as_bytes()).is_err());
        assert!(answer(&[b'x'; 8192]).is_err());
    }
}
