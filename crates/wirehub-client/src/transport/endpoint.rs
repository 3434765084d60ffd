//! Where a hub is, from a URL.

use http::{Uri, uri::PathAndQuery};

use crate::Error;

/// The path of the WebSocket endpoint when the URL names none.
const DEFAULT_PATH: &str = "/ws";

/// One address of a hub, taken apart once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Endpoint {
    /// Whether it is reached over TLS.
    pub(crate) secure: bool,
    /// Name or address, without the brackets of IPv6.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// What the header `Host` says.
    pub(crate) authority: String,
    /// Path of the WebSocket endpoint.
    path: String,
    /// With its `?`, or empty.
    query: String,
}

impl Endpoint {
    /// Reads a URL: `ws`, `wss`, `http` or `https`; without a path it is `/ws`.
    pub(crate) fn parse(url: &str) -> Result<Self, Error> {
        let wrong = |why: &str| Error::configuration(format!("`{url}` is not usable: {why}"));
        let uri: Uri = url.parse().map_err(|_| wrong("it is not a URL"))?;
        let secure = match uri.scheme_str() {
            Some("wss" | "https") => true,
            Some("ws" | "http") => false,
            _ => return Err(wrong("it has to begin with `wss://` or `ws://`")),
        };
        let authority = uri
            .authority()
            .ok_or_else(|| wrong("it names no host"))?
            .clone();
        if authority.as_str().contains('@') {
            // What stands there would end up in logs of proxies.
            return Err(wrong("credentials do not belong in a URL; give a token"));
        }
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        if host.is_empty() {
            return Err(wrong("it names no host"));
        }
        let path = match uri.path() {
            "" | "/" => DEFAULT_PATH,
            path => path,
        };
        Ok(Self {
            secure,
            host,
            port: authority
                .port_u16()
                .unwrap_or(if secure { 443 } else { 80 }),
            authority: authority.as_str().to_owned(),
            path: path.to_owned(),
            query: uri
                .query()
                .map(|query| format!("?{query}"))
                .unwrap_or_default(),
        })
    }

    /// What to ask for to open a WebSocket.
    pub(crate) fn websocket(&self) -> String {
        format!("{}{}", self.path, self.query)
    }

    /// A neighbour of the WebSocket endpoint, such as `ping`: they all stand in one folder, which
    /// a proxy may have put under a path of its own.
    pub(crate) fn beside(&self, name: &str) -> String {
        let folder = self.path.rfind('/').map_or(0, |at| at + 1);
        format!(
            "{}{name}{}",
            self.path.get(..folder).unwrap_or("/"),
            self.query
        )
    }

    /// A request target as hyper wants it.
    pub(crate) fn uri(target: &str) -> Result<Uri, http::Error> {
        let target: PathAndQuery = target.parse()?;
        Ok(Uri::from(target))
    }
}

#[cfg(test)]
mod tests {
    use super::Endpoint;

    #[test]
    fn reads_urls_as_people_write_them() {
        let endpoint = Endpoint::parse("wss://hub.example").unwrap();
        assert_eq!((endpoint.port, endpoint.secure), (443, true));
        assert_eq!(endpoint.websocket(), "/ws");
        assert_eq!(endpoint.beside("ping"), "/ping");
        let endpoint = Endpoint::parse("http://[::1]:8000/live/ws?room=1").unwrap();
        assert_eq!((endpoint.host.as_str(), endpoint.port), ("::1", 8000));
        assert_eq!(endpoint.authority, "[::1]:8000");
        assert_eq!(endpoint.websocket(), "/live/ws?room=1");
        assert_eq!(endpoint.beside("stream"), "/live/stream?room=1");
    }

    #[test]
    fn says_what_is_wrong_with_others() {
        for (url, part) in [
            ("hub.example/ws", "not a URL"),
            ("ftp://hub.example/ws", "begin with"),
            ("wss://user:secret@hub.example/ws", "credentials"),
            ("wss:///ws", "not a URL"),
            ("", "not a URL"),
        ] {
            let error = Endpoint::parse(url).unwrap_err().to_string();
            assert!(error.contains(part), "{url}: {error}");
        }
    }
}
