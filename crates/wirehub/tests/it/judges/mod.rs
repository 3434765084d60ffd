//! What must hold for any token and any handshake. The judge takes plain bytes, so the fuzz target
//! in `fuzz/` and the property tests here run the same body.

mod handshake;
mod hubs;
mod reading;
mod token;

use wirehub_model::Secret;

use hubs::{HS256_HEADER, Signer, hub};

/// Any bytes, as a token or as a handshake that may carry one, at one of three hubs.
///
/// The first byte says which hub, and what the rest is: a token, claims to be signed, a header and
/// claims to be signed, or the lines of a handshake. With `'0'` to `';'` as first byte a seed can
/// be read.
pub(crate) fn judge(bytes: &[u8]) {
    let Some((selector, rest)) = bytes.split_first() else {
        return;
    };
    let hub = hub(selector / 4);
    match selector % 4 {
        0 => {
            if let Ok(text) = std::str::from_utf8(rest) {
                token::judge(hub, &Secret::new(text.to_owned()));
            }
        }
        1 => token::judge(hub, &Signer::owner().sign(HS256_HEADER, rest)),
        2 => {
            let Some((signer, rest)) = rest.split_first() else {
                return;
            };
            let mut lines = rest.splitn(2, |byte| *byte == b'\n');
            let (header, claims) = (lines.next(), lines.next());
            let token =
                Signer::any(*signer).sign(header.unwrap_or_default(), claims.unwrap_or_default());
            token::judge(hub, &token);
        }
        _ => handshake::judge(hub, rest),
    }
}
