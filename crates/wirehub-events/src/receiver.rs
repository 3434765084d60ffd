//! Somebody who is told things by HTTP, and what its answers mean.

use std::{
    net::IpAddr,
    time::{Duration, SystemTime},
};

use http::{HeaderMap, StatusCode, header};
use reqwest::{Client, RequestBuilder, Response, Url, redirect::Policy};

use crate::{SinkError, WebhookError};

/// The longest pause that a receiver may ask for.
const PAUSE_MAX: Duration = Duration::from_secs(3_600);

/// Somebody at an address. Any answer of 2xx takes what was posted. After others it comes again;
/// but 400, 410, 413, 415 and 422 say that it never will be taken.
#[derive(Debug)]
pub struct Receiver {
    client: Client,
    url: Url,
}

impl Receiver {
    /// Checks an address and prepares to post there. Plain HTTP is for this machine, unless
    /// `plain_http` allows it.
    ///
    /// # Errors
    /// When the address is none, or is not encrypted and far away.
    pub fn new(url: &str, timeout: Duration, plain_http: bool) -> Result<Self, WebhookError> {
        let url = check_url(url, plain_http)?;
        let client = Client::builder()
            // Settings say where to connect; the environment does not.
            .no_proxy()
            .redirect(Policy::none())
            .referer(false)
            .connect_timeout(timeout)
            .timeout(timeout)
            .user_agent(concat!("wirehub/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| WebhookError::Client(error.to_string()))?;
        Ok(Self { client, url })
    }

    /// Posts a text of a media type, with more headers.
    ///
    /// # Errors
    /// When it was not taken, and whether it may be later.
    pub async fn post(
        &self,
        media_type: &str,
        headers: &[(&'static str, String)],
        body: String,
    ) -> Result<(), SinkError> {
        let request = self.client.post(self.url.clone());
        let request = request.header(header::CONTENT_TYPE, media_type);
        let with =
            |request: RequestBuilder, (name, value): &(&str, String)| request.header(*name, value);
        let request = headers.iter().fold(request, with);
        match request.body(body).send().await {
            Ok(response) => judge(&response),
            Err(error) => Err(SinkError::Later {
                reason: reason(error),
                after: None,
            }),
        }
    }
}

fn check_url(given: &str, plain_http: bool) -> Result<Url, WebhookError> {
    let no_address = || WebhookError::Address(given.to_owned());
    let url = Url::parse(given).map_err(|_| no_address())?;
    let host = url.host_str().unwrap_or_default();
    let here = host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback());
    match url.scheme() {
        "https" => Ok(url),
        "http" if here || plain_http => Ok(url),
        "http" => Err(WebhookError::NotEncrypted(given.to_owned())),
        _ => Err(no_address()),
    }
}

fn judge(response: &Response) -> Result<(), SinkError> {
    let status = response.status();
    let answered = format!("the receiver answered {status}");
    match status {
        _ if status.is_success() => Ok(()),
        StatusCode::BAD_REQUEST
        | StatusCode::GONE
        | StatusCode::PAYLOAD_TOO_LARGE
        | StatusCode::UNSUPPORTED_MEDIA_TYPE
        | StatusCode::UNPROCESSABLE_ENTITY => Err(SinkError::Never(answered)),
        _ => Err(SinkError::Later {
            reason: answered,
            after: retry_after(response.headers()),
        }),
    }
}

/// RFC 9110, section 10.2.3: seconds or a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let pause = match value.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = httpdate::parse_http_date(value).ok()?;
            date.duration_since(SystemTime::now()).unwrap_or_default()
        }
    };
    Some(pause.min(PAUSE_MAX))
}

/// What went wrong, without the address, which may hold a secret.
fn reason(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut reason = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        reason = format!("{reason}: {error}");
        cause = error.source();
    }
    reason
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_asked_for_in_seconds_or_by_date() {
        let after = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, value.parse().unwrap());
            retry_after(&headers)
        };
        assert_eq!(after("7"), Some(Duration::from_secs(7)));
        assert_eq!(after("100000000"), Some(PAUSE_MAX));
        assert_eq!(after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(after("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
