//! `wirehub nodes`: the hubs of a cluster.

use std::{collections::BTreeMap, io, io::Write as _, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    server_api::ServerApi,
    table::{Column, Table, left, right},
};
use crate::{cli::Nodes, exit_code::ExitCode, failure::Failure, output, span::Span};

const COLUMNS: &[Column] = &[
    left("NODE"),
    left("STATE"),
    right("CONNECTIONS"),
    right("TOPICS"),
    right("UPTIME"),
    left("VERSION"),
];

#[derive(Deserialize)]
struct Answer {
    #[serde(flatten)]
    asked: Glance,
    cluster: Option<Cluster>,
}

#[derive(Deserialize)]
struct Cluster {
    nodes: Vec<Named>,
    silent_nodes: Vec<String>,
}

#[derive(Deserialize)]
struct Named {
    node: String,
    #[serde(flatten)]
    glance: Glance,
}

#[derive(Deserialize)]
struct Glance {
    version: String,
    uptime: f64,
    draining: bool,
    connections: BTreeMap<String, u64>,
    topics: u64,
}

/// One line of the list. A node that does not answer has a name and nothing else.
#[derive(Serialize)]
struct Row {
    node: Option<String>,
    state: &'static str,
    connections: Option<u64>,
    topics: Option<u64>,
    /// In seconds.
    uptime: Option<f64>,
    version: Option<String>,
}

pub(crate) fn run(flags: &Nodes) -> Result<ExitCode, Failure> {
    let answer: Answer =
        ServerApi::find(&flags.server)?.run(async |server| server.get("/api/info").await)?;
    let is_alone = answer.cluster.is_none();
    let rows = answer.rows();
    let text = match flags.json {
        true => lines(&rows)?,
        false => Table::new(COLUMNS).text(&rows.iter().map(Row::cells).collect::<Vec<_>>()),
    };
    // Whoever closed the pipe has read all it wanted.
    let _ = io::stdout().lock().write_all(text.as_bytes());
    if is_alone && !flags.json {
        output::complain("the hub has no broker where it would meet others, and no name");
    }
    Ok(ExitCode::Fine)
}

fn lines(rows: &[Row]) -> Result<String, Failure> {
    let lines = rows.iter().map(|row| {
        let line = serde_json::to_string(row).map_err(Failure::outside)?;
        Ok(line + "\n")
    });
    lines.collect()
}

impl Answer {
    /// All nodes in the order of their names, or the one hub there is.
    fn rows(self) -> Vec<Row> {
        let Some(cluster) = self.cluster else {
            return vec![Row::of(None, self.asked)];
        };
        let nodes = cluster.nodes.into_iter();
        let silent = cluster.silent_nodes.into_iter();
        let mut rows: Vec<Row> = nodes
            .map(|named| Row::of(Some(named.node), named.glance))
            .chain(silent.map(Row::silent))
            .collect();
        rows.sort_by(|one, other| one.node.cmp(&other.node));
        rows
    }
}

impl Row {
    fn of(node: Option<String>, glance: Glance) -> Self {
        Self {
            node,
            state: if glance.draining {
                "draining"
            } else {
                "serving"
            },
            connections: Some(glance.connections.values().sum()),
            topics: Some(glance.topics),
            uptime: Some(glance.uptime),
            version: Some(glance.version),
        }
    }

    fn silent(node: String) -> Self {
        Self {
            node: Some(node),
            state: "silent",
            connections: None,
            topics: None,
            uptime: None,
            version: None,
        }
    }

    fn cells(&self) -> Vec<String> {
        let number = |number: Option<u64>| number.map_or_else(dash, |number| number.to_string());
        let span = |seconds: f64| Span(Duration::from_secs(seconds as u64)).to_string();
        vec![
            self.node.clone().unwrap_or_else(dash),
            self.state.to_owned(),
            number(self.connections),
            number(self.topics),
            self.uptime.map_or_else(dash, span),
            self.version.clone().unwrap_or_else(dash),
        ]
    }
}

fn dash() -> String {
    "-".to_owned()
}
