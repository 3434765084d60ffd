//! The fuzz runs as a page.

use std::collections::BTreeMap;

use super::run_log::RunLog;

/// What was run, when and with what.
pub(crate) struct Stamp {
    /// The day the runs began, as 2026-11-22.
    pub(crate) date: String,
    /// The commit, with `-dirty` behind it when the tree held something else.
    pub(crate) commit: String,
    /// Of the fuzzer and the compiler.
    pub(crate) versions: String,
}

/// One line of the table for each target, by its name.
pub(crate) type Rows = BTreeMap<String, String>;

const HEAD: &str = "\
| target | seconds | executions | coverage (edges) | corpus (inputs) | memory (MiB) | finding \
| commit | date | versions |
|---|--:|--:|--:|--:|--:|---|---|---|---|";

const INTRODUCTION: &str = "\
# Fuzzing

Written by `cargo xtask fuzz --write`. *Seconds* are 0 for a run that a finding ended. Coverage, \
corpus and
memory are those at the end of the run; the corpus counts what libFuzzer kept, most of which is \
not committed.";

/// The runs as lines of the table.
pub(crate) fn rows(logs: &[RunLog], stamp: &Stamp) -> Rows {
    let row = |log: &RunLog| {
        let RunLog {
            target,
            executions,
            seconds,
            coverage,
            corpus,
            memory_mib,
            finding,
        } = log;
        let Stamp {
            date,
            commit,
            versions,
        } = stamp;
        let finding = finding.as_deref().unwrap_or("none");
        format!(
            "| {target} | {seconds} | {executions} | {coverage} | {corpus} | {memory_mib} \
             | {finding} | {commit} | {date} | {versions} |"
        )
    };
    logs.iter()
        .map(|log| (log.target.clone(), row(log)))
        .collect()
}

/// The lines of a page; none of a page with other columns.
pub(crate) fn read(page: &str) -> Rows {
    let Some((_, table)) = page.split_once(HEAD) else {
        return Rows::new();
    };
    let target = |row: &str| Some(row.strip_prefix("| ")?.split_once(" |")?.0.to_owned());
    table
        .lines()
        .filter_map(|row| Some((target(row)?, row.to_owned())))
        .collect()
}

/// The lines as a Markdown table.
pub(crate) fn table(rows: &Rows) -> String {
    let rows: Vec<&str> = rows.values().map(String::as_str).collect();
    format!("{HEAD}\n{}", rows.join("\n"))
}

/// The table with where it comes from.
pub(crate) fn page(rows: &Rows) -> String {
    format!("{INTRODUCTION}\n\n{}\n", table(rows))
}
