//! `wirehub history`: what was published before.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{
    listing::{self, Listed, PAGE_MAX, Page},
    server_api::{ServerApi, answer_of},
    table::{Column, left, right},
};
use crate::{cli::History, exit_code::ExitCode, failure::Failure};

pub(crate) fn run(flags: History) -> Result<ExitCode, Failure> {
    listing::print(&flags.listing, List { topic: flags.topic })
}

struct List {
    topic: String,
}

#[derive(Serialize)]
struct Body<'a> {
    topic: &'a str,
    limit: usize,
    before: Option<Position>,
}

#[derive(Serialize)]
struct Position {
    epoch: String,
    offset: u64,
}

#[derive(Deserialize)]
struct Answer {
    epoch: String,
    messages: Vec<Box<RawValue>>,
    #[serde(default)]
    more: bool,
}

#[derive(Deserialize)]
pub(super) struct Message {
    offset: u64,
    event: Option<String>,
    key: Option<String>,
    from: Option<Publisher>,
    data: Option<Box<RawValue>>,
    binary: Option<String>,
}

#[derive(Deserialize)]
struct Publisher {
    user: Option<String>,
    connection: String,
}

impl Listed for List {
    const COLUMNS: &'static [Column] = &[
        right("OFFSET"),
        left("EVENT"),
        left("KEY"),
        left("FROM"),
        left("DATA"),
    ];
    type Entry = Message;

    /// All at once: the newest are wanted, and they are to stand at the end. What a topic remembers
    /// is bounded.
    async fn next(&mut self, server: &ServerApi, wanted: usize) -> Result<Page, Failure> {
        let mut pages = Vec::new();
        let (mut rest, mut more, mut before) = (wanted, true, None);
        while more && rest > 0 {
            let body = Body {
                topic: &self.topic,
                limit: rest.min(PAGE_MAX),
                before: before.take(),
            };
            let answer: Answer = answer_of(&server.post("/api/history", &body).await?)?;
            if let Some(first) = answer.messages.first() {
                let (epoch, offset) = (answer.epoch, answer_of::<Message>(first.get())?.offset);
                before = Some(Position { epoch, offset });
            }
            rest = rest.saturating_sub(answer.messages.len());
            more = answer.more;
            pages.push(answer.messages);
        }
        Ok(Page {
            entries: pages.into_iter().rev().flatten().collect(),
            more,
        })
    }

    fn cells(entry: Message) -> Vec<String> {
        let from = entry.from.map(|from| from.user.unwrap_or(from.connection));
        let data = entry.data.map(|data| data.to_string()).or(entry.binary);
        vec![
            entry.offset.to_string(),
            entry.event.unwrap_or_default(),
            entry.key.unwrap_or_default(),
            from.unwrap_or_default(),
            data.unwrap_or_default(),
        ]
    }
}
