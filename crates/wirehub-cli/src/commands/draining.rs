//! How far a hub is with sending its clients away, and which hub that is.

use std::time::Duration;

use form_urlencoded::Serializer;
use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::server_api::{ServerApi, answer_of};
use crate::{cli::Server, failure::Failure, span::Span};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A hub: the one that is asked, or another one of its cluster.
pub(super) struct Node {
    /// Where to ask.
    pub(super) server: Server,
    pub(super) name: Option<String>,
}

/// How far a hub is.
#[derive(Deserialize)]
pub(super) struct Draining {
    node: Option<String>,
    pub(super) draining: bool,
    pub(super) connections: u64,
    pub(super) began_with: Option<u64>,
    elapsed: Option<f64>,
    moves_per_second: Option<u32>,
    deadline: Option<f64>,
}

impl Node {
    /// The hub that is meant: a place stands for `--admin`, and anything else is a name.
    pub(super) fn meant(node: Option<&str>, server: &Server) -> Result<Self, Failure> {
        let mut server = server.clone();
        let place = match node {
            Some(url) if url.contains("://") => Some(url.to_owned()),
            Some(address) if address.contains(':') => Some(format!("http://{address}")),
            _ => None,
        };
        let is_place = place.is_some();
        if let Some(place) = place
            && let Some(other) = server.admin.replace(place)
        {
            return Err(Failure::usage(format!(
                "the hub is named twice: with --admin {other} write its name in the cluster, or \
                 nothing"
            )));
        }
        let name = node.filter(|_| !is_place);
        Ok(Self {
            server,
            name: name.map(str::to_owned),
        })
    }

    /// How far it is; `None` while it does not answer the hub that is asked.
    pub(super) async fn look(&self, server: &ServerApi) -> Result<Option<String>, Failure> {
        let mut query = Serializer::new(String::new());
        if let Some(name) = &self.name {
            query.append_pair("node", name);
        }
        let path = format!("/api/draining?{}", query.finish());
        let request = server.request(Method::GET, &path).timeout(PATIENCE);
        let Some(answer) = server.answer_unless_busy(request).await? else {
            return Ok(None);
        };
        answer.text().await.map(Some).map_err(Failure::outside)
    }

    /// Has it do something with its clients.
    pub(super) async fn ask(
        &self,
        server: &ServerApi,
        path: &str,
        how: impl Serialize,
    ) -> Result<String, Failure> {
        #[derive(Serialize)]
        struct Body<'a, T> {
            #[serde(skip_serializing_if = "Option::is_none")]
            node: Option<&'a str>,
            #[serde(flatten)]
            how: T,
        }
        let node = self.name.as_deref();
        server.post(path, &Body { node, how }).await
    }
}

impl Draining {
    pub(super) fn read(answer: &str) -> Result<Self, Failure> {
        answer_of(answer)
    }

    /// How far it is, in words.
    pub(super) fn line(&self) -> String {
        let node = self.node.as_ref().map(|node| format!("{node}: "));
        let node = node.unwrap_or_default();
        if !self.draining {
            return format!("{node}serving; {} connections", self.connections);
        }
        let (began_with, elapsed) = (self.began_with.unwrap_or(0), self.elapsed.unwrap_or(0.0));
        let rate = self.moves_per_second.map_or_else(
            || "all at once".to_owned(),
            |rate| format!("{rate} a second"),
        );
        let left = (self.deadline.unwrap_or(0.0) - elapsed).max(0.0);
        let left = Span(Duration::from_secs(left.ceil() as u64));
        format!(
            "{node}draining, {rate}; {} of {began_with} connections are still there; the rest is \
             hung up on in {left}",
            self.connections
        )
    }

    /// The command that takes clients again.
    pub(super) fn way_back(&self) -> String {
        match &self.node {
            Some(node) => format!("`wirehub stay {node}`"),
            None => "`wirehub stay`".to_owned(),
        }
    }
}
