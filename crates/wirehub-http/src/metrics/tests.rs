use std::{collections::BTreeSet, fmt::Write as _, fs, path::PathBuf};

use super::{table::Kind, *};

#[test]
fn names_follow_the_conventions() {
    let names: BTreeSet<_> = METRICS.iter().map(|metric| metric.name).collect();
    assert_eq!(names.len(), METRICS.len(), "every name is there once");
    for metric in METRICS {
        let counts = metric.name.ends_with("_total");
        assert_eq!(counts, metric.kind == Kind::Counter, "{}", metric.name);
        assert!(!metric.help.contains(['\\', '\n']), "{}", metric.name);
    }
}

#[test]
fn values_of_labels_are_escaped() {
    let mut report = HubReport::default();
    report.dependencies.push(wirehub::DependencyStatus {
        name: "a\"b\\c\nd".to_owned(),
        latency: None,
        error: None,
    });
    let scrape = Scrape {
        report,
        answered: vec![true, false],
        process: Process::default(),
    };
    let text = text(&scrape);
    let lines: Vec<_> = text.lines().collect();
    assert!(lines.contains(&r#"wirehub_dependency_up{name="a\"b\\c\nd"} 1"#));
    assert!(lines.contains(&r#"wirehub_shard_up{shard="1"} 0"#));
    assert!(lines.contains(&r#"wirehub_delivery_duration_seconds_bucket{le="0.00005"} 0"#));
    assert!(lines.contains(&r#"wirehub_delivery_duration_seconds_bucket{le="+Inf"} 0"#));
}

#[test]
fn the_document_is_made_from_the_table() {
    let mut document = "\
# Metrics

What `GET /metrics` on the admin listener shows, in the text format of Prometheus 0.0.4. It needs no
key. Counters begin at zero when the hub starts. A shard that does not answer in time keeps its
last numbers, so that sums do not fall, and `wirehub_shard_up` tells.

This page is made from `crates/wirehub-http/src/metrics/table.rs`.

| name | type | labels | meaning |
|---|---|---|---|
"
    .to_owned();
    for metric in METRICS {
        let labels: Vec<_> = metric
            .labels
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        let (name, kind, help) = (metric.name, metric.kind.name(), metric.help);
        writeln!(
            document,
            "| `{name}` | {kind} | {} | {help} |",
            labels.join(", ")
        )
        .unwrap();
    }
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/metrics.md");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, &document).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    let differs = found
        .lines()
        .zip(document.lines())
        .find(|(found, made)| found != made);
    assert!(
        found == document,
        "docs/metrics.md differs from the table: {differs:?}\n\
         `UPDATE_EXPECT=1 cargo test -p wirehub-http` rewrites it"
    );
}
