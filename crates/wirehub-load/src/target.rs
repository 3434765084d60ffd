//! Where the server is, from a URL.

use std::fmt;

use http::Uri;

use crate::scenario::Speech;

/// The path of the WebSocket when the URL names none.
const DEFAULT_PATH: &str = "/ws";

/// Where the server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Whether it is reached over TLS.
    pub(crate) secure: bool,
    /// Name or address, without the brackets of IPv6.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// What the header `Host` says.
    pub(crate) authority: String,
    /// Path and query.
    pub(crate) resource: String,
    /// Whether the URL names the path.
    has_path: bool,
}

/// Why a URL is none of a server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{url:?} is not usable: {why}")]
pub struct TargetError {
    url: String,
    why: &'static str,
}

impl Target {
    /// Reads a URL: `ws`, `wss`, `http` or `https`; without a path it is `/ws`.
    ///
    /// # Errors
    /// When it is none, or has credentials in it, which would end up in reports.
    pub fn parse(url: &str) -> Result<Self, TargetError> {
        let wrong = |why| TargetError {
            url: url.to_owned(),
            why,
        };
        let scheme = "it has to begin with `ws://` or `wss://`, as in ws://127.0.0.1:8000/ws";
        let uri: Uri = url.parse().map_err(|_| wrong(scheme))?;
        let secure = match uri.scheme_str() {
            Some("wss" | "https") => true,
            Some("ws" | "http") => false,
            _ => return Err(wrong(scheme)),
        };
        let authority = uri.authority().ok_or_else(|| wrong("it names no host"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("credentials do not belong in a URL; give a secret"));
        }
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        if host.is_empty() {
            return Err(wrong("it names no host"));
        }
        let (path, has_path) = match uri.path() {
            "" | "/" => (DEFAULT_PATH, false),
            path => (path, true),
        };
        let query = uri.query().map(|query| format!("?{query}"));
        Ok(Self {
            secure,
            host,
            port: authority
                .port_u16()
                .unwrap_or(if secure { 443 } else { 80 }),
            authority: authority.as_str().to_owned(),
            resource: format!("{path}{}", query.unwrap_or_default()),
            has_path,
        })
    }

    /// The same for whoever speaks so: without a path, plain WebSocket is looked for at `/`.
    #[must_use]
    pub fn speaking(mut self, speech: &Speech) -> Self {
        if let (Speech::Plain(_), false) = (speech, self.has_path) {
            self.resource = self.resource.replacen(DEFAULT_PATH, "/", 1);
        }
        self
    }

    /// What several are called together.
    #[must_use]
    pub fn names(targets: &[Self]) -> String {
        let names: Vec<String> = targets.iter().map(Self::to_string).collect();
        names.join(", ")
    }

    /// Its port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for Target {
    /// Without the query, which may hold a token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "wss" } else { "ws" };
        let path = self.resource.split('?').next().unwrap_or_default();
        write!(f, "{scheme}://{}{path}", self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Adapter;

    #[test]
    fn reads_urls_and_keeps_secrets_to_itself() {
        let target = Target::parse("wss://hub.example/app/ws?token=t").unwrap();
        assert_eq!((target.secure, target.port), (true, 443));
        assert_eq!(target.resource, "/app/ws?token=t");
        assert_eq!(target.to_string(), "wss://hub.example/app/ws");
        let target = Target::parse("ws://[::1]:8000").unwrap();
        assert_eq!((target.host.as_str(), target.port), ("::1", 8_000));
        assert_eq!(target.to_string(), "ws://[::1]:8000/ws");
    }

    #[test]
    fn a_server_that_is_no_hub_is_at_the_root() {
        let plain = Speech::Plain(Adapter::default());
        for (url, resource) in [
            ("ws://echo.example", "/"),
            ("ws://echo.example/?a=b", "/?a=b"),
            ("ws://echo.example/ws", "/ws"),
        ] {
            let target = Target::parse(url).unwrap();
            assert_eq!(target.speaking(&plain).resource, resource);
        }
    }

    #[test]
    fn says_what_is_wrong_with_others() {
        for url in ["", "hub", "ftp://hub", "ws://u:p@hub", "ws://", "//"] {
            assert!(Target::parse(url).is_err(), "{url}");
        }
    }
}
