//! The server API of a running hub, as commands use it.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use wirehub_model::Secret;

use crate::{cli::Server, failure::Failure, layers::Sources, settings::Settings};

/// How long one answer may take.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Where it is, and what opens it.
pub(super) struct ServerApi {
    client: Client,
    base: String,
    key: Secret,
}

impl ServerApi {
    /// Takes the place from a flag or the settings, and the key from the settings.
    pub(super) fn find(flags: &Server) -> Result<Self, Failure> {
        let layers = Sources::here(flags.config.file.clone(), Vec::new()).read()?;
        let settings = Settings::new(&layers)?;
        let key = settings.api_keys.first().ok_or_else(|| {
            Failure::usage(
                "no API key; set WIREHUB_ADMIN__API_KEY (or `admin.api_key`) to what the hub has. \
                 A hub that runs with development secrets prints its key when it starts",
            )
        })?;
        let here = || format!("http://{}", reachable(settings.admin_listen));
        let base = flags.admin.clone().unwrap_or_else(here);
        // The admin interface is inside; a proxy to the outside would only be in the way.
        let client = Client::builder().no_proxy().build();
        Ok(Self {
            client: client.map_err(Failure::outside)?,
            base: base.trim_end_matches('/').to_owned(),
            key: key.clone(),
        })
    }

    /// Where it is.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// Does something with it, on a runtime of its own.
    pub(super) fn run<T>(
        &self,
        work: impl AsyncFnOnce(&Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.map_err(Failure::outside)?.block_on(work(self))
    }

    /// Begins a request that may do what the key may.
    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.base);
        self.client
            .request(method, url)
            .bearer_auth(self.key.expose())
    }

    /// The text of the answer to a request with a body.
    pub(super) async fn post(&self, path: &str, body: &impl Serialize) -> Result<String, Failure> {
        let body = serde_json::to_string(body).map_err(Failure::outside)?;
        let request = self.request(Method::POST, path).timeout(TIMEOUT);
        let request = request.header("content-type", "application/json");
        let answer = self.answer(request.body(body)).await?;
        answer.text().await.map_err(Failure::outside)
    }

    /// The answer to a question.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let request = self.request(Method::GET, path).timeout(TIMEOUT);
        let answer = self.answer(request).await?;
        answer_of(&answer.text().await.map_err(Failure::outside)?)
    }

    /// Sends a request.
    ///
    /// # Errors
    /// When nobody answers, or the answer is a refusal; with what it says for people.
    pub(super) async fn answer(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let response = self.response(request).await?;
        match response.status().is_success() {
            true => Ok(response),
            false => Err(self.refusal(response).await),
        }
    }

    /// The same; `None` when the hub, or another one that it asks, has no answer at the moment.
    pub(super) async fn answer_unless_busy(
        &self,
        request: RequestBuilder,
    ) -> Result<Option<Response>, Failure> {
        let response = self.response(request).await?;
        match response.status() {
            status if status.is_success() => Ok(Some(response)),
            StatusCode::SERVICE_UNAVAILABLE => Ok(None),
            _ => Err(self.refusal(response).await),
        }
    }

    async fn response(&self, request: RequestBuilder) -> Result<Response, Failure> {
        request.send().await.map_err(|error| {
            let why = causes(&error.without_url());
            Failure::outside(format!("no answer from {}: {why}", self.base))
        })
    }

    async fn refusal(&self, response: Response) -> Failure {
        let status = response.status();
        let text = response.text().await.unwrap_or_default();
        Failure::refused(format!("{} answers {status}: {}", self.base, said(&text)))
    }
}

/// An answer as this program knows it.
pub(super) fn answer_of<T: DeserializeOwned>(answer: &str) -> Result<T, Failure> {
    serde_json::from_str(answer).map_err(|error| {
        Failure::outside(format!("the hub's answer is of another version: {error}"))
    })
}

/// An address to connect to: one that listens everywhere is reached on loopback.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// What the answer says for people.
fn said(answer: &str) -> String {
    let problem: Option<Value> = serde_json::from_str(answer).ok();
    let problem = problem.as_ref().and_then(|problem| problem.get("error"));
    let text = |name| problem.and_then(|problem| problem.get(name)?.as_str());
    match (text("message"), text("hint")) {
        (Some(message), Some(hint)) => format!("{message} ({hint})"),
        (Some(message), None) => message.to_owned(),
        _ => answer.trim().to_owned(),
    }
}

/// An error with what caused it, which says more than the error itself.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
