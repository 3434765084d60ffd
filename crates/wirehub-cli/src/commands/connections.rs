//! `wirehub connections`: who is connected.

use std::time::Duration;

use form_urlencoded::Serializer;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    listing::{self, Listed, PAGE_MAX, Page},
    server_api::ServerApi,
    silent_nodes::SilentNodes,
    table::{Column, left, right},
};
use crate::{cli::Connections, exit_code::ExitCode, failure::Failure, size::Size, span::Span};

pub(crate) fn run(flags: Connections) -> Result<ExitCode, Failure> {
    let user = flags.user;
    let list = List {
        user,
        after: None,
        silent: SilentNodes::default(),
    };
    listing::print(&flags.listing, list)
}

struct List {
    user: Option<String>,
    after: Option<u64>,
    silent: SilentNodes,
}

#[derive(Deserialize)]
struct Answer {
    connections: Vec<Box<RawValue>>,
    next: Option<u64>,
    #[serde(default)]
    silent_nodes: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Connection {
    connection: String,
    user: Option<String>,
    node: Option<String>,
    state: String,
    transport: String,
    age: f64,
    silence: f64,
    round_trip: Option<f64>,
    subscriptions: u64,
    waiting_bytes: usize,
}

impl Listed for List {
    const COLUMNS: &'static [Column] = &[
        left("CONNECTION"),
        left("USER"),
        left("NODE"),
        left("STATE"),
        left("TRANSPORT"),
        right("AGE"),
        right("SILENT"),
        right("RTT"),
        right("SUBSCRIPTIONS"),
        right("WAITING"),
    ];
    type Entry = Connection;

    async fn next(&mut self, server: &ServerApi, wanted: usize) -> Result<Page, Failure> {
        let mut query = Serializer::new(String::new());
        match (&self.user, self.after) {
            (Some(user), _) => _ = query.append_pair("user", user),
            (None, after) => {
                query.append_pair("limit", &wanted.min(PAGE_MAX).to_string());
                if let Some(after) = after {
                    query.append_pair("after", &after.to_string());
                }
            }
        }
        let path = format!("/api/connections?{}", query.finish());
        let Answer {
            mut connections,
            next,
            silent_nodes,
        } = server.get(&path).await?;
        self.silent.add(silent_nodes);
        // Of a user all come at once.
        let more = next.is_some() || connections.len() > wanted;
        connections.truncate(wanted);
        self.after = next;
        Ok(Page {
            entries: connections,
            more,
        })
    }

    fn cells(entry: Connection) -> Vec<String> {
        vec![
            entry.connection,
            entry.user.unwrap_or_default(),
            entry.node.unwrap_or_else(|| "-".to_owned()),
            entry.state,
            entry.transport,
            seconds(entry.age),
            seconds(entry.silence),
            entry.round_trip.map(milliseconds).unwrap_or_default(),
            entry.subscriptions.to_string(),
            Size(entry.waiting_bytes).to_string(),
        ]
    }

    fn silent(self) -> SilentNodes {
        self.silent
    }
}

/// Nobody asks how many milliseconds a connection is old.
fn seconds(seconds: f64) -> String {
    Span(Duration::from_secs(seconds as u64)).to_string()
}

fn milliseconds(seconds: f64) -> String {
    format!("{:.1}ms", seconds * 1e3)
}
