use std::time::Duration;

use anyhow::anyhow;

use super::{Outcome, Selection, Step, Tally, run};
use crate::project::Project;

const STEPS: [Step; 2] = [
    Step {
        name: "good",
        about: "passes",
        run: |_| Ok(Outcome::Passed),
    },
    Step {
        name: "bad",
        about: "fails",
        run: |_| Err(anyhow!("broken on purpose")),
    },
];

fn selection(skip: &[&str], only: &[&str]) -> Selection {
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    Selection {
        skip: owned(skip),
        only: owned(only),
    }
}

#[test]
fn a_failing_step_fails_the_run_and_names_itself() {
    let project = Project::locate().unwrap();
    let error = run(&project, &STEPS, &Selection::default()).unwrap_err();
    let text = format!("{error:#}");
    assert!(
        text.contains("step `bad` failed") && text.contains("broken on purpose"),
        "{text}"
    );
}

#[test]
fn steps_can_be_left_out_or_picked() {
    let project = Project::locate().unwrap();
    assert!(run(&project, &STEPS, &selection(&["bad"], &[])).is_ok());
    assert!(run(&project, &STEPS, &selection(&[], &["good"])).is_ok());
    assert!(run(&project, &STEPS, &selection(&[], &["bad"])).is_err());
}

#[test]
fn an_unknown_step_is_refused_with_the_known_ones() {
    let project = Project::locate().unwrap();
    let error = run(&project, &STEPS, &selection(&[], &["goood"]))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("goood") && error.contains("good, bad"),
        "{error}"
    );
}

#[test]
fn the_last_line_counts_and_a_skip_says_why() {
    let mut tally = Tally::default();
    tally.record("a", Duration::from_secs(1), &Ok(Outcome::Passed));
    tally.record(
        "b",
        Duration::ZERO,
        &Ok(Outcome::Skipped("no database".to_owned())),
    );
    tally.record("c", Duration::ZERO, &Err(anyhow!("x")));
    let summary = tally.summary();
    assert_eq!(
        summary.lines().last(),
        Some("steps: 1 passed, 1 failed, 1 skipped")
    );
    assert!(summary.contains("b: no database"));
}
