//! Who is told to be on the topics, and who is.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::chaos::cluster::Cluster;
use crate::chaos::node::Node;
use crate::process;

/// The members of all topics that nodes know of: topic and user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Members(BTreeSet<(String, String)>);

impl Members {
    /// Asks every node. One that does not answer says nothing.
    pub(crate) fn read(cluster: &Cluster) -> Self {
        let mut all = BTreeSet::new();
        let topics = cluster.nodes.iter().flat_map(topics);
        let topics: BTreeSet<String> = topics.flatten().collect();
        for node in &cluster.nodes {
            for topic in &topics {
                let users = users(node, topic).unwrap_or_default();
                all.extend(users.into_iter().map(|user| (topic.clone(), user)));
            }
        }
        Self(all)
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Some of them, in words.
    pub(crate) fn some(&self) -> String {
        let some = self.0.iter().take(3);
        let some: Vec<String> = some
            .map(|(topic, user)| format!("{user} on {topic}"))
            .collect();
        some.join(", ")
    }
}

/// The topics of crowds that a node knows of.
fn topics(node: &Node) -> Result<Vec<String>> {
    names(
        &mut node.ask("topics", &["load/#", "--all", "--json"]),
        "topic",
    )
}

/// Who is on a topic, as a node says.
fn users(node: &Node, topic: &str) -> Result<Vec<String>> {
    names(
        &mut node.ask("presence", &[topic, "--all", "--json"]),
        "user",
    )
}

/// A field of each of the objects that a command says.
fn names(command: &mut std::process::Command, field: &str) -> Result<Vec<String>> {
    let text = process::capture(command)?;
    let lines = text.lines().map(|line| {
        let entry: Value = serde_json::from_str(line)?;
        let name = entry[field].as_str();
        Ok(name
            .with_context(|| format!("no `{field}` in {line}"))?
            .to_owned())
    });
    lines.collect()
}
