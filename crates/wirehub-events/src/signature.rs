//! Signatures of webhooks, as the Standard Webhooks specification says:
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.

use std::fmt;

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use wirehub_model::Secret;

/// What a secret in the form of the specification begins with; the rest is base64.
const PREFIX: &str = "whsec_";

/// The fewest bytes of a key that are worth the name.
const KEY_BYTES_MIN: usize = 24;

/// Keys to sign with. `Debug` shows nothing of them.
pub(crate) struct Signer(Vec<hmac::Key>);

/// A secret that is too short or not base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a secret of a webhook has 24 bytes or more: `whsec_` and base64 of them, or any text of that \
     length"
)]
pub(crate) struct WeakSecret;

impl Signer {
    /// Takes the secrets that receivers may check with; more than one while they are exchanged.
    pub(crate) fn new(secrets: &[Secret]) -> Result<Self, WeakSecret> {
        let keys = secrets.iter().map(|secret| {
            let bytes = match secret.expose().strip_prefix(PREFIX) {
                Some(encoded) => STANDARD.decode(encoded).map_err(|_| WeakSecret)?,
                None => secret.expose().as_bytes().to_vec(),
            };
            if bytes.len() < KEY_BYTES_MIN {
                return Err(WeakSecret);
            }
            Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
        });
        Ok(Self(keys.collect::<Result<_, _>>()?))
    }

    /// The header `webhook-signature` for a message: one signature for each secret.
    pub(crate) fn sign(&self, id: &str, timestamp: u64, body: &str) -> String {
        let content = format!("{id}.{timestamp}.{body}");
        let signatures = self.0.iter().map(|key| {
            let tag = hmac::sign(key, content.as_bytes());
            format!("v1,{}", STANDARD.encode(tag))
        });
        signatures.collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({} keys)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference libraries.
    #[test]
    fn a_message_is_signed_as_the_specification_says() {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
        let signer = Signer::new(&[secret]).unwrap();
        let signature = signer.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn each_secret_signs() {
        let secrets = ["a secret of many bytes, one", "a secret of many bytes, two"];
        let secrets = secrets.map(|text| Secret::new(text.to_owned()));
        let signature = Signer::new(&secrets).unwrap().sign("id", 1, "body");
        let parts: Vec<&str> = signature.split(' ').collect();
        assert_eq!(parts.len(), 2);
        assert_ne!(parts[0], parts[1]);
    }

    #[test]
    fn weak_secrets_are_refused() {
        for text in [
            "",
            "short",
            "whsec_",
            "whsec_c2hvcnQ=",
            "whsec_no base64, and long enough",
        ] {
            let secrets = [Secret::new(text.to_owned())];
            assert_eq!(Signer::new(&secrets).err(), Some(WeakSecret), "{text}");
        }
    }
}
