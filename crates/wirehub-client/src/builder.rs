//! From settings to a client.

use std::{fmt, time::Duration};

use tokio::sync::watch;
use wirehub_protocol::Dialect;
use wirehub_websocket::Limits;

use crate::{
    Client, Error, Status, TokenReason,
    client::Core,
    driver::{self, LinkSettings, Parts},
    options::Options,
    random,
    session::SessionOptions,
    shared::{self, Credentials, Identity},
    token::{TokenProvider, TokenSource},
    transport::{Dialer, Endpoint},
};

/// Collects what a client needs; made by [`Client::builder`].
///
/// | option | default | name in the article |
/// |---|---|---|
/// | [`reconnect_interval`](Self::reconnect_interval) | 500 ms | `reconnectInterval` (3,000 ms) |
/// | [`reconnect_cap`](Self::reconnect_cap) | 20 s | |
/// | [`max_reconnect_attempts`](Self::max_reconnect_attempts) | without end | `maxReconnectAttempts` (10) |
/// | [`heartbeat_interval`](Self::heartbeat_interval) | as the server says | `heartbeatInterval` (5,000 ms) |
/// | [`ping_interval`](Self::ping_interval) | never | polling of `/ping` |
///
/// [`article_policy`](Self::article_policy) takes all of the article's values at once.
#[derive(Clone, Debug)]
#[must_use = "nothing is connected before `connect` or `start`"]
pub struct ClientBuilder {
    urls: Vec<String>,
    token: TokenSource,
    options: Options,
    compression: bool,
    format: Format,
    transports: Vec<Transport>,
    roots: Vec<Vec<u8>>,
    max_message: usize,
    shared: bool,
}

/// How messages are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// `wirehub.v1.json`.
    #[default]
    Json,
    /// `wirehub.v1.protobuf`: smaller where bytes are sent. Over plain HTTP it is JSON all the
    /// same.
    Protobuf,
}

/// How messages travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Transport {
    /// A WebSocket.
    WebSocket,
    /// Plain HTTP: one answer that does not end, and requests of its own for what goes up. For
    /// proxies that let no WebSocket through.
    HttpStream,
}

impl ClientBuilder {
    pub(crate) fn new(url: String) -> Self {
        Self {
            urls: vec![url],
            token: TokenSource::Anonymous,
            options: Options::default(),
            compression: true,
            format: Format::Json,
            transports: vec![Transport::WebSocket, Transport::HttpStream],
            roots: Vec::new(),
            max_message: 1 << 20,
            shared: false,
        }
    }

