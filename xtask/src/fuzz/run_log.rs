//! What one fuzz target's output says.

use std::fmt;

/// The outcome of one target.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RunLog {
    /// The target.
    pub(crate) target: String,
    /// How many inputs it ran.
    pub(crate) executions: u64,
    /// How long it ran, in seconds; 0 when it ended early.
    pub(crate) seconds: u64,
    /// Edges of the program that some input reached.
    pub(crate) coverage: u64,
    /// Inputs that were kept because each reaches something else.
    pub(crate) corpus: u64,
    /// Most memory it held, in MiB.
    pub(crate) memory_mib: u64,
    /// What is wrong; `None` when nothing is.
    pub(crate) finding: Option<String>,
}

impl RunLog {
    /// Reads libFuzzer's output. A run without a single execution counts as a finding: it tested
    /// nothing.
    pub(crate) fn read(target: &str, output: &str, succeeded: bool) -> Self {
        let executions = statistic(output, "stat::number_of_executed_units:");
        let artifact = output
            .lines()
            .find_map(|line| line.split_once("Test unit written to "));
        let finding = match artifact {
            Some((_, path)) => Some(path.trim().to_owned()),
            None if !succeeded => Some("ended with an error".to_owned()),
            None if executions == 0 => Some("ran no input".to_owned()),
            None => None,
        };
        Self {
            target: target.to_owned(),
            executions,
            seconds: seconds(output),
            coverage: last_number(output, "cov: "),
            corpus: last_number(output, "corp: "),
            memory_mib: statistic(output, "stat::peak_rss_mb:"),
            finding,
        }
    }

    /// Whether something is wrong.
    pub(crate) fn is_finding(&self) -> bool {
        self.finding.is_some()
    }
}

impl fmt::Display for RunLog {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            target,
            executions,
            coverage,
            ..
        } = self;
        let finding = self.finding.as_deref().unwrap_or("no finding");
        write!(
            formatter,
            "{target}: {executions} executions, coverage {coverage}, {finding}"
        )
    }
}

fn statistic(output: &str, name: &str) -> u64 {
    let value = output.lines().find_map(|line| line.strip_prefix(name));
    value
        .and_then(|value| value.trim().parse().ok())
        .unwrap_or(0)
}

/// The last line of a run that was not cut short: `Done N runs in S second(s)`.
fn seconds(output: &str) -> u64 {
    let done = output.lines().rev().find(|line| line.starts_with("Done "));
    done.map_or(0, |done| last_number(done, " runs in "))
}

/// The number behind the last `name`; libFuzzer prints `cov: N` and `corp: N/BYTES` with each
/// status line.
fn last_number(output: &str, name: &str) -> u64 {
    let digits = output.rsplit_once(name).map(|(_, rest)| {
        let end = rest.find(|c: char| !c.is_ascii_digit());
        end.map_or(rest, |end| rest.split_at(end).0)
    });
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}
