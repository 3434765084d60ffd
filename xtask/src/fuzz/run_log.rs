//! What one fuzz target's output says.

use std::fmt;

/// The outcome of one target.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RunLog {
    /// The target.
    pub(crate) target: String,
    /// How many inputs it ran.
    pub(crate) executions: u64,
    /// Edges of the program that some input reached.
    pub(crate) coverage: u64,
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
            coverage: coverage(output),
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

/// The last `cov: N`; libFuzzer prints one with each status line.
fn coverage(output: &str) -> u64 {
    let last = output
        .rsplit("cov: ")
        .next()
        .filter(|_| output.contains("cov: "));
    let number = last.and_then(|rest| rest.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}