    /// Another place to go when those before do not answer. As soon as the first is well again the
    /// client moves back, without the application noticing.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.urls.push(url.into());
        self
    }

    /// Presents this token. When the server does not accept it any more, the client stops with
    /// [`State::AuthFailed`](crate::State::AuthFailed); [`ClientBuilder::token_provider`] can do
    /// better.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = TokenSource::Fixed(token.into());
        self
    }

    /// Asks for a token when one is needed: before the first connection, before the last one
    /// expires, and when the server refused it. It is asked once at a time; when it
    /// fails it is asked again, with growing delays and at most five times.
    ///
    /// ```no_run
    /// # async fn fetch_token(fresh: bool) -> std::io::Result<String> { Ok(String::new()) }
    /// # async fn example() -> Result<(), wirehub_client::Error> {
    /// use wirehub_client::{Client, TokenReason};
    ///
    /// let client = Client::builder("wss://hub.example/ws")
    ///     .token_provider(|reason| async move {
    ///         fetch_token(reason == TokenReason::Refused).await.map(Some)
    ///     })
    ///     .connect()
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn token_provider<F, R, E>(mut self, provider: F) -> Self
    where
        F: Fn(TokenReason) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Option<String>, E>> + Send + 'static,
        E: fmt::Display,
    {
        self.token = TokenSource::Provider(TokenProvider::new(provider));
        self
    }

    /// How long the token provider may take, 15 seconds unless told otherwise.
    pub const fn token_timeout(mut self, timeout: Duration) -> Self {
        self.options.token_timeout = Some(timeout);
        self
    }

    /// The first delay between attempts to connect; it doubles with each, and the actual delay is
    /// a random part of it. The article's `reconnectInterval`.
    pub const fn reconnect_interval(mut self, interval: Duration) -> Self {
        self.options.reconnect_interval = Some(interval);
        self
    }

    /// What the delay between attempts grows to at most.
    pub const fn reconnect_cap(mut self, cap: Duration) -> Self {
        self.options.reconnect_cap = Some(cap);
        self
    }

    /// After how many attempts in a row the client gives up. The article's `maxReconnectAttempts`.
    pub const fn max_reconnect_attempts(mut self, attempts: u32) -> Self {
        self.options.max_reconnect_attempts = Some(attempts);
        self
    }

    /// After how much silence the client asks the server for a sign of life, in place of what the
    /// server advises. The article's `heartbeatInterval`.
    pub const fn heartbeat_interval(mut self, interval: Duration) -> Self {
        self.options.heartbeat_interval = Some(interval);
        self
    }

    /// Asks `/ping` this often while connected, as in the article: an answer 4xx stops the client,
    /// three of 5xx or none in a row make it connect anew.
    pub const fn ping_interval(mut self, interval: Duration) -> Self {
        self.options.ping_interval = Some(interval);
        self
    }

    /// Everything as in the article: 3 s, 10 attempts, heartbeats of 5 s, delays that double
    /// without chance and without a cap. The defaults are kinder to a server that has just come
    /// back.
    pub const fn article_policy(mut self) -> Self {
        self.options.article = true;
        self
    }

    /// Whether to ask for compression of WebSocket messages (RFC 7692); it is asked for unless
    /// told otherwise.
    pub const fn compression(mut self, compression: bool) -> Self {
        self.compression = compression;
        self
    }

    /// How messages are written; [`Format::Json`] unless told otherwise.
    pub const fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// Which transports to try, in this order; a WebSocket, then plain HTTP, unless told
    /// otherwise.
    pub fn transports(mut self, transports: impl IntoIterator<Item = Transport>) -> Self {
        self.transports = transports.into_iter().collect();
        self
    }

    /// Trusts these certificates (PEM) too, beside those that the operating system trusts.
    pub fn trust(mut self, certificates_pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(certificates_pem.into());
        self
    }

    /// The largest message that the server may send, in bytes; 1 MiB. A larger one ends the
    /// connection.
    pub const fn max_message(mut self, bytes: usize) -> Self {
        self.max_message = bytes;
        self
    }

    /// Shares one connection with everybody in this process who asks for the same URLs with the
    /// same credentials: the same token, or a clone of the same builder with its provider. The
    /// connection is closed when the last of them has let go; the options are those of the first.
    pub const fn shared(mut self) -> Self {
        self.shared = true;
        self
    }

    /// Starts a client and waits until it is live.
    ///
    /// Dropping this future ends the client. A server that is not there is no error: the client
    /// goes on trying, within [`ClientBuilder::max_reconnect_attempts`].
    ///
    /// # Errors
    /// When the settings are wrong, the credentials are not accepted, or the client has stopped.
    pub async fn connect(self) -> Result<Client, Error> {
        let client = self.start()?;
        let mut state = client.state();
        let settled = state
            .wait_for(|status| status.is_live() || status.is_final())
            .await;
        let status = settled.map_err(|_| Error::stopped())?.clone();
        match driver::over(&status) {
            Some(over) => Err(over),
            None => Ok(client),
        }
    }

    /// Starts a client and does not wait. What is asked of it waits for the connection.
    ///
    /// # Errors
    /// When the settings are wrong.
    ///
    /// # Panics
    /// Outside of a tokio runtime: the client is a task of the one that is current.
    pub fn start(self) -> Result<Client, Error> {
        let endpoints = self.endpoints()?;
        let client = if self.shared {
            let identity = Identity {
                urls: self.urls.clone(),
                credentials: self.credentials(),
            };
            shared::client(identity, || self.spawn(endpoints))?
        } else {
            self.spawn(endpoints)?.hold(true)
        };
        client.ok_or_else(Error::stopped)
    }

    fn spawn(&self, endpoints: Vec<Endpoint>) -> Result<std::sync::Arc<Core>, Error> {
        if self.transports.is_empty() {
            return Err(Error::configuration("at least one transport is needed"));
        }
        let secure = endpoints.iter().any(|endpoint| endpoint.secure);
        let (status, watched) = watch::channel(Status::default());
        let links = LinkSettings {
            dialer: Dialer::new(secure, &self.roots)?,
            dialect: match self.format {
                Format::Json => Dialect::NativeJson,
                Format::Protobuf => Dialect::NativeProtobuf,
            },
            compression: self.compression,
            limits: Limits {
                frame_bytes: self.max_message,
                message_bytes: self.max_message,
                ..Limits::default()
            },
        };
        let parts = Parts {
            links,
            options: self.session_options(endpoints.len()),
            endpoints,
            transports: self.transports.clone(),
            token: self.token.clone(),
            status,
        };
        let asker = driver::spawn(parts);
        Ok(Core::new(asker, watched))
    }

    fn endpoints(&self) -> Result<Vec<Endpoint>, Error> {
        self.urls.iter().map(|url| Endpoint::parse(url)).collect()
    }

    fn session_options(&self, endpoints: usize) -> SessionOptions {
        let millis = |span: Option<Duration>| span.map(|span| span.as_secs_f64() * 1_000.0);
        let options = &self.options;
        SessionOptions {
            endpoints: Some(endpoints),
            transports: Some(self.transports.len()),
            token: match &self.token {
                TokenSource::Fixed(token) => Some(token.clone()),
                TokenSource::Anonymous | TokenSource::Provider(_) => None,
            },
            provider: matches!(self.token, TokenSource::Provider(_)),
            // Whoever publishes under the same user has others.
            idempotency: Some(random::name()),
            token_timeout: millis(options.token_timeout),
            reconnect_interval: millis(options.reconnect_interval),
            reconnect_cap: millis(options.reconnect_cap),
            max_reconnect_attempts: options.max_reconnect_attempts,
            article: options.article,
            heartbeat_interval: millis(options.heartbeat_interval),
            ping_interval: millis(options.ping_interval),
            ..SessionOptions::default()
        }
    }

    fn credentials(&self) -> Credentials {
        match &self.token {
            TokenSource::Anonymous => Credentials::Anonymous,
            TokenSource::Fixed(token) => Credentials::Token(token.clone()),
            TokenSource::Provider(provider) => Credentials::Provider(provider.address()),
        }
    }
}
