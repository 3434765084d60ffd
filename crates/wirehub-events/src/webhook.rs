//! Occurrences by HTTP: batches of CloudEvents, signed.

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures_util::future::BoxFuture;
use http::{HeaderMap, StatusCode, header};
use reqwest::{Client, Response, Url, redirect::Policy};
use wirehub_model::Secret;

use crate::{
    EventSink, Occurred, SinkError,
    signature::{Signer, WeakSecret},
};

/// The media type of batches, section 4 of the JSON format of CloudEvents.
const BATCH: &str = "application/cloudevents-batch+json";

/// The longest pause that a receiver may ask for.
const PAUSE_MAX: Duration = Duration::from_secs(3_600);

/// Where a webhook goes, and how.
#[derive(Clone, Debug)]
pub struct WebhookSettings {
    /// The address. Plain HTTP is for this machine, unless `plain_http` says otherwise.
    pub url: String,
    /// What its messages are signed with; more than one while secrets are exchanged.
    pub secrets: Vec<Secret>,
    /// How long the receiver may take for an answer.
    pub timeout: Duration,
    /// Whether messages may go to other machines without TLS.
    pub plain_http: bool,
}

/// Why a webhook cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// The address is none.
    #[error("{0:?} is no address of a webhook: use https://HOST/PATH")]
    Address(String),
    /// What happens in the hub would go over a network for everybody to read.
    #[error("{0:?} is not encrypted: use https, or set `plain_http` where the network is your own")]
    NotEncrypted(String),
    /// A secret is too short, or there is none.
    #[error("{0}")]
    Secret(String),
    /// The HTTP client cannot be set up.
    #[error("the client for a webhook cannot be set up: {0}")]
    Client(String),
}

/// Somebody who is told by HTTP.
///
/// A message is a `POST` with a batch of CloudEvents and the three headers of Standard Webhooks,
/// `webhook-id`, `webhook-timestamp` and `webhook-signature`. Any answer of 2xx takes it. After
/// others it comes again with the same `webhook-id`; but 400, 410, 413, 415 and 422 say that it
/// never will be taken.
#[derive(Debug)]
pub struct Webhook {
    client: Client,
    url: Url,
    signer: Signer,
}

impl Webhook {
    /// Checks the settings and prepares the client.
    ///
    /// # Errors
    /// What does not fit.
    pub fn new(settings: &WebhookSettings) -> Result<Self, WebhookError> {
        let url = check_url(settings)?;
        if settings.secrets.is_empty() {
            return Err(WebhookError::Secret(
                "a webhook needs a secret, or nobody could know who speaks".to_owned(),
            ));
        }
        let signer = Signer::new(&settings.secrets);
        let signer = signer.map_err(|weak: WeakSecret| WebhookError::Secret(weak.to_string()))?;
        let client = Client::builder()
            // Settings say where to connect; the environment does not.
            .no_proxy()
            .redirect(Policy::none())
            .referer(false)
            .connect_timeout(settings.timeout)
            .timeout(settings.timeout)
            .user_agent(concat!("wirehub/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| WebhookError::Client(error.to_string()))?;
        Ok(Self {
            client,
            url,
            signer,
        })
    }

    async fn post(&self, occurrences: &[Arc<Occurred>]) -> Result<(), SinkError> {
        let Some(first) = occurrences.first() else {
            return Ok(());
        };
        let events: Vec<String> = occurrences.iter().map(|one| one.to_json()).collect();
        let body = format!("[{}]", events.join(","));
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let timestamp = now.unwrap_or_default().as_secs();
        let signature = self.signer.sign(first.id(), timestamp, &body);
        let request = self
            .client
            .post(self.url.clone())
            .header(header::CONTENT_TYPE, BATCH)
            .header("webhook-id", first.id())
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(body);
        match request.send().await {
            Ok(response) => judge(&response),
            Err(error) => Err(SinkError::Later {
                reason: reason(error),
                after: None,
            }),
        }
    }
}

impl EventSink for Webhook {
    fn bring<'a>(
        &'a self,
        occurrences: &'a [Arc<Occurred>],
    ) -> BoxFuture<'a, Result<(), SinkError>> {
        Box::pin(self.post(occurrences))
    }
}

fn check_url(settings: &WebhookSettings) -> Result<Url, WebhookError> {
    let given = &settings.url;
    let url = Url::parse(given).map_err(|_| WebhookError::Address(given.clone()))?;
    let host = url.host_str().unwrap_or_default();
    let here = host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback());
    match url.scheme() {
        "https" => Ok(url),
        "http" if here || settings.plain_http => Ok(url),
        "http" => Err(WebhookError::NotEncrypted(given.clone())),
        _ => Err(WebhookError::Address(given.clone())),
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

    fn settings(url: &str) -> WebhookSettings {
        WebhookSettings {
            url: url.to_owned(),
            secrets: vec![Secret::new("a secret of twenty-four bytes".to_owned())],
            timeout: Duration::from_secs(1),
            plain_http: false,
        }
    }

    #[test]
    fn addresses_are_encrypted_or_near() {
        for url in [
            "https://hooks.example.com/a",
            "http://localhost:9000/",
            "http://127.0.0.1:9000",
            "http://[::1]:9000",
        ] {
            assert!(Webhook::new(&settings(url)).is_ok(), "{url}");
        }
        let far = settings("http://10.0.0.1/hook");
        let refused = Webhook::new(&far).err();
        assert_eq!(refused, Some(WebhookError::NotEncrypted(far.url.clone())));
        let mine = WebhookSettings {
            plain_http: true,
            ..far
        };
        assert!(Webhook::new(&mine).is_ok());
        for url in ["", "hooks", "ftp://example.com"] {
            let refused = Webhook::new(&settings(url)).err();
            assert_eq!(refused, Some(WebhookError::Address(url.to_owned())));
        }
    }

    #[test]
    fn nobody_is_told_without_a_signature() {
        let none = WebhookSettings {
            secrets: Vec::new(),
            ..settings("https://example.com")
        };
        assert!(matches!(Webhook::new(&none), Err(WebhookError::Secret(_))));
    }

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
