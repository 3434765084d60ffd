use std::time::Duration;

use super::*;

fn outcome(seconds: u32) -> Outcome {
    let mut series = Series::default();
    for second in 0..seconds {
        let mut delivery = Latency::coarse();
        delivery.record(Duration::from_millis(u64::from(second) + 1));
        let row = Row {
            open: 10,
            delivered: 5,
            delivery: Some(delivery),
            ..Row::default()
        };
        series.add(second, row);
    }
    Outcome {
        form: FORM,
        scenario: "storm".to_owned(),
        target: "ws://hub.example/ws".to_owned(),
        begun_at: 1_000,
        seconds: f64::from(seconds),
        interrupted: false,
        processes: 1,
        threads: 2,
        connections: 10,
        publishers: 1,
        spread: None,
        phases: Vec::new(),
        tally: Tally::default(),
        handshake: Latency::fine(),
        delivery: Latency::fine(),
        round_trip: Latency::fine(),
        resume: Latency::fine(),
        rooms: Vec::new(),
        series,
        server: None,
        missing: Vec::new(),
        remarks: Vec::new(),
    }
}

#[test]
fn what_is_written_is_read_again() {
    let mut first = outcome(3);
    first.handshake.record(Duration::from_millis(7));
    first.tally.fail(FailureCause::Refused);
    first.tally.close(CloseKind::Rst);
    first.tally.close_code(None);
    let mut view = ServerView::of("process 7");
    view.sample(Reading::default());
    first.server = Some(view);
    let text = serde_json::to_string(&first).unwrap();
    assert!(text.contains(r#""refused":1"#), "{text}");
    let again: Outcome = serde_json::from_str(&text).unwrap();
    assert_eq!(again, first);
}

#[test]
fn a_histogram_that_is_none_is_refused() {
    for hdr in ["", "AAAA", "not base64"] {
        let text = format!(r#"{{"hdr":"{hdr}"}}"#);
        assert!(serde_json::from_str::<Latency>(&text).is_err(), "{hdr}");
    }
}

#[test]
fn processes_add_up() {
    let (mut one, mut two) = (outcome(2), outcome(3));
    one.tally.delivered = 10;
    two.tally.delivered = 15;
    two.tally.fail(FailureCause::TimedOut);
    two.delivery.record(Duration::from_secs(1));
    one.merge(two).unwrap();
    assert_eq!((one.processes, one.threads, one.connections), (2, 4, 20));
    assert_eq!(one.tally.delivered, 25);
    assert_eq!(one.tally.failed(), 1);
    assert_eq!(one.delivery.count(), 1);
    let open: Vec<u64> = one.series.rows.iter().map(|row| row.open).collect();
    assert_eq!(open, [20, 20, 10]);
    let delivery = one.series.rows[1].delivery.as_ref().unwrap();
    assert_eq!(delivery.count(), 2);
}

#[test]
fn what_is_not_of_one_run_is_not_added() {
    let mut one = outcome(1);
    let before = one.clone();
    let mut other = outcome(1);
    other.scenario = "fanout".to_owned();
    let error = one.merge(other).unwrap_err();
    assert!(error.to_string().contains("`fanout`"), "{error}");
    let mut other = outcome(1);
    other.form = FORM + 1;
    assert_eq!(one.merge(other), Err(MergeError::Form(FORM + 1)));
    assert_eq!(one, before);
}

#[test]
fn a_long_run_has_rows_that_stand_for_more() {
    let mut long = outcome(3_601);
    assert_eq!(long.series.seconds_a_row, 2);
    assert_eq!(long.series.rows.len(), 1_801);
    assert_eq!(long.series.rows[0].delivered, 10);
    // Ten were open all the time, and not ten in each of two seconds.
    assert_eq!(long.series.rows[7].open, 10);
    let short = outcome(4);
    long.series.merge(short.series);
    assert_eq!(long.series.rows[1].delivered, 20);
    assert_eq!(long.series.rows[1].open, 20);
}

#[test]
fn parts_of_one_process_add_up_in_each_second() {
    let row = || Row {
        open: 4,
        made: 1,
        ..Row::default()
    };
    let mut whole = row();
    whole.join(row());
    assert_eq!((whole.open, whole.made), (8, 2));
}

#[test]
fn a_server_is_compared_with_itself() {
    let reading = |descriptors, overflows| Reading {
        descriptors: Some(descriptors),
        accept_overflows: Some(overflows),
        ..Reading::default()
    };
    let mut view = ServerView::of("process 7");
    view.before = Some(reading(100, 5));
    view.sample(reading(1_100, 7));
    view.after = Some(reading(110, 7));
    assert_eq!(view.peak(|seen| seen.descriptors), Some(1_100));
    assert_eq!(view.grown(|seen| seen.accept_overflows), Some(2));
    assert_eq!(view.excess(|seen| seen.descriptors), Some(0.1));
    assert_eq!(view.excess(|seen| seen.memory), None);
}
