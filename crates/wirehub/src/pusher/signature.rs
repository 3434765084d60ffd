//! HMAC-SHA256 as Pusher writes it.

use std::fmt;

use aws_lc_rs::hmac;
use wirehub_model::Secret;

/// The secret of an app, ready to sign and to check with. `Debug` shows nothing of it.
pub(super) struct Signer(hmac::Key);

impl Signer {
    pub(super) fn new(secret: &Secret) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
        Self(key)
    }

    /// The signature of a text, in hexadecimal.
    pub(super) fn sign(&self, text: &[u8]) -> String {
        let tag = hmac::sign(&self.0, text);
        let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
        let bytes = tag.as_ref().iter();
        bytes
            .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
            .collect()
    }

    /// Whether this is the signature of a text. Takes the same time wherever it is wrong.
    pub(super) fn proves(&self, text: &[u8], signature: &str) -> bool {
        bytes_of(signature).is_some_and(|tag| hmac::verify(&self.0, text, &tag).is_ok())
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(…)")
    }
}

/// The bytes of 64 hexadecimal digits.
fn bytes_of(digits: &str) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = digits.as_bytes().try_into().ok()?;
    let mut bytes = [0; 32];
    let (pairs, _) = digits.as_chunks::<2>();
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        let digit = |digit: u8| char::from(digit).to_digit(16).map(|value| value as u8);
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(secret: &str) -> Signer {
        Signer::new(&Secret::new(secret.to_owned()))
    }

    /// The examples of Pusher's documentation, "Generating the authentication string".
    #[test]
    fn signs_as_the_documents_of_pusher_do() {
        let signer = signer("7ad3773142a6692b25b8");
        for (text, signature) in [
            (
                "1234.1234:private-foobar",
                "58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4",
            ),
            (
                r#"1234.1234:presence-foobar:{"user_id":10,"user_info":{"name":"Mr. Channels"}}"#,
                "31935e7d86dba64c2a90aed31fdc61869f9b22ba9d8863bba239c03ca481bc80",
            ),
        ] {
            assert_eq!(signer.sign(text.as_bytes()), signature);
            assert!(signer.proves(text.as_bytes(), signature));
        }
    }

    #[test]
    fn proves_nothing_but_the_very_text_and_secret() {
        let (ours, other) = (signer("ours"), signer("other"));
        let signature = ours.sign(b"text");
        assert!(!ours.proves(b"Text", &signature));
        assert!(!other.proves(b"text", &signature));
        for bad in [
            "",
            &signature[1..],
            &format!("{signature}0"),
            &signature.replace(|c: char| c.is_ascii_digit(), "x"),
            &"é".repeat(32),
        ] {
            assert!(!ours.proves(b"text", bad), "{bad}");
        }
        assert_eq!(format!("{ours:?}"), "Signer(…)");
    }
}
