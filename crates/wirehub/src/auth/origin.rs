//! Which web pages may connect.
//!
//! Browsers let any page open a WebSocket to any server and send the server's cookies along. The
//! `Origin` header says which page it is, and checking it is the server's duty (RFC 6455 section
//! 10.2).

use http::{HeaderMap, StatusCode, header};

use super::loopback::is_loopback;

/// What an operator says about origins.
#[derive(Clone, Debug)]
pub struct OriginSettings {
    /// Origins that may connect: `https://example.com`, `https://example.com:8443`,
    /// `https://*.example.com` for one level of subdomains, `null` for sandboxed pages and files,
    /// `*` for every page there is. Empty: none, except for development on loopback.
    pub allowed: Vec<String>,
    /// Whether clients without an `Origin`, which are not browsers, may connect.
    pub allow_missing: bool,
    /// Whether the server listens on loopback only, so that pages served from this machine are the
    /// developer's own.
    pub listens_on_loopback: bool,
    /// Whether pages opened from files count as pages of this machine. Browsers say `null` for
    /// them, and for sandboxed pages of any site: only where each client needs a token that no page
    /// of another can know, and that no browser sends by itself.
    pub own_files: bool,
}

impl OriginSettings {
    /// The most origins that may be listed.
    pub const ALLOWED_MAX: usize = 1024;
}

impl Default for OriginSettings {
    fn default() -> Self {
        Self {
            allowed: Vec::new(),
            allow_missing: true,
            listens_on_loopback: false,
            own_files: false,
        }
    }
}

/// Decides about the `Origin` of a handshake.
#[derive(Clone, Debug)]
pub struct OriginPolicy {
    rules: Vec<Rule>,
    everyone: bool,
    null: bool,
    allow_missing: bool,
    loopback_pages: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Rule {
    Exactly(Origin),
    /// One label before the host, which begins with a dot here.
    Subdomain(Origin),
}

/// The triple of RFC 6454 section 4, in lower case and with the default port left out.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Origin {
    scheme: String,
    host: String,
    port: Option<u16>,
}

/// Why a page may not connect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OriginRefused {
    /// The origin is not on the list.
    #[error("origin {0:?} is not listed; add it to `auth.allowed_origins` if the page is yours")]
    NotListed(String),
    /// There is no list.
    #[error("no origin may connect until it is listed; add {0:?} to `auth.allowed_origins`")]
    NoneListed(String),
    /// The page has an opaque origin.
    #[error("origin `null` (a file or sandboxed page) is not listed in `auth.allowed_origins`")]
    Null,
    /// There is no `Origin`, and settings ask for one.
    #[error("request has no `Origin`; set `auth.allow_missing_origin` to let native clients in")]
    Missing,
    /// The header is not one origin.
    #[error("`Origin` header is not one origin as RFC 6454 section 7 writes it")]
    Malformed,
}

impl OriginRefused {
    /// The word for it in metrics and logs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::NotListed(_) => "origin_not_listed",
            Self::NoneListed(_) => "origin_none_listed",
            Self::Null => "origin_null",
            Self::Missing => "origin_missing",
            Self::Malformed => "origin_malformed",
        }
    }

    /// The status of the refused handshake.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        StatusCode::FORBIDDEN
    }
}

/// Why an entry of the list cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`auth.allowed_origins` entry {entry:?} {why}")]
pub struct OriginSettingsError {
    entry: String,
    why: &'static str,
}

impl OriginPolicy {
    /// Checks settings.
    ///
    /// # Errors
    /// Names the entry that cannot be used, and why.
    pub fn new(settings: &OriginSettings) -> Result<Self, OriginSettingsError> {
        let fault = |entry: &str, why| OriginSettingsError {
            entry: entry.to_owned(),
            why,
        };
        if let Some(entry) = settings.allowed.get(OriginSettings::ALLOWED_MAX) {
            return Err(fault(entry, "is beyond the bound of 1024 entries"));
        }
        let mut policy = Self {
            rules: Vec::new(),
            everyone: false,
            null: false,
            allow_missing: settings.allow_missing,
            loopback_pages: settings.listens_on_loopback && settings.allowed.is_empty(),
        };
        policy.null = policy.loopback_pages && settings.own_files;
        for entry in &settings.allowed {
            match entry.as_str() {
                "*" => policy.everyone = true,
                "null" => policy.null = true,
                text => policy
                    .rules
                    .push(Rule::parse(text).map_err(|why| fault(entry, why))?),
            }
        }
        Ok(policy)
    }

