use super::echo::find_address;
use super::{Args, FULL, QUICK, groups};

fn args(quick: bool, cases: &[&str]) -> Args {
    Args {
        quick,
        cases: cases.iter().map(|&case| case.to_owned()).collect(),
        parallel: 2,
    }
}

#[test]
fn options_choose_the_groups() {
    let quick = groups(&args(true, &[]));
    assert_eq!(quick.len(), QUICK.len() + 12);
    assert_eq!(
        quick.last().unwrap(),
        &["13.7.1", "13.7.2", "13.7.3", "13.7.4"]
    );
    assert_eq!(groups(&args(false, &[])).len(), FULL.len());
    assert_eq!(groups(&args(false, &["1.1.1", "9.*"])), [["1.1.1", "9.*"]]);
}

#[test]
fn the_full_run_names_every_section_once() {
    let mut patterns: Vec<_> = FULL.concat();
    patterns.sort_unstable();
    let before = patterns.len();
    patterns.dedup();
    assert_eq!(patterns.len(), before);
    for section in ["1", "2", "3", "4", "5", "6", "7", "9", "10", "12", "13"] {
        let prefix = format!("{section}.");
        assert!(
            patterns.iter().any(|pattern| pattern.starts_with(&prefix)),
            "{section}"
        );
    }
}

#[test]
fn the_address_is_found_in_a_line() {
    let found = |line| find_address(line);
    assert_eq!(
        found("listening on ws://127.0.0.1:4000\n").as_deref(),
        Some("127.0.0.1:4000")
    );
    assert_eq!(
        found("{\"addr\":\"127.0.0.1:5\"}").as_deref(),
        Some("127.0.0.1:5")
    );
    assert_eq!(found("starting"), None);
    assert_eq!(found("127.0.0.1:99999"), None);
}
