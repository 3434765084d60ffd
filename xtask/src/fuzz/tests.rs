use std::time::Duration;

use super::run_log::RunLog;
use super::{parse_time, summary};

const CLEAN: &str = "#2 INITED cov: 12 ft: 13\n#900 NEW    cov: 345 ft: 678 corp: 9\nDone 1000 runs\n\
                     stat::number_of_executed_units: 1000\nstat::peak_rss_mb:              77\n";

#[test]
fn a_clean_run_has_figures_and_no_finding() {
    let log = RunLog::read("decode", CLEAN, true);
    assert_eq!(
        (log.executions, log.coverage, log.memory_mib),
        (1000, 345, 77)
    );
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
    let table = summary::table(&logs, Duration::from_secs(900));
    assert!(
        table.contains("| decode | 15.0 | 1000 | 345 | 77 | none |"),
        "{table}"
    );
    assert!(
        table.contains("| inflate | 15.0 | 0 | 0 | 0 | ran no input |"),
        "{table}"
    );
}
