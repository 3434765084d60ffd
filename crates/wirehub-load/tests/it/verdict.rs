use std::time::Duration;

use wirehub_load::{
    CloseKind, FailureCause, Level, Limits, Metric, Outcome, PhaseKind, PhaseSpan, Ruling,
    Thresholds, Verdict,
};

use crate::sample::{self, Storm, blank};

pub(crate) fn level(outcome: &Outcome, metric: Metric) -> Level {
    found(outcome, metric).level
}

pub(crate) fn found(outcome: &Outcome, metric: Metric) -> wirehub_load::Finding {
    let verdict = Verdict::of(outcome, &Thresholds::default());
    verdict.finding(metric).unwrap().clone()
}

pub(crate) fn note(outcome: &Outcome, metric: Metric) -> String {
    found(outcome, metric).note.unwrap_or_default()
}

pub(crate) fn connects(made: u64, refused: u64) -> Outcome {
    let mut outcome = blank("connects");
    outcome.tally.connects_begun = made + refused;
    outcome.tally.connects_made = made;
    for _ in 0..refused {
        outcome.tally.fail(FailureCause::Refused);
    }
    outcome
}

/// So many handshakes that took so many milliseconds.
fn handshakes(times: &[(u64, u64)]) -> Outcome {
    let mut outcome = connects(1, 0);
    for (count, milliseconds) in times {
        for _ in 0..*count {
            outcome
                .handshake
                .record(Duration::from_millis(*milliseconds));
        }
    }
    outcome
}

fn published() -> Outcome {
    let mut outcome = blank("published");
    outcome.tally.published = 10;
    outcome.tally.delivered = 1_000;
    outcome
}

pub(crate) fn phase(kind: PhaseKind, began: f64, ended: f64) -> PhaseSpan {
    PhaseSpan {
        kind,
        label: String::new(),
        began,
        ended,
        wanted_rate: 0.0,
        wanted: 0,
        begun: 0,
        made: 0,
        failed: 0,
        reconnects: 0,
        last_made: 0.0,
    }
}

#[test]
fn a_good_storm_passes_and_a_bad_one_does_not() {
    let verdict = Verdict::of(&Storm::default().outcome(), &Thresholds::default());
    assert_eq!(verdict.ruling, Ruling::Pass, "{:?}", verdict.reasons);
    assert_eq!(verdict.summary(), "17 ok");
    let verdict = Verdict::of(&sample::bad_storm(), &Thresholds::default());
    assert_eq!(verdict.ruling, Ruling::Fail);
}

#[test]
fn connects_are_judged_at_their_limits() {
    let metric = Metric::ConnectSuccess;
    assert_eq!(level(&connects(99_900, 100), metric), Level::Ok);
    assert_eq!(level(&connects(99_899, 101), metric), Level::Medium);
    assert_eq!(level(&connects(99_000, 1_000), metric), Level::Medium);
    assert_eq!(level(&connects(98_999, 1_001), metric), Level::High);
    assert_eq!(level(&connects(0, 0), metric), Level::NotMeasured);
    assert_eq!(level(&connects(0, 20), metric), Level::High);
}

#[test]
fn one_failure_of_fifty_is_a_warning_and_not_proof() {
    let one = connects(49, 1);
    assert_eq!(level(&one, Metric::ConnectSuccess), Level::Medium);
    assert!(note(&one, Metric::ConnectSuccess).contains("too few"));
    assert_eq!(level(&connects(46, 4), Metric::ConnectSuccess), Level::High);
}

#[test]
fn what_never_failed_says_how_sure_that_is() {
    let few = connects(50, 0);
    assert_eq!(level(&few, Metric::ConnectSuccess), Level::Ok);
    let said = note(&few, Metric::ConnectSuccess);
    assert_eq!(said, "none of 50 failed: at least 94 %, with 95 %");
    assert_eq!(note(&connects(50_000, 0), Metric::ConnectSuccess), "");
}

#[test]
fn want_of_ports_here_is_not_the_servers_fault_and_no_pass() {
    let mut outcome = connects(2_000, 0);
    outcome.tally.fail(FailureCause::NoPorts);
    let found = found(&outcome, Metric::ConnectSuccess);
    assert_eq!((found.value, found.level), (Some(100.0), Level::Medium));
    let mut nothing = blank("none");
    nothing.tally.connects_begun = 5;
    nothing.tally.fail(FailureCause::NoDescriptors);
    assert_eq!(level(&nothing, Metric::ConnectSuccess), Level::NotMeasured);
}

#[test]
fn a_quantile_is_judged_at_its_limits() {
    let metric = Metric::HandshakeP99;
    assert_eq!(
        level(&handshakes(&[(990, 199), (10, 900)]), metric),
        Level::Ok
    );
    assert_eq!(
        level(&handshakes(&[(989, 199), (11, 499)]), metric),
        Level::Medium
    );
    assert_eq!(
        level(&handshakes(&[(989, 199), (11, 501)]), metric),
        Level::High
    );
}

#[test]
fn too_few_for_a_quantile_is_not_measured_unless_chance_cannot_be() {
    let metric = Metric::HandshakeP99;
    let quick = found(&handshakes(&[(37, 10)]), metric);
    assert_eq!((quick.level, quick.counts), (Level::NotMeasured, false));
    assert!(quick.note.unwrap().contains("100 are needed"));
    let one = found(&handshakes(&[(36, 10), (1, 900)]), metric);
    assert_eq!((one.level, one.counts), (Level::NotMeasured, true));
    assert_eq!(
        level(&handshakes(&[(30, 10), (7, 900)]), metric),
        Level::High
    );
    assert_eq!(
        level(&handshakes(&[(30, 10), (7, 300)]), metric),
        Level::Medium
    );
}

