//! Lists of a running hub, page by page: a table for people, JSON for programs.

use std::io::{self, Write as _};

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::{
    server_api::{ServerApi, answer_of},
    silent_nodes::SilentNodes,
    table::{Column, Table},
};
use crate::{cli::Listing, exit_code::ExitCode, failure::Failure, output};

/// The most that the server API gives in one answer.
pub(super) const PAGE_MAX: usize = 1_000;

/// A list that comes page by page.
pub(super) trait Listed {
    /// What a table of it shows.
    const COLUMNS: &'static [Column];
    /// One line of it.
    type Entry: DeserializeOwned;

    /// The next entries, at most as many as are wanted, and at most [`PAGE_MAX`] of a list that
    /// may not end.
    async fn next(&mut self, server: &ServerApi, wanted: usize) -> Result<Page, Failure>;

    /// What an entry has in each column.
    fn cells(entry: Self::Entry) -> Vec<String>;

    /// What there is to say about all of it.
    fn sum(&self) -> Option<String> {
        None
    }

    /// Hubs whose part is missing.
    fn silent(self) -> SilentNodes
    where
        Self: Sized,
    {
        SilentNodes::default()
    }
}

/// A part of a list.
pub(super) struct Page {
    pub(super) entries: Vec<Box<RawValue>>,
    pub(super) more: bool,
}

/// Prints a list as far as it is wanted.
pub(super) fn print<L: Listed>(flags: &Listing, mut list: L) -> Result<ExitCode, Failure> {
    let server = ServerApi::find(&flags.server)?;
    server.run(async |server| {
        let mut table = (!flags.json).then(|| Table::new(L::COLUMNS));
        let mut wanted = flags.wanted();
        let mut more = true;
        while more && wanted > 0 {
            let page = list.next(server, wanted).await?;
            wanted = wanted.saturating_sub(page.entries.len());
            more = page.more;
            let text = match &mut table {
                Some(table) => table.text(&rows::<L>(&page.entries)?),
                None => lines(&page.entries),
            };
            // Whoever closed the pipe has read all it wanted.
            if io::stdout().lock().write_all(text.as_bytes()).is_err() {
                return Ok(ExitCode::Fine);
            }
        }
        if let Some(sum) = list.sum().filter(|_| table.is_some()) {
            output::complain(&sum);
        }
        if more {
            output::complain("there are more; --limit or --all shows them");
        }
        Ok(list.silent().tell("what is there is missing"))
    })
}

fn rows<L: Listed>(entries: &[Box<RawValue>]) -> Result<Vec<Vec<String>>, Failure> {
    let entries = entries.iter().map(|entry| answer_of(entry.get()));
    entries.map(|entry| Ok(L::cells(entry?))).collect()
}

fn lines(entries: &[Box<RawValue>]) -> String {
    let lines = entries.iter().map(|entry| format!("{entry}\n"));
    lines.collect()
}
