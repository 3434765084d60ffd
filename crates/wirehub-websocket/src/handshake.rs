//! The computed parts of the opening handshake (RFC 6455 section 4). Requests and responses
//! themselves are the transport's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

/// RFC 6455 section 1.3.
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The value of `Sec-WebSocket-Version` this crate speaks.
pub const VERSION: &str = "13";

/// The `Sec-WebSocket-Accept` that answers a client's `Sec-WebSocket-Key` (RFC 6455 section
/// 4.2.2). The key is taken as it is; see [`is_key`].
#[must_use]
pub fn accept_key(key: &str) -> String {
    let mut hash = Sha1::new();
    hash.update(key.as_bytes());
    hash.update(GUID);
    STANDARD.encode(hash.finalize())
}

/// Whether `key` is what a client has to send as `Sec-WebSocket-Key`: sixteen bytes in base64
/// (RFC 6455 section 4.2.1).
#[must_use]
pub fn is_key(key: &str) -> bool {
    key.len() == 24 && STANDARD.decode(key).is_ok_and(|bytes| bytes.len() == 16)
}

/// The `Sec-WebSocket-Key` of a client; `nonce` has to be random (RFC 6455 section 4.1).
#[must_use]
pub fn client_key(nonce: [u8; 16]) -> String {
    STANDARD.encode(nonce)
}