#[test]
fn a_ramp_is_held_or_not() {
    let ramp = |made| {
        let mut outcome = connects(made, 0);
        outcome.phases = vec![PhaseSpan {
            wanted_rate: 100.0,
            wanted: 1_000,
            made,
            ..phase(PhaseKind::Ramp, 0.0, 10.0)
        }];
        outcome
    };
    // Those due in the last 200 ms may open after the ramp.
    assert_eq!(level(&ramp(980), Metric::ConnectRate), Level::Ok);
    assert_eq!(level(&ramp(979), Metric::ConnectRate), Level::Medium);
    assert_eq!(level(&ramp(784), Metric::ConnectRate), Level::Medium);
    assert_eq!(level(&ramp(783), Metric::ConnectRate), Level::High);
}

#[test]
fn one_session_that_lost_something_is_of_high_risk() {
    let mut outcome = published();
    for metric in [
        Metric::SessionsWithLoss,
        Metric::SessionsWithDuplicates,
        Metric::Reordered,
        Metric::Corrupt,
    ] {
        assert_eq!(level(&outcome, metric), Level::Ok, "{metric:?}");
    }
    outcome.tally.sessions_with_loss = 1;
    outcome.tally.sessions_with_duplicates = 1;
    outcome.tally.reordered = 1;
    outcome.tally.corrupt = 1;
    for metric in [
        Metric::SessionsWithLoss,
        Metric::SessionsWithDuplicates,
        Metric::Reordered,
        Metric::Corrupt,
    ] {
        assert_eq!(level(&outcome, metric), Level::High, "{metric:?}");
    }
}

#[test]
fn silence_shows_no_loss_and_is_no_pass() {
    let mut outcome = published();
    outcome.tally.delivered = 0;
    let found = found(&outcome, Metric::SessionsWithLoss);
    assert_eq!((found.level, found.counts), (Level::NotMeasured, true));
    let verdict = Verdict::of(&outcome, &Thresholds::default());
    assert_eq!(verdict.ruling, Ruling::Warn);
}

#[test]
fn abnormal_closes_are_judged_by_the_hour() {
    let closes = |count: u64, hours: f64| {
        let mut outcome = blank("closes");
        outcome.tally.open_seconds = hours * 3_600.0;
        outcome.tally.closes.insert(CloseKind::ServerReset, count);
        outcome.tally.closes.insert(CloseKind::Rst, 1_000);
        level(&outcome, Metric::AbnormalCloses)
    };
    assert_eq!(closes(20, 1_000.0), Level::Ok);
    assert_eq!(closes(22, 1_000.0), Level::Medium);
    assert_eq!(closes(23, 1_000.0), Level::High);
    // A third of one is expected: one is no proof, and three are.
    assert_eq!(closes(0, 16.7), Level::Ok);
    assert_eq!(closes(1, 16.7), Level::Medium);
    assert_eq!(closes(3, 16.7), Level::High);
}

#[test]
fn limits_and_what_is_required_come_from_a_file() {
    let text = "handshake_p99_ms = { ok = 5, warn = 8 }\nrequired = [\"descriptors\"]\n";
    let thresholds: Thresholds = toml::from_str(text).unwrap();
    assert_eq!(thresholds.handshake_p99_ms, Limits { ok: 5.0, warn: 8.0 });
    assert_eq!(thresholds.herd_factor, Thresholds::default().herd_factor);
    let outcome = handshakes(&[(1_000, 7)]);
    let verdict = Verdict::of(&outcome, &thresholds);
    assert_eq!(
        verdict.finding(Metric::HandshakeP99).unwrap().level,
        Level::Medium
    );
    assert_eq!(verdict.ruling, Ruling::Fail);
    assert!(
        verdict
            .reasons
            .iter()
            .any(|reason| reason.contains("is required"))
    );
    let error = toml::from_str::<Thresholds>("handshake_p99 = 5").unwrap_err();
    assert!(error.to_string().contains("handshake_p99_ms"), "{error}");
}

#[test]
fn limits_with_which_nothing_can_be_judged_are_refused() {
    assert_eq!(Thresholds::default().check(), Ok(()));
    let check = |text: &str| toml::from_str::<Thresholds>(text).unwrap().check();
    let error = check("delivery_p99_ms = { ok = 9, warn = 8 }").unwrap_err();
    assert_eq!(error.metric, "delivery p99");
    assert!(check("connect_success_percent = { ok = 99, warn = 99.9 }").is_err());
    assert!(check("herd_factor = { ok = nan, warn = 1 }").is_err());
    assert!(check("herd_window_seconds = 0").is_err());
}

#[test]
fn no_data_is_no_pass_and_a_stopped_run_is_none() {
    let verdict = Verdict::of(&blank("nothing"), &Thresholds::default());
    assert_eq!((verdict.ruling, verdict.measured()), (Ruling::Warn, 0));
    let mut stopped = connects(100_000, 0);
    assert_eq!(
        Verdict::of(&stopped, &Thresholds::default()).ruling,
        Ruling::Warn
    );
    stopped.interrupted = true;
    let verdict = Verdict::of(&stopped, &Thresholds::default());
    assert!(
        verdict
            .reasons
            .iter()
            .any(|reason| reason.contains("stopped"))
    );
}

#[test]
fn processes_are_judged_together() {
    let mut one = connects(99_950, 50);
    let mut two = connects(0, 51);
    two.phases.clear();
    one.phases.clear();
    one.merge(two).unwrap();
    let found = found(&one, Metric::ConnectSuccess);
    assert_eq!(
        (found.shown().as_str(), found.level),
        ("99.899 %", Level::Medium)
    );
    assert!(found.note.unwrap().contains("101 of 100,051"));
}
