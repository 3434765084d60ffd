use std::time::Duration;

use super::run_log::RunLog;
use super::summary::{self, Stamp};
use super::{chosen, parse_time};

const CLEAN: &str = "#2 INITED cov: 12 ft: 13\n#900 NEW    cov: 345 ft: 678 corp: 9/12Kb\n\
                     Done 1000 runs in 901 second(s)\n\
                     stat::number_of_executed_units: 1000\nstat::peak_rss_mb:              77\n";

#[test]
fn a_clean_run_has_figures_and_no_finding() {
    let log = RunLog::read("decode", CLEAN, true);
    assert_eq!(
        (log.executions, log.coverage, log.memory_mib),
        (1000, 345, 77)
    );
    assert_eq!((log.seconds, log.corpus), (901, 9));
    assert!(!log.is_finding());
}

#[test]
fn a_crash_an_error_and_an_empty_run_are_findings() {
    let crash =
        format!("{CLEAN}artifact_prefix='x'; Test unit written to fuzz/artifacts/d/crash-1\n");
    let log = RunLog::read("decode", &crash, false);
    assert_eq!(log.finding.as_deref(), Some("fuzz/artifacts/d/crash-1"));
    assert!(RunLog::read("decode", CLEAN, false).is_finding());
    assert!(RunLog::read("decode", "", true).is_finding());
}

#[test]
fn times_are_read() {
    assert_eq!(parse_time("90s"), Ok(Duration::from_secs(90)));
    assert_eq!(parse_time("15m"), Ok(Duration::from_secs(900)));
    assert_eq!(parse_time("2h"), Ok(Duration::from_secs(7200)));
    for wrong in [
        "",
        "15",
        "m",
        "0s",
        "-1m",
        "1é",
        "99999999999999999999h",
        "9999999999999999999h",
    ] {
        assert!(parse_time(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn the_table_has_a_line_for_each_target() {
    let logs = [
        RunLog::read("decode", CLEAN, true),
        RunLog::read("inflate", "", true),
    ];
    let table = summary::table(&summary::rows(&logs, &stamp("abc")));
    let clean = "| decode | 901 | 1000 | 345 | 9 | 77 | none | abc | 2026-11-22 | rustc 1.2.3 |";
    assert!(table.contains(clean), "{table}");
    let empty = "| inflate | 0 | 0 | 0 | 0 | 0 | ran no input | abc |";
    assert!(table.contains(empty), "{table}");
}

#[test]
fn a_page_keeps_the_lines_of_targets_that_were_not_run() {
    let log = |target| [RunLog::read(target, CLEAN, true)];
    let mut rows = summary::rows(&log("decode"), &stamp("old"));
    rows.extend(summary::rows(&log("inflate"), &stamp("old")));
    let mut rows = summary::read(&summary::page(&rows));
    rows.extend(summary::rows(&log("inflate"), &stamp("new")));
    let page = summary::page(&rows);
    let commits: Vec<_> = page
        .lines()
        .filter_map(|line| line.split('|').nth(8))
        .map(str::trim)
        .collect();
    assert_eq!(commits, ["commit", "---", "old", "new"]);
    assert!(summary::read("| target | minutes |\n|---|--:|\n| decode | 1 |").is_empty());
}

#[test]
fn targets_are_all_or_those_asked_for() {
    let all = ["decode", "inflate"].map(str::to_owned);
    assert_eq!(chosen(&all, &[]).unwrap(), all);
    assert_eq!(chosen(&all, &all[1..]).unwrap(), all[1..]);
    let error = chosen(&all, &["other".to_owned()]).unwrap_err().to_string();
    assert!(error.contains("decode, inflate"), "{error}");
}

fn stamp(commit: &str) -> Stamp {
    Stamp {
        date: "2026-11-22".to_owned(),
        commit: commit.to_owned(),
        versions: "rustc 1.2.3".to_owned(),
    }
}
