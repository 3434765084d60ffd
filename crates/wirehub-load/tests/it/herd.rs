use wirehub_load::{Level, Metric, Outcome, PhaseKind, Row};

use crate::{
    sample::blank,
    verdict::{found, level, phase},
};

/// Everybody is cut off at the start; so many come back in each second.
fn wave(arrivals: &[u64]) -> Outcome {
    let mut outcome = blank("wave");
    outcome.seconds = 20.0;
    outcome.phases = vec![
        phase(PhaseKind::Disconnect, 0.0, 0.1),
        phase(PhaseKind::Reconnect, 0.1, 20.0),
    ];
    for (second, reconnects) in (0..).zip(arrivals) {
        let reconnects = *reconnects;
        outcome.tally.reconnects += reconnects;
        let row = Row {
            reconnects,
            ..Row::default()
        };
        outcome.series.add(second, row);
    }
    outcome
}

#[test]
fn a_herd_is_told_from_an_even_crowd() {
    let metric = Metric::HerdFactor;
    let even = found(&wave(&[100; 10]), metric);
    assert_eq!((even.value, even.level), (Some(1.0), Level::Ok));
    let herd = found(&wave(&[1_000]), metric);
    assert_eq!((herd.value, herd.level), (Some(10.0), Level::High));
    let slow = found(&wave(&[0, 0, 500, 500]), metric);
    assert_eq!((slow.value, slow.level), (Some(5.0), Level::Medium));
    assert_eq!(level(&wave(&[200, 200, 200, 200, 200]), metric), Level::Ok);
    let few = found(&wave(&[30, 10]), metric);
    assert_eq!((few.level, few.counts), (Level::NotMeasured, false));
    assert_eq!(level(&blank("calm"), metric), Level::NotMeasured);
}

#[test]
fn the_worst_wave_counts() {
    let mut arrivals = vec![100; 10];
    arrivals.extend([0; 10]);
    arrivals.extend([1_000]);
    let mut outcome = wave(&arrivals);
    outcome.seconds = 40.0;
    outcome.phases.extend([
        phase(PhaseKind::Disconnect, 20.0, 20.1),
        phase(PhaseKind::Reconnect, 20.1, 40.0),
    ]);
    assert_eq!(found(&outcome, Metric::HerdFactor).value, Some(10.0));
}

#[test]
fn rows_of_many_seconds_clear_nobody_of_being_a_herd() {
    let mut even = wave(&[400; 10]);
    even.series.seconds_a_row = 2;
    assert_eq!(level(&even, Metric::HerdFactor), Level::NotMeasured);
    let mut herd = wave(&[4_000]);
    herd.series.seconds_a_row = 2;
    assert_eq!(level(&herd, Metric::HerdFactor), Level::Medium);
}

#[test]
fn where_a_server_tells_a_time_tenths_tell_a_herd() {
    let arrivals = |tenths: [u64; 10]| {
        let mut outcome = wave(&[]);
        outcome.spread = Some(1.0);
        outcome.tally.reconnects = 1_000;
        let row = Row {
            reconnects: 1_000,
            reconnect_tenths: tenths,
            ..Row::default()
        };
        outcome.series.add(0, row);
        found(&outcome, Metric::HerdFactor)
    };
    let even = arrivals([100; 10]);
    assert_eq!((even.value, even.level), (Some(1.0), Level::Ok));
    let herd = arrivals([0, 0, 0, 0, 1_000, 0, 0, 0, 0, 0]);
    assert_eq!((herd.value, herd.level), (Some(10.0), Level::High));
}

#[test]
fn a_straggler_makes_no_herd_of_an_even_crowd() {
    let mut arrivals = vec![150; 10];
    arrivals.extend([0, 0, 0, 0, 0, 0, 0, 2]);
    let value = found(&wave(&arrivals), Metric::HerdFactor).value;
    assert!(value.is_some_and(|value| value < 1.01), "{value:?}");
}
