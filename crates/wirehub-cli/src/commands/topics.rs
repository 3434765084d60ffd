//! `wirehub topics`: what is subscribed to.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{
    listing::{self, Listed, PAGE_MAX, Page},
    server_api::{ServerApi, answer_of},
    silent_nodes::SilentNodes,
    table::{Column, left, right},
};
use crate::{cli::Topics, exit_code::ExitCode, failure::Failure};

pub(crate) fn run(flags: Topics) -> Result<ExitCode, Failure> {
    let filter = flags.filter;
    listing::print(
        &flags.listing,
        List {
            filter,
            after: None,
            silent: SilentNodes::default(),
        },
    )
}

struct List {
    filter: Option<String>,
    after: Option<String>,
    silent: SilentNodes,
}

#[derive(Serialize)]
struct Body<'a> {
    filter: Option<&'a str>,
    limit: usize,
    after: Option<&'a str>,
}

#[derive(Deserialize)]
struct Answer {
    topics: Vec<Box<RawValue>>,
    #[serde(default)]
    more: bool,
    #[serde(default)]
    silent_nodes: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Topic {
    topic: String,
    subscribers: u64,
}

impl Listed for List {
    const COLUMNS: &'static [Column] = &[right("SUBSCRIBERS"), left("TOPIC")];
    type Entry = Topic;

    async fn next(&mut self, server: &ServerApi, wanted: usize) -> Result<Page, Failure> {
        let body = Body {
            filter: self.filter.as_deref(),
            limit: wanted.min(PAGE_MAX),
            after: self.after.as_deref(),
        };
        let Answer {
            topics,
            more,
            silent_nodes,
        } = answer_of(&server.post("/api/topics", &body).await?)?;
        self.silent.add(silent_nodes);
        if let Some(last) = topics.last() {
            self.after = Some(answer_of::<Topic>(last.get())?.topic);
        }
        Ok(Page {
            entries: topics,
            more,
        })
    }

    fn cells(entry: Topic) -> Vec<String> {
        vec![entry.subscribers.to_string(), entry.topic]
    }

    fn silent(self) -> SilentNodes {
        self.silent
    }
}
