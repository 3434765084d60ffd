use std::time::Duration;

use super::{Facts, Report};

fn report(verdicts: &[(&str, &str, &str)]) -> Report {
    let cases: Vec<_> = verdicts
        .iter()
        .map(|(case, behavior, close)| {
            format!(r#""{case}": {{"behavior": "{behavior}", "behaviorClose": "{close}"}}"#)
        })
        .collect();
    Report::read(&format!(r#"{{"wirehub": {{{}}}}}"#, cases.join(","))).unwrap()
}

#[test]
fn ok_and_informational_pass() {
    let report = report(&[
        ("1.1.1", "OK", "OK"),
        ("7.1.6", "INFORMATIONAL", "INFORMATIONAL"),
    ]);
    assert_eq!(report.failures().count(), 0);
    let summary = report.summary(Duration::from_secs(5));
    assert!(summary.ends_with("in 5 s; 2 passed, 0 failed"), "{summary}");
}

#[test]
fn everything_else_fails_on_either_side() {
    for verdict in [
        "FAILED",
        "NON-STRICT",
        "UNIMPLEMENTED",
        "UNCLEAN",
        "WRONG CODE",
        "absent",
    ] {
        assert_eq!(
            report(&[("1.1.1", verdict, "OK")]).failures().count(),
            1,
            "{verdict}"
        );
        assert_eq!(
            report(&[("1.1.1", "OK", verdict)]).failures().count(),
            1,
            "{verdict}"
        );
    }
    let missing = Report::read(r#"{"wirehub": {"1.1.1": {}}}"#).unwrap();
    assert_eq!(missing.failures().count(), 1);
}

#[test]
fn a_report_without_cases_is_an_error() {
    assert!(Report::read("{}").is_err());
    assert!(Report::read(r#"{"wirehub": {}}"#).is_err());
    assert!(Report::read("not JSON").is_err());
}

#[test]
fn reports_merge_and_sort_by_number() {
    let merged = report(&[("10.1.1", "OK", "OK")]).merge(report(&[("9.1.1", "FAILED", "OK")]));
    assert_eq!(merged.cases(), 2);
    let facts = Facts {
        date: "2026-01-01",
        commit: "abc".into(),
        rustc: "r".into(),
        seconds: 1,
    };
    let json: serde_json::Value = serde_json::from_str(&merged.json(&facts).unwrap()).unwrap();
    assert_eq!(
        json["results"],
        serde_json::json!(["9.1.1 FAILED", "10.1.1 OK"])
    );
    assert!(merged.markdown(&facts).contains("| all | 2 | 1 | 1 |"));
}
