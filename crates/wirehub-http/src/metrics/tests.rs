use std::{collections::BTreeSet, fmt::Write as _, fs, path::PathBuf};

use super::{table::Kind, *};

#[test]
fn names_follow_the_conventions() {
    let names: BTreeSet<_> = table::all().map(|metric| metric.name).collect();
    assert_eq!(
        names.len(),
        table::all().count(),
        "every name is there once"
    );
    for metric in table::all() {
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
        degraded: false,
    });
    let scrape = Scrape {
        report,
        answered: vec![true, false],
        process: Process::default(),
        kernel: Kernel::default(),
        wrong_keys: 0,
    };
    let text = text(&scrape);
    let lines: Vec<_> = text.lines().collect();
    assert!(lines.contains(&r#"wirehub_dependency_up{name="a\"b\\c\nd"} 1"#));
    assert!(lines.contains(&r#"wirehub_shard_up{shard="1"} 0"#));
    assert!(lines.contains(&r#"wirehub_delivery_duration_seconds_bucket{le="0.00005"} 0"#));
    assert!(lines.contains(&r#"wirehub_delivery_duration_seconds_bucket{le="+Inf"} 0"#));
}

#[test]
fn what_the_hub_remembers_is_shown_by_name() {
    let mut report = HubReport::default();
    let core = &mut report.total.core;
    core.recovered = [10, 11, 12, 13, 14, 15];
    core.sessions_ended = [20, 21, 22];
    core.gaps = [50, 51, 52, 53, 54];
    (core.history_publications, core.history_bytes) = (30, 31);
    (core.forgotten, core.retained_values) = (32, 33);
    (core.recovered_publications, core.duplicates) = (34, 35);
    (core.sessions_parked, core.members) = (36, 37);
    (core.windows_flushed, core.conflated) = (38, 39);
    (core.acks, core.not_stored) = (40, 41);
    let text = text(&Scrape {
        report,
        answered: Vec::new(),
        process: Process::default(),
        kernel: Kernel::default(),
        wrong_keys: 0,
    });
    let lines: BTreeSet<_> = text.lines().collect();
    for line in [
        r#"wirehub_recoveries_total{result="complete"} 10"#,
        r#"wirehub_recoveries_total{result="unknown_epoch"} 11"#,
        r#"wirehub_recoveries_total{result="no_position"} 15"#,
        r#"wirehub_gaps_total{reason="unknown_epoch"} 50"#,
        r#"wirehub_gaps_total{reason="expired"} 52"#,
        r#"wirehub_sessions_ended_total{result="resumed"} 20"#,
        r#"wirehub_sessions_ended_total{result="expired"} 21"#,
        r#"wirehub_sessions_ended_total{result="evicted"} 22"#,
        "wirehub_history_publications 30",
        "wirehub_remembered_bytes 31",
        "wirehub_publications_forgotten_total 32",
        "wirehub_retained_values 33",
        "wirehub_publications_recovered_total 34",
        "wirehub_publications_duplicate_total 35",
        "wirehub_sessions_parked 36",
        "wirehub_members 37",
        "wirehub_windows_flushed_total 38",
        "wirehub_publications_conflated_total 39",
        "wirehub_acknowledgements_total 40",
        "wirehub_publications_not_stored_total 41",
    ] {
        assert!(lines.contains(line), "{line}");
    }
}

#[test]
fn the_document_is_made_from_the_table() {
    let mut document = "\
# Metrics

What `GET /metrics` on the admin listener shows, in the text format of Prometheus 0.0.4. It needs no
key. Counters begin at zero when the hub starts. A shard that does not answer in time keeps its
last numbers, so that sums do not fall, and `wirehub_shard_up` tells.

This page is made from `crates/wirehub-http/src/metrics/table.rs` and `inside.rs` beside it.

| name | type | labels | meaning |
|---|---|---|---|
"
    .to_owned();
    for metric in table::all() {
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
