//! Who is told to be on the topics, and who is.

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::chaos::cluster::Cluster;
use crate::chaos::node::Node;
use crate::process;

/// Who is on the topics of a crowd, as each node tells it.
pub(crate) struct Members {
    /// Topics that somebody was seen on. They are asked for when nobody is there any more, too.
    topics: BTreeSet<String>,
    nodes: Vec<Told>,
}

/// Topics and users, as a node tells them. One that does not answer tells nothing.
#[derive(Default)]
struct Told(Option<BTreeSet<(String, String)>>);

impl Members {
    /// Nobody, on no topic.
    pub(crate) fn none() -> Self {
        Self {
            topics: BTreeSet::new(),
            nodes: Vec::new(),
        }
    }

    /// Asks every node.
    pub(crate) fn read(&mut self, cluster: &Cluster) {
        let listed = cluster.nodes.iter().flat_map(topics);
        self.topics.extend(listed.flatten());
        let told = cluster
            .nodes
            .iter()
            .map(|node| Told::by(node, &self.topics));
        self.nodes = told.collect();
    }

    /// Whether every node tells of so many.
    pub(crate) fn are(&self, expected: usize) -> bool {
        let mut nodes = self.nodes.iter();
        nodes.all(|told| told.count() == Some(expected))
    }

    /// The most that a node tells of.
    pub(crate) fn most(&self) -> usize {
        let counts = self.nodes.iter().filter_map(Told::count);
        counts.max().unwrap_or(0)
    }

    /// What each node tells, in words.
    pub(crate) fn told(&self) -> String {
        let each = self.nodes.iter().enumerate();
        let each = each.map(|(number, told)| format!("node {number} of {}", told.words()));
        each.collect::<Vec<_>>().join(", ")
    }
}

impl Told {
    fn by(node: &Node, topics: &BTreeSet<String>) -> Self {
        let mut all = BTreeSet::new();
        for topic in topics {
            let Ok(users) = users(node, topic) else {
                return Self(None);
            };
            all.extend(users.into_iter().map(|user| (topic.clone(), user)));
        }
        Self(Some(all))
    }

    fn count(&self) -> Option<usize> {
        self.0.as_ref().map(BTreeSet::len)
    }

    /// How many, and some of them.
    fn words(&self) -> String {
        let Some(all) = &self.0 else {
            return "nobody, since it does not answer".to_owned();
        };
        let some = all.iter().take(3);
        let some: Vec<String> = some
            .map(|(topic, user)| format!("{user} on {topic}"))
            .collect();
        match some.is_empty() {
            true => "nobody".to_owned(),
            false => format!("{} ({})", all.len(), some.join(", ")),
        }
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
fn names(command: &mut Command, field: &str) -> Result<Vec<String>> {
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
