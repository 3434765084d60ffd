//! Requests that an app's servers sign.

use std::{fmt::Write as _, time::Duration};

use md5::{Digest as _, Md5};
use subtle::ConstantTimeEq;

use super::App;

/// How far the clock of whoever signed may be off, and how long a signature is good.
const WINDOW: Duration = Duration::from_secs(600);

const KEY: &str = "auth_key";
const TIMESTAMP: &str = "auth_timestamp";
const VERSION: &str = "auth_version";
const SIGNATURE: &str = "auth_signature";
const BODY_MD5: &str = "body_md5";

/// A request of an app's servers, as far as it is signed.
#[derive(Clone, Copy, Debug)]
pub struct SignedRequest<'a> {
    /// The method, in upper case.
    pub method: &'a str,
    /// The path, as it was sent.
    pub path: &'a str,
    /// The query, decoded.
    pub query: &'a [(String, String)],
    /// The body.
    pub body: &'a [u8],
}

/// Why a request is not an app's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// Something is missing that every signed request has.
    #[error("the query has no `{0}`")]
    Missing(&'static str),
    /// A part of the signature is there twice, so that nobody can tell which one was signed.
    #[error("the query has `{0}` twice")]
    Twice(String),
    /// The key is not that of the app in the path.
    #[error("`auth_key` is not the key of this app")]
    Key,
    /// There is no such way to sign.
    #[error("`auth_version` must be 1.0")]
    Version,
    /// It was signed too long ago, or by somebody whose clock is wrong.
    #[error(
        "`auth_timestamp` is {off} s away from the server's clock; {max} s are allowed",
        max = WINDOW.as_secs()
    )]
    Expired {
        /// How far, in seconds.
        off: u64,
    },
    /// The time is not a number.
    #[error("`auth_timestamp` must be a whole number of seconds since 1970")]
    Timestamp,
    /// The body is not the one that was signed.
    #[error("`body_md5` is not the MD5 of the body")]
    Body,
    /// The signature is not the app's.
    #[error("`auth_signature` is not the signature of this request with the app's secret")]
    Signature,
}

