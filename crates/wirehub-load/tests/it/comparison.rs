use wirehub_load::{Change, CloseKind, Comparison, Outcome, Ruling, Thresholds, Verdict};

use crate::sample::Storm;

/// Pairs of runs that are played. The promise is one false alarm in twenty at most: two.
const PAIRS: u64 = 40;

fn storm(seed: u64, slowness: f64) -> Outcome {
    Storm {
        seed,
        slowness,
        deliveries: 120,
        ..Storm::default()
    }
    .outcome()
}

/// A storm whose seconds are half as uneven.
fn calm_storm(seed: u64, slowness: f64) -> Outcome {
    Storm {
        seed,
        slowness,
        unevenness: 0.1,
        deliveries: 120,
        ..Storm::default()
    }
    .outcome()
}

fn alarms(slowness: impl Fn(u64) -> (f64, f64)) -> u64 {
    let alarms = (0..PAIRS).filter(|pair| {
        let (before, after) = slowness(*pair);
        let (before, after) = (storm(2 * pair + 1, before), storm(2 * pair + 2, after));
        let comparison = Comparison::of(&before, &after);
        comparison.worse().chain(comparison.better()).count() > 0
    });
    alarms.count() as u64
}

#[test]
fn two_runs_of_the_same_thing_raise_no_alarm() {
    let found = alarms(|_| (1.0, 1.0));
    assert!(found <= 2, "{found} false alarms of {PAIRS}");
}

#[test]
fn a_machine_that_is_a_little_slower_today_raises_no_alarm() {
    let found = alarms(|pair| match pair % 2 {
        0 => (1.0, 1.08),
        _ => (1.08, 1.0),
    });
    assert!(found <= 2, "{found} false alarms of {PAIRS}");
}

#[test]
fn a_run_that_takes_twice_as_long_is_found() {
    let found = (0..20).filter(|pair| {
        let (before, after) = (calm_storm(2 * pair + 1, 1.0), calm_storm(2 * pair + 2, 2.0));
        let comparison = Comparison::of(&before, &after);
        assert_eq!(comparison.better().count(), 0, "{}", comparison.summary());
        comparison.worse().any(|worse| worse.name == "delivery p50")
    });
    let found = found.count();
    assert!(found >= 18, "{found} of 20 found");
}

#[test]
fn what_is_the_same_is_called_the_same() {
    let run = storm(1, 1.0);
    let comparison = Comparison::of(&run, &run);
    let is_same = |change| matches!(change, Change::Same | Change::NotCompared);
    for difference in &comparison.differences {
        assert!(is_same(difference.change), "{}", difference.sentence());
    }
    assert!(comparison.unlike.is_empty());
}

#[test]
fn failures_one_by_one_are_found_and_one_burst_is_one_event() {
    let before = storm(1, 1.0);
    let mut one_by_one = before.clone();
    for row in &mut one_by_one.series.rows {
        row.failed = u64::from(row.begun > 0);
        row.closes.insert(CloseKind::ServerReset, 1);
        one_by_one
            .tally
            .closes
            .entry(CloseKind::ServerReset)
            .or_insert(60);
    }
    let names = |outcome: &Outcome| -> Vec<&str> {
        let comparison = Comparison::of(&before, outcome);
        comparison.worse().map(|worse| worse.name).collect()
    };
    assert_eq!(
        names(&one_by_one),
        ["failed connects", "abnormal closes/conn-h"]
    );
    let mut burst = before.clone();
    burst.series.rows[20].lost = 60;
    assert_eq!(names(&burst), [""; 0]);
}

#[test]
fn what_became_worse_counts_when_it_is_asked_for() {
    let (before, after) = (calm_storm(1, 1.0), calm_storm(2, 3.0));
    let comparison = Comparison::of(&before, &after);
    let verdict = Verdict::of(&after, &Thresholds::default());
    let ruling = verdict.ruling;
    assert!(ruling < Ruling::Fail, "{:?}", verdict.reasons);
    let verdict = verdict.counting(&comparison);
    assert_eq!(verdict.ruling, Ruling::Fail);
    assert!(
        verdict
            .reasons
            .iter()
            .any(|reason| reason.contains("delivery p50 is worse"))
    );
}

#[test]
fn runs_of_different_loads_do_not_count() {
    let before = storm(1, 1.0);
    let mut after = storm(2, 4.0);
    after.connections += 1;
    let comparison = Comparison::of(&before, &after);
    assert_eq!(comparison.unlike, ["connections: 1000 before, 1001 after"]);
    assert_eq!(comparison.worse().count(), 0);
    assert!(comparison.summary().contains("not of the same load"));
}

#[test]
fn runs_that_are_too_short_are_not_compared() {
    let mut short = storm(1, 1.0);
    short.series.rows.truncate(5);
    let comparison = Comparison::of(&short, &short);
    for difference in &comparison.differences {
        assert_ne!(difference.change, Change::Worse);
    }
    let p99 = comparison
        .differences
        .iter()
        .find(|found| found.name == "delivery p99");
    assert_eq!(p99.unwrap().change, Change::NotCompared);
    assert!(
        p99.unwrap()
            .note
            .as_ref()
            .unwrap()
            .contains("too few seconds")
    );
}

#[test]
fn rows_of_different_lengths_are_put_side_by_side() {
    let (one, mut two) = (Storm::default().outcome(), Storm::default().outcome());
    let coarse = wirehub_load::Series {
        seconds_a_row: 2,
        rows: Vec::new(),
    };
    two.series.merge(coarse);
    let comparison = Comparison::of(&one, &two);
    let delivered = comparison.differences.iter();
    let delivered = delivered.filter(|found| found.name.starts_with("delivery p"));
    for difference in delivered {
        assert_eq!(difference.change, Change::Same, "{}", difference.sentence());
    }
}
