//! Who the broker is to the server, when neither a password nor a token says it.

use std::fmt;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::ConnectError;

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// What the keys of users begin with, before they are written as letters.
const SEED: u8 = 18 << 3;
const USER: u8 = 20 << 3;

/// The token of a user and its key, out of a credentials file of `nsc` or `nats`; the key alone is
/// enough for a server that knows it.
pub(crate) struct UserKey {
    token: Option<String>,
    key: Ed25519KeyPair,
}

/// What a connection begins with.
pub(crate) struct Proof {
    pub(crate) token: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) signature: String,
}

impl UserKey {
    /// Reads the text of such a file.
    pub(crate) fn read(text: &str) -> Result<Self, ConnectError> {
        let token = block(text, "NATS USER JWT");
        let seed = match block(text, "USER NKEY SEED") {
            Some(seed) => seed,
            None => text.trim().to_owned(),
        };
        let wrong = || ConnectError::Credentials;
        let seed = from_base_32(&seed).ok_or_else(wrong)?;
        // The kind of the key is spread over two bytes.
        let (head, seed) = seed.split_at_checked(2).ok_or_else(wrong)?;
        let &[first, second] = head else {
            return Err(wrong());
        };
        let kind = (first & 0b111) << 5 | (second & 0b1111_1000) >> 3;
        if first & 0b1111_1000 != SEED || kind != USER || seed.len() != 32 {
            return Err(wrong());
        }
        let key = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| wrong())?;
        Ok(Self { token, key })
    }

    /// Shows that the key is here, by signing what the server has made up.
    pub(crate) fn prove(&self, nonce: &str) -> Proof {
        let mut public = vec![USER];
        public.extend_from_slice(self.key.public_key().as_ref());
        Proof {
            token: self.token.clone(),
            key: self.token.is_none().then(|| to_base_32(public)),
            signature: URL_SAFE_NO_PAD.encode(self.key.sign(nonce.as_bytes())),
        }
    }
}

/// Without the key.
impl fmt::Debug for UserKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserKey").finish_non_exhaustive()
    }
}

/// What stands between two lines with this name.
fn block(text: &str, name: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("BEGIN {name}"))?;
    let mut lines = rest.lines().skip(1).map(str::trim);
    let line = lines.find(|line| !line.is_empty())?;
    (!line.starts_with('-')).then(|| line.to_owned())
}

/// Bytes out of base 32 (RFC 4648) with their sum behind them.
fn from_base_32(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for letter in text.bytes() {
        let value = ALPHABET.iter().position(|known| *known == letter)?;
        bits = bits << 5 | u32::try_from(value).ok()?;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    let (value, sum) = bytes.split_at_checked(bytes.len().checked_sub(2)?)?;
    (sum == crc16(value).to_le_bytes()).then(|| value.to_vec())
}

/// The other way round.
fn to_base_32(mut bytes: Vec<u8>) -> String {
    let sum = crc16(&bytes).to_le_bytes();
    bytes.extend(sum);
    let (mut text, mut bits, mut count) = (String::new(), 0_u32, 0);
    for byte in bytes {
        bits = bits << 8 | u32::from(byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            text.push(letter(bits >> count));
        }
    }
    if count > 0 {
        text.push(letter(bits << (5 - count)));
    }
    text
}

fn letter(bits: u32) -> char {
    let letter = ALPHABET.get((bits & 31) as usize);
    letter.map_or('A', |letter| char::from(*letter))
}

/// CRC-16 as XMODEM has it.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum, byte| {
        (0..8).fold(sum ^ u16::from(*byte) << 8, |sum, _| {
            let carry = sum & 0x8000 != 0;
            sum << 1 ^ if carry { 0x1021 } else { 0 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // Of the documentation of NATS; nobody's key.
    const KEY: &str = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY";
    const PUBLIC: &str = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4";

    #[test]
    fn a_key_has_its_public_side() {
        let proof = UserKey::read(KEY).unwrap().prove("nonce");
        assert_eq!(proof.key.as_deref(), Some(PUBLIC));
        assert_eq!((proof.token, proof.signature.len()), (None, 86));
    }

    #[test]
    fn a_file_holds_a_token_and_a_key() {
        let file = format!(
            "-----BEGIN NATS USER JWT-----\nheader.body.sum\n------END NATS USER JWT------\n\n\
             ************************* IMPORTANT *************************\n\
             -----BEGIN USER NKEY SEED-----\n{KEY}\n------END USER NKEY SEED------\n"
        );
        let proof = UserKey::read(&file).unwrap().prove("nonce");
        assert_eq!(proof.token.as_deref(), Some("header.body.sum"));
        assert_eq!(proof.key, None);
    }

    #[test]
    fn what_is_no_key_says_so() {
        let flipped = KEY.replace("SUAC", "SUAD");
        for text in [
            "",
            "x",
            PUBLIC,
            &flipped,
            &KEY[..20],
            "-----BEGIN USER NKEY SEED-----",
        ] {
            let error = UserKey::read(text).err();
            assert_eq!(error, Some(ConnectError::Credentials), "{text}");
        }
    }
}
