//! Where the servers are.

use std::fmt;

use crate::ConnectError;

/// The port of a server that names none.
const PORT: u16 = 4222;

/// A server, and who the broker is to it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The connection is encrypted, or it is none.
    pub(crate) is_secure: bool,
    pub(crate) login: Login,
}

/// What a server asks for.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Login {
    Nobody,
    Token(String),
    User(String, String),
}

impl Address {
    /// Reads addresses with commas between them.
    pub(crate) fn read_all(urls: &str) -> Result<Vec<Self>, ConnectError> {
        urls.split(',').map(|url| Self::read(url.trim())).collect()
    }

    fn read(url: &str) -> Result<Self, ConnectError> {
        let wrong = ConnectError::Url;
        let (scheme, rest) = url.split_once("://").ok_or(wrong("it has no scheme"))?;
        let is_secure = match scheme {
            "nats" => false,
            "tls" => true,
            _ => return Err(wrong("its scheme is neither nats nor tls")),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (login, place) = match rest.rsplit_once('@') {
            None => (Login::Nobody, rest),
            Some((login, place)) => {
                let unreadable = wrong("its user or password has a `%` without two digits");
                let login = match login.split_once(':') {
                    None => decoded(login).map(Login::Token),
                    Some((user, password)) => decoded(user)
                        .zip(decoded(password))
                        .map(|(user, password)| Login::User(user, password)),
                };
                (login.ok_or(unreadable)?, place)
            }
        };
        let bracketed = place
            .strip_prefix('[')
            .and_then(|place| place.split_once(']'));
        let (host, port) = match bracketed {
            Some((host, port)) => (host, port),
            None => place.split_at(place.find(':').unwrap_or(place.len())),
        };
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => PORT,
            port => port
                .and_then(|port| port.parse().ok())
                .ok_or(wrong("its port is not a number up to 65535"))?,
        };
        if host.is_empty() || host.contains(['/', '?', '#', ' ']) {
            return Err(wrong("its host is not one"));
        }
        Ok(Self {
            host: host.to_owned(),
            port,
            is_secure,
            login,
        })
    }
}

/// A text with `%` and two digits for some of its bytes.
fn decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(code, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

/// Without a password or a token.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({}:{})", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let user = Login::User("u".to_owned(), "p@:/".to_owned());
        for (url, host, port, is_secure, login) in [
            ("nats://a", "a", 4222, false, Login::Nobody),
            ("tls://a.b:1/", "a.b", 1, true, Login::Nobody),
            ("nats://t@a:5", "a", 5, false, Login::Token("t".to_owned())),
            ("nats://u:p@:%2F@a", "a", 4222, false, user),
            ("nats://[::1]:7", "::1", 7, false, Login::Nobody),
            ("nats://[::1]", "::1", 4222, false, Login::Nobody),
        ] {
            let expected = Address {
                host: host.to_owned(),
                port,
                is_secure,
                login,
            };
            assert_eq!(Address::read_all(url), Ok(vec![expected]), "{url}");
        }
        let all = Address::read_all("nats://a, nats://b").unwrap();
        assert_eq!((all.len(), all[1].host.as_str()), (2, "b"));
    }

    #[test]
    fn what_is_no_address_says_so_without_the_password() {
        for url in [
            "",
            "a:4222",
            "http://a",
            "nats://",
            "nats://u:hush@",
            "nats://u:hush@a:x",
            "nats://u:hush@a:70000",
            "nats://u:hush%@a",
            "nats://a/b",
            "nats://a,",
        ] {
            let error = Address::read_all(url).unwrap_err();
            assert!(matches!(error, ConnectError::Url(_)), "{url}: {error}");
            assert!(!error.to_string().contains("hush"), "{error}");
        }
        let address = Address::read_all("nats://u:hush@a").unwrap();
        assert!(!format!("{address:?}").contains("hush"));
    }
}
