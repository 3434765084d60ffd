//! The fuzz runs as a page.

use std::time::Duration;

use super::run_log::RunLog;

/// One line a target, as a Markdown table.
pub(crate) fn table(logs: &[RunLog], time: Duration) -> String {
    let mut lines = vec![
        "| target | minutes | executions | coverage (edges) | memory (MiB) | finding |".to_owned(),
        "|---|--:|--:|--:|--:|---|".to_owned(),
    ];
    let minutes = time.as_secs_f64() / 60.0;
    for log in logs {
        let RunLog {
            target,
            executions,
            coverage,
            memory_mib,
            finding,
        } = log;
        let finding = finding.as_deref().unwrap_or("none");
        lines.push(format!(
            "| {target} | {minutes:.1} | {executions} | {coverage} | {memory_mib} | {finding} |"
        ));
    }
    lines.join("\n")
}

/// The table with where it comes from.
pub(crate) fn page(table: &str, date: &str, versions: &str) -> String {
    format!(
        "# Fuzzing\n\nWritten by `cargo xtask fuzz --write` on {date} with {versions}.\n\n{table}\n"
    )
}