impl SignedRequest<'_> {
    /// Checks that the request is the app's; `unix` is the time since 1970.
    ///
    /// # Errors
    /// Says what is wrong. It never says what would be right.
    pub fn check(&self, app: &App, unix: Duration) -> Result<(), RequestError> {
        if self.needed(KEY)? != app.settings().key {
            return Err(RequestError::Key);
        }
        if self.needed(VERSION)? != "1.0" {
            return Err(RequestError::Version);
        }
        let signature = self.needed(SIGNATURE)?;
        let timestamp: u64 = self
            .needed(TIMESTAMP)?
            .parse()
            .map_err(|_| RequestError::Timestamp)?;
        let text = self.text()?;
        if !app.signer().proves(text.as_bytes(), signature) {
            return Err(RequestError::Signature);
        }
        let off = unix.as_secs().abs_diff(timestamp);
        if off > WINDOW.as_secs() {
            return Err(RequestError::Expired { off });
        }
        // Without a body there need be no digest of it.
        match self.find(BODY_MD5)? {
            None if self.body.is_empty() => Ok(()),
            None => Err(RequestError::Missing(BODY_MD5)),
            Some(given) => self.check_body(given),
        }
    }

    /// The text that is signed: the query without the signature, sorted and not escaped.
    fn text(&self) -> Result<String, RequestError> {
        let signed = self
            .query
            .iter()
            .map(|(name, value)| (name.to_lowercase(), value));
        let mut pairs: Vec<_> = signed.filter(|(name, _)| name != SIGNATURE).collect();
        pairs.sort();
        let mut text = format!("{}\n{}\n", self.method, self.path);
        let mut before: Option<&str> = None;
        for (name, value) in &pairs {
            if before == Some(name) {
                return Err(RequestError::Twice(name.chars().take(64).collect()));
            }
            let separator = if before.is_some() { "&" } else { "" };
            // Writing to a string does not fail.
            let _ = write!(text, "{separator}{name}={value}");
            before = Some(name);
        }
        Ok(text)
    }

    fn check_body(&self, given: &str) -> Result<(), RequestError> {
        let digest = Md5::digest(self.body);
        let mut digits = String::with_capacity(32);
        for byte in digest {
            let _ = write!(digits, "{byte:02x}");
        }
        let is_equal: bool = digits.as_bytes().ct_eq(given.as_bytes()).into();
        if is_equal {
            Ok(())
        } else {
            Err(RequestError::Body)
        }
    }

    fn needed(&self, name: &'static str) -> Result<&str, RequestError> {
        self.find(name)?.ok_or(RequestError::Missing(name))
    }

    fn find(&self, name: &'static str) -> Result<Option<&str>, RequestError> {
        let mut found = self.query.iter().filter(|(known, _)| known == name);
        let first = found.next().map(|(_, value)| value.as_str());
        match found.next() {
            None => Ok(first),
            Some(_) => Err(RequestError::Twice(name.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use wirehub_model::Secret;
    use wirehub_protocol::pusher::Scope;

    use super::*;
    use crate::pusher::AppSettings;

    /// The example of Pusher's documentation, "Worked authentication example".
    const BODY: &str = r#"{"name":"foo","channels":["project-3"],"data":"{\"some\":\"data\"}"}"#;
    const SIGNED_AT: u64 = 1_353_088_179;

    fn app() -> App {
        let secret = Secret::new("7ad3773142a6692b25b8".to_owned());
        let key = "278d425bdf160c739803".to_owned();
        let settings = AppSettings::new("3".to_owned(), key, secret, Scope::default());
        App::new(settings, None)
    }

    fn query() -> Vec<(String, String)> {
        [
            (KEY, "278d425bdf160c739803"),
            (TIMESTAMP, "1353088179"),
            (VERSION, "1.0"),
            (BODY_MD5, "ec365a775a4cd0599faeb73354201b6f"),
            (
                SIGNATURE,
                "da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c",
            ),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    fn check(query: &[(String, String)], body: &str, unix: u64) -> Result<(), RequestError> {
        let request = SignedRequest {
            method: "POST",
            path: "/apps/3/events",
            query,
            body: body.as_bytes(),
        };
        request.check(&app(), Duration::from_secs(unix))
    }

    #[test]
    fn the_example_of_the_documents_of_pusher_is_right() {
        assert_eq!(check(&query(), BODY, SIGNED_AT), Ok(()));
        assert_eq!(check(&query(), BODY, SIGNED_AT + 600), Ok(()));
        assert_eq!(check(&query(), BODY, SIGNED_AT - 600), Ok(()));
    }

    #[test]
    fn old_and_changed_requests_are_refused() {
        let expired = Err(RequestError::Expired { off: 601 });
        assert_eq!(check(&query(), BODY, SIGNED_AT + 601), expired);
        assert_eq!(check(&query(), BODY, SIGNED_AT - 601), expired);
        let other = BODY.replace("foo", "bar");
        assert_eq!(check(&query(), &other, SIGNED_AT), Err(RequestError::Body));

        let changed = |name: &str, value: Option<&str>| {
            let mut query = query();
            let place = query.iter().position(|(known, _)| known == name);
            match (place, value) {
                (Some(place), Some(value)) => query[place].1 = value.to_owned(),
                (Some(place), None) => drop(query.remove(place)),
                (None, value) => query.push((name.to_owned(), value.unwrap().to_owned())),
            }
            check(&query, BODY, SIGNED_AT).unwrap_err()
        };
        assert_eq!(changed(KEY, Some("other")), RequestError::Key);
        assert_eq!(changed(VERSION, Some("2.0")), RequestError::Version);
        assert_eq!(changed(TIMESTAMP, Some("soon")), RequestError::Timestamp);
        assert_eq!(
            changed(TIMESTAMP, Some("1353088180")),
            RequestError::Signature
        );
        assert_eq!(changed("info", Some("user_count")), RequestError::Signature);
        assert_eq!(changed(SIGNATURE, Some("00")), RequestError::Signature);
        assert_eq!(changed(BODY_MD5, None), RequestError::Signature);
        for name in [KEY, TIMESTAMP, VERSION, SIGNATURE] {
            assert_eq!(changed(name, None), RequestError::Missing(name));
        }
        let mut twice = query();
        twice.push((KEY.to_owned(), "x".to_owned()));
        let error = check(&twice, BODY, SIGNED_AT);
        assert_eq!(error, Err(RequestError::Twice(KEY.to_owned())));
    }

    #[test]
    fn a_body_that_nobody_signed_is_refused() {
        let mut query = query();
        query.retain(|(name, _)| name != BODY_MD5 && name != SIGNATURE);
        let text = "POST\n/apps/3/events\nauth_key=278d425bdf160c739803&\
                    auth_timestamp=1353088179&auth_version=1.0";
        query.push((SIGNATURE.to_owned(), app().sign(text.as_bytes())));
        assert_eq!(check(&query, "", SIGNED_AT), Ok(()));
        let error = check(&query, BODY, SIGNED_AT);
        assert_eq!(error, Err(RequestError::Missing(BODY_MD5)));
    }
}