    /// Whether the page may connect; `origin` is the header's value, if there is one.
    ///
    /// # Errors
    /// Why not, naming the setting to change.
    pub fn check(&self, origin: Option<&str>) -> Result<(), OriginRefused> {
        let Some(text) = origin else {
            return self
                .allow_missing
                .then_some(())
                .ok_or(OriginRefused::Missing);
        };
        if text == "null" {
            return self.null.then_some(()).ok_or(OriginRefused::Null);
        }
        let origin = Origin::parse(text).map_err(|_| OriginRefused::Malformed)?;
        let own_page = self.loopback_pages && origin.is_page() && is_loopback(&origin.host);
        if self.everyone || own_page || self.rules.iter().any(|rule| rule.matches(&origin)) {
            return Ok(());
        }
        Err(if self.rules.is_empty() && !self.null {
            OriginRefused::NoneListed(text.to_owned())
        } else {
            OriginRefused::NotListed(text.to_owned())
        })
    }

    /// The same for the headers of a request. More than one `Origin` is refused.
    ///
    /// # Errors
    /// Why not, naming the setting to change.
    pub fn check_headers(&self, headers: &HeaderMap) -> Result<(), OriginRefused> {
        let mut values = headers.get_all(header::ORIGIN).iter();
        let origin = values.next().map(|value| value.to_str());
        let origin = origin.transpose().map_err(|_| OriginRefused::Malformed)?;
        if values.next().is_some() {
            return Err(OriginRefused::Malformed);
        }
        self.check(origin)
    }

    /// Whether every page there is may connect.
    #[must_use]
    pub const fn lets_everyone_in(&self) -> bool {
        self.everyone
    }
}

impl Rule {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let Some((scheme, host)) = text.split_once("://*.") else {
            if text.contains('*') {
                return Err(
                    "may have `*` only as the whole first label, as in `https://*.example.com`",
                );
            }
            return Origin::parse(text).map(Self::Exactly);
        };
        let mut origin = Origin::parse(&format!("{scheme}://{host}"))?;
        let (_, top) = origin.host.rsplit_once('.').unwrap_or_default();
        if !top.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return Err("needs two labels after `*.`; it would let a whole top-level domain in");
        }
        origin.host.insert(0, '.');
        Ok(Self::Subdomain(origin))
    }

    fn matches(&self, origin: &Origin) -> bool {
        match self {
            Self::Exactly(ours) => ours == origin,
            Self::Subdomain(ours) => {
                let label = origin.host.strip_suffix(&ours.host);
                ours.scheme == origin.scheme
                    && ours.port == origin.port
                    && label.is_some_and(|label| !label.is_empty() && !label.contains('.'))
            }
        }
    }
}

impl Origin {
    /// Reads `scheme "://" host [ ":" port ]` (RFC 6454 section 6.2), and no more than that.
    fn parse(text: &str) -> Result<Self, &'static str> {
        let (scheme, authority) = text
            .split_once("://")
            .ok_or("is not an origin: `scheme://host` or `scheme://host:port`")?;
        if !text.is_ascii() {
            return Err("is not ASCII; write international names in their `xn--` form");
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(parse_port(port)?)),
            _ => (authority, None),
        };
        if !is_scheme(scheme) || !is_host(host) {
            return Err("is not an origin: `scheme://host`, without a path and a slash at the end");
        }
        let scheme = scheme.to_ascii_lowercase();
        let default_port = match scheme.as_str() {
            "http" => Some(80),
            "https" => Some(443),
            _ => None,
        };
        Ok(Self {
            port: port.filter(|port| Some(*port) != default_port),
            host: host.to_ascii_lowercase(),
            scheme,
        })
    }

    fn is_page(&self) -> bool {
        matches!(&*self.scheme, "http" | "https")
    }
}

fn parse_port(text: &str) -> Result<u16, &'static str> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let port = text.parse().ok().filter(|port| *port != 0);
    port.filter(|_| digits)
        .ok_or("has a port that is not a number from 1 to 65535")
}

/// RFC 3986 section 3.1.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// A name, an IPv4 address, or an IPv6 address in brackets. Browsers send international names in
/// ASCII.
fn is_host(text: &str) -> bool {
    if let Some(rest) = text.strip_prefix('[') {
        let address = rest.strip_suffix(']');
        return address.is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok());
    }
    (1..=253).contains(&text.len())
        && text.split('.').all(|label| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        })
}

#[cfg(test)]
mod tests;
