//! Where a key set is fetched from.

use std::{error::Error, time::Duration};

use http::{HeaderMap, StatusCode, header};
use reqwest::{
    Client, Url,
    redirect::{Attempt, Policy},
};

use super::{
    super::{AuthSettingsError, JwksSettings, key_ring::KeyRing, loopback::is_loopback},
    document,
};

/// One address and a client that asks nothing else.
#[derive(Debug)]
pub(super) struct Endpoint {
    client: Client,
    url: Url,
    response_bytes: usize,
    keys: usize,
}

/// What a fetch brought.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) keys: KeyRing,
    /// Keys of the set that cannot verify tokens.
    pub(super) skipped: usize,
    /// How long the endpoint allows to keep the set, if it says.
    pub(super) max_age: Option<Duration>,
}

/// Why a fetch brought nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("request failed: {0}")]
    Request(String),
    #[error("endpoint answered {0}")]
    Status(StatusCode),
    #[error("answer is larger than `auth.jwks_response_bytes` = {0}")]
    TooLarge(usize),
    #[error("answer is not a key set (a JSON object with `keys`)")]
    NotAKeySet,
    #[error("key set holds {count} keys, more than `auth.jwks_keys` = {max}")]
    TooManyKeys { count: usize, max: usize },
}

impl Endpoint {
    pub(super) fn new(settings: &JwksSettings) -> Result<Self, AuthSettingsError> {
        let url = check_url(&settings.url).map_err(AuthSettingsError::JwksUrl)?;
        let client = Client::builder()
            // Settings say where to connect; the environment does not.
            .no_proxy()
            .https_only(url.scheme() == "https")
            .redirect(Policy::custom(redirect))
            .referer(false)
            .connect_timeout(settings.connect_timeout)
            .timeout(settings.timeout)
            // A fetch every few minutes is not worth a connection in between.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("wirehub/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| AuthSettingsError::JwksClient(chain(&error)))?;
        Ok(Self {
            client,
            url,
            response_bytes: settings.response_bytes,
            keys: settings.keys,
        })
    }

    /// Fetches the key set once.
    pub(super) async fn fetch(&self) -> Result<Fetched, FetchError> {
        let request = self
            .client
            .get(self.url.clone())
            .header(header::ACCEPT, "application/jwk-set+json, application/json");
        let mut response = request.send().await?;
        if response.status() != StatusCode::OK {
            return Err(FetchError::Status(response.status()));
        }
        let max_age = max_age(response.headers());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > self.response_bytes {
                return Err(FetchError::TooLarge(self.response_bytes));
            }
            body.extend_from_slice(&chunk);
        }
        let (keys, skipped) = document::read(&body, self.keys)?;
        Ok(Fetched {
            keys: KeyRing::new(keys),
            skipped,
            max_age,
        })
    }
}

/// Whoever can change the answer can make tokens: the way there is encrypted or does not leave the
/// machine.
fn check_url(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "is not a URL")?;
    match url.scheme() {
        "https" => {}
        "http" if url.host_str().is_some_and(is_loopback) => {}
        "http" => return Err("must begin with `https://` (`http://` only on a loopback host)"),
        _ => return Err("must begin with `https://`"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user or a password");
    }
    Ok(url)
}

/// Follows a few redirects within the origin: another host would be another source of trust.
fn redirect(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let origin = attempt.url().origin();
    let same = attempt.previous().iter().all(|url| url.origin() == origin);
    if !same {
        attempt.error("it redirects to another host; set the final URL")
    } else if attempt.previous().len() > 3 {
        attempt.error("it redirects more than three times")
    } else {
        attempt.follow()
    }
}

/// RFC 9111 sections 4.2.1 and 5.2.2: what is left of the answer's freshness.
fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let control = headers.get_all(header::CACHE_CONTROL).iter();
    let directives = control
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|directive| directive.trim().to_ascii_lowercase());
    let mut fresh = None;
    for directive in directives {
        if matches!(&*directive, "no-store" | "no-cache") {
            return Some(Duration::ZERO);
        }
        let seconds = directive.strip_prefix("max-age=");
        let seconds = seconds.and_then(|seconds| seconds.trim_matches('"').parse::<u32>().ok());
        fresh = fresh.or(seconds);
    }
    let age = headers.get(header::AGE).and_then(|age| age.to_str().ok());
    let age = age.and_then(|age| age.parse::<u32>().ok()).unwrap_or(0);
    fresh.map(|fresh| Duration::from_secs(fresh.saturating_sub(age).into()))
}

impl From<reqwest::Error> for FetchError {
    fn from(error: reqwest::Error) -> Self {
        Self::Request(chain(&error.without_url()))
    }
}

/// The error and its causes in one line; the cause is what helps an operator.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
