//! `wirehub presence`: who is on a topic.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{
    listing::{self, Listed, PAGE_MAX, Page},
    server_api::{ServerApi, answer_of},
    table::{Column, left},
};
use crate::{cli::Presence, exit_code::ExitCode, failure::Failure};

pub(crate) fn run(flags: Presence) -> Result<ExitCode, Failure> {
    let list = List {
        topic: flags.topic,
        after: None,
        sum: None,
    };
    listing::print(&flags.listing, list)
}

struct List {
    topic: String,
    after: Option<String>,
    sum: Option<String>,
}

#[derive(Serialize)]
struct Body<'a> {
    topic: &'a str,
    limit: usize,
    after: Option<&'a str>,
}

#[derive(Deserialize)]
struct Answer {
    connections: u64,
    users: u64,
    members: Vec<Box<RawValue>>,
    #[serde(default)]
    more: bool,
}

#[derive(Deserialize)]
pub(super) struct Member {
    connection: String,
    user: Option<String>,
    info: Option<Box<RawValue>>,
    state: Option<Box<RawValue>>,
    state_binary: Option<String>,
}

impl Listed for List {
    const COLUMNS: &'static [Column] = &[
        left("CONNECTION"),
        left("USER"),
        left("INFO"),
        left("STATE"),
    ];
    type Entry = Member;

    async fn next(&mut self, server: &ServerApi, wanted: usize) -> Result<Page, Failure> {
        let body = Body {
            topic: &self.topic,
            limit: wanted.min(PAGE_MAX),
            after: self.after.as_deref(),
        };
        let answer: Answer = answer_of(&server.post("/api/presence", &body).await?)?;
        let (connections, users) = (answer.connections, answer.users);
        self.sum = Some(format!("connections: {connections}, users: {users}"));
        if let Some(last) = answer.members.last() {
            self.after = Some(answer_of::<Member>(last.get())?.connection);
        }
        Ok(Page {
            entries: answer.members,
            more: answer.more,
        })
    }

    fn cells(entry: Member) -> Vec<String> {
        let json = |value: Option<Box<RawValue>>| value.map(|value| value.to_string());
        vec![
            entry.connection,
            entry.user.unwrap_or_default(),
            json(entry.info).unwrap_or_default(),
            json(entry.state).or(entry.state_binary).unwrap_or_default(),
        ]
    }

    fn sum(&self) -> Option<String> {
        self.sum.clone()
    }
}
