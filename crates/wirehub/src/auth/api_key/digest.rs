//! What is kept of a key.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use subtle::{Choice, ConstantTimeEq};
use wirehub_model::Secret;

/// The SHA-256 of an API key, as `sha256:` and 64 hexadecimal digits.
///
/// Nothing slower is needed: a key is random and not a password, so there is no list of likely
/// ones to try, and 32 random bytes cannot be gone through (OWASP's advice on slow hashes is for
/// what people choose).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyDigest([u8; 32]);

const PREFIX: &str = "sha256:";

impl KeyDigest {
    /// The digest of a key's text.
    #[must_use]
    pub fn of(key: &Secret) -> Self {
        let digest = digest(&SHA256, key.expose().as_bytes());
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest.as_ref());
        Self(bytes)
    }

    /// Reads what [`Display`](fmt::Display) writes; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?.as_bytes();
        let mut bytes = [0; 32];
        if digits.len() != 2 * bytes.len() {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let nibble = |digit: u8| char::from(digit).to_digit(16);
            let (high, low) = (nibble(*pair.first()?)?, nibble(*pair.last()?)?);
            *byte = u8::try_from(high << 4 | low).ok()?;
        }
        Some(Self(bytes))
    }

    /// Whether both are of one key; the answer takes the same time for every pair.
    pub(super) fn ct_eq(&self, other: &Self) -> Choice {
        self.0.as_slice().ct_eq(&other.0)
    }
}

impl fmt::Display for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PREFIX)?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyDigest(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digest of `abc` stands in FIPS 180-2, appendix B.1.
    const ABC: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn the_text_is_that_of_the_standard() {
        let digest = KeyDigest::of(&Secret::new("abc".to_owned()));
        assert_eq!(digest.to_string(), ABC);
        assert_eq!(KeyDigest::parse(ABC), Some(digest));
        let (_, digits) = ABC.split_once(':').unwrap();
        let capitals = format!("sha256:{}", digits.to_uppercase());
        assert_eq!(KeyDigest::parse(&capitals), Some(digest));
    }

    #[test]
    fn anything_else_is_no_digest() {
        let (_, digits) = ABC.split_once(':').unwrap();
        for wrong in [
            String::new(),
            digits.to_owned(),
            format!("sha512:{digits}"),
            format!("{ABC}0"),
            ABC.replace("ba", "g0"),
            format!("sha256:{}", "é".repeat(32)),
        ] {
            assert_eq!(KeyDigest::parse(&wrong), None, "{wrong}");
        }
    }
}
