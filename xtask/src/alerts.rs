//! The alert rules and the dashboard that are shipped: valid, tested, and about metrics that exist.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Result, bail};

use crate::dashboard;
use crate::process;
use crate::project::Project;
use crate::steps::Outcome;

const FOLDER: &str = "deploy/prometheus";

/// Has `promtool` check and test the rules, and holds their names against the documents.
pub(crate) fn step(project: &Project) -> Result<Outcome> {
    let folder = project.path(FOLDER);
    for arguments in [
        ["check", "config", "prometheus.yml"],
        ["test", "rules", "wirehub.rules.test.yml"],
    ] {
        process::run(
            project
                .command("promtool")
                .args(arguments)
                .current_dir(&folder),
        )?;
    }
    let read = |path: &str| fs::read_to_string(project.path(path));
    let metrics = read("docs/metrics.md")?;
    let mut problems = problems(
        &read("deploy/prometheus/wirehub.rules.yml")?,
        &read("deploy/prometheus/wirehub.rules.test.yml")?,
        &metrics,
        &read("docs/operating/monitoring.md")?,
    );
    problems.extend(unshown(&dashboard::text(), &metrics));
    if !problems.is_empty() {
        bail!("{}", problems.join("\n"));
    }
    Ok(Outcome::Passed)
}

/// What the rules say that nothing else knows of.
fn problems(rules: &str, tests: &str, metrics: &str, advice: &str) -> Vec<String> {
    let (known, named) = (metrics_in(metrics), metrics_in(rules));
    let unknown = named.iter().filter(|metric| !is_known(&known, metric));
    let mut problems: Vec<String> = unknown
        .map(|metric| format!("no metric is called `{metric}`"))
        .collect();
    for alert in rules.lines().filter_map(alert_named) {
        if !fires(tests, alert) {
            problems.push(format!("no test has `{alert}` fire"));
        }
        if !advice.contains(&format!("| `{alert}` |")) {
            problems.push(format!(
                "docs/operating/monitoring.md says nothing of `{alert}`"
            ));
        }
    }
    problems
}

/// What the dashboard does not show of what there is, and shows of what there is not.
fn unshown(dashboard: &str, metrics: &str) -> Vec<String> {
    let (known, shown) = (metrics_in(metrics), metrics_in(dashboard));
    let seen = |metric: &&str| {
        let bucket = format!("{metric}_bucket");
        shown.contains(*metric) || shown.contains(bucket.as_str())
    };
    let missing = known.iter().filter(|metric| !seen(metric));
    let missing = missing.map(|metric| format!("the dashboard does not show `{metric}`"));
    let unknown = shown.iter().filter(|metric| !is_known(&known, metric));
    let unknown = unknown.map(|metric| format!("the dashboard shows `{metric}`, which is none"));
    missing.chain(unknown).collect()
}

/// The words of a text that are names of metrics, by how they begin.
fn metrics_in(text: &str) -> BTreeSet<&str> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .filter(|word| word.starts_with("wirehub_") || word.starts_with("process_"))
        .collect()
}

/// A histogram has series of other names than its own.
fn is_known(known: &BTreeSet<&str>, word: &str) -> bool {
    let of_histogram = ["_bucket", "_sum", "_count"];
    let own = of_histogram.iter().find_map(|end| word.strip_suffix(end));
    known.contains(word) || own.is_some_and(|own| known.contains(own))
}

fn alert_named(line: &str) -> Option<&str> {
    line.trim().strip_prefix("- alert: ")
}

/// Whether a test expects an alert, and not only its absence.
fn fires(tests: &str, alert: &str) -> bool {
    let name = format!("alertname: {alert}");
    let mut lines = tests.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        if line == name
            && lines
                .peek()
                .is_some_and(|next| next.starts_with("exp_alerts"))
        {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{problems, unshown};

    const RULES: &str = "- alert: Full\n  expr: wirehub_queue_bytes > 1 and wirehub_wait_bucket";
    const TESTS: &str = "  alertname: Full\n  exp_alerts:";
    const METRICS: &str = "| `wirehub_queue_bytes` | gauge |\n| `wirehub_wait` | histogram |";

    #[test]
    fn rules_that_everything_knows_of_are_fine() {
        assert!(problems(RULES, TESTS, METRICS, "| `Full` | do |").is_empty());
    }

    #[test]
    fn a_dashboard_shows_what_there_is() {
        assert!(unshown("wirehub_queue_bytes wirehub_wait_bucket", METRICS).is_empty());
        assert_eq!(
            unshown("wirehub_wait_bucket wirehub_wrong", METRICS),
            [
                "the dashboard does not show `wirehub_queue_bytes`",
                "the dashboard shows `wirehub_wrong`, which is none",
            ]
        );
    }

    #[test]
    fn what_nothing_knows_of_is_named() {
        let found = problems(RULES, "alertname: Full\n- eval_time", "wirehub_wait", "");
        assert_eq!(
            found,
            [
                "no metric is called `wirehub_queue_bytes`",
                "no test has `Full` fire",
                "docs/operating/monitoring.md says nothing of `Full`",
            ]
        );
    }
}
