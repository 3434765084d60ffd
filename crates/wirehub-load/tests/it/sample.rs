//! Outcomes of runs that never were, the same for the same seed.

use std::time::Duration;

use wirehub_load::{
    CloseKind, FailureCause, Latency, Outcome, PhaseKind, PhaseSpan, Reading, Row, Series,
    ServerView, Tally,
};

/// Chance that repeats itself (SplitMix64).
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn fraction(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((word ^ (word >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Around zero, with a variance of one.
    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.fraction()).sum::<f64>() - 6.0
    }
}

/// A storm that never was: everybody is cut off three times.
pub(crate) struct Storm {
    pub(crate) seed: u64,
    /// By how much everything takes longer than it should.
    pub(crate) slowness: f64,
    /// How uneven seconds are; each is like the one before.
    pub(crate) unevenness: f64,
    /// Seconds over which those who were cut off come back.
    pub(crate) spread: u32,
    /// Descriptors that are not given back.
    pub(crate) leaks: u64,
    /// Deliveries that are recorded for each second.
    pub(crate) deliveries: u64,
}

impl Default for Storm {
    fn default() -> Self {
        Self {
            seed: 1,
            slowness: 1.0,
            unevenness: 0.2,
            spread: 8,
            leaks: 0,
            deliveries: 1_000,
        }
    }
}

const CONNECTIONS: u64 = 1_000;
const SECONDS: u32 = 60;
const CUTS: [u32; 3] = [12, 28, 44];

impl Storm {
    pub(crate) fn outcome(&self) -> Outcome {
        let mut outcome = blank("storm");
        let mut chance = Chance::new(self.seed);
        let mut drift = 0.0;
        for second in 0..SECONDS {
            drift = drift * 0.7 + chance.normal() * self.unevenness;
            let busy = CUTS.iter().any(|cut| (*cut..cut + 4).contains(&second));
            let pace = self.slowness * f64::exp(drift) * if busy { 3.0 } else { 1.0 };
            let row = self.second(second, pace, &mut chance, &mut outcome);
            outcome.series.add(second, row);
        }
        outcome.phases = phases();
        outcome.server = Some(self.server(&outcome.series, &mut chance));
        outcome
    }

    fn second(&self, second: u32, pace: f64, chance: &mut Chance, outcome: &mut Outcome) -> Row {
        let mut row = Row::default();
        let tally = &mut outcome.tally;
        let before = outcome.series.rows.last().map_or(0, |row| row.open);
        row.open = before;
        if second < 4 {
            row.begun = CONNECTIONS / 4;
        }
        if CUTS.contains(&second) {
            row.closes.insert(CloseKind::Rst, before);
            *tally.closes.entry(CloseKind::Rst).or_default() += before;
            row.open = 0;
        }
        let cut = CUTS.iter().rfind(|cut| **cut <= second);
        if cut.is_some_and(|cut| second - cut < self.spread) {
            let share = CONNECTIONS as f64 / f64::from(self.spread);
            let left = CONNECTIONS - row.open;
            let due = (share + chance.normal() * share.sqrt() / 2.0).round() as u64;
            let is_last = cut.is_some_and(|cut| second - cut + 1 == self.spread);
            row.reconnects = if is_last { left } else { due.min(left) };
            row.begun = row.reconnects;
            tally.reconnects += row.reconnects;
            tally.resumed += row.reconnects;
        }
        row.made = row.begun;
        row.open += row.made;
        tally.connects_begun += row.begun;
        tally.connects_made += row.made;
        tally.open_seconds += row.open as f64;
        let (handshake, resume) = (row.made, row.reconnects);
        let one = Spread {
            around: 8.0 * pace,
            width: 0.5,
        };
        row.handshake = one.times(handshake, chance, &mut outcome.handshake);
        let one = Spread {
            around: 300.0 * pace,
            width: 0.6,
        };
        row.resume = one.times(resume, chance, &mut outcome.resume);
        row.published = 20;
        row.delivered = self.deliveries;
        tally.published += row.published;
        tally.acknowledged += row.published;
        tally.delivered += row.delivered;
        let one = Spread {
            around: 2.0 * pace,
            width: 0.7,
        };
        row.delivery = one.times(self.deliveries, chance, &mut outcome.delivery);
        row
    }

    fn server(&self, series: &Series, chance: &mut Chance) -> ServerView {
        let mut view = ServerView::of("process 4711");
        let reading = |at: f64, open: u64, cpu: f64| Reading {
            at,
            descriptors: Some(24 + open),
            memory: Some((18 << 20) + open * 24_000),
            cpu: Some(cpu),
            tasks: Some(9),
            accept_overflows: Some(3),
            syn_drops: Some(0),
            ..Reading::default()
        };
        view.before = Some(reading(-1.0, 0, 0.1));
        let mut cpu = 0.1;
        for (second, row) in series.rows.iter().enumerate() {
            cpu += 0.08 + row.made as f64 / 2_000.0 + chance.fraction() * 0.02;
            view.sample(reading(second as f64 + 1.0, row.open, cpu));
        }
        let mut after = reading(75.0, self.leaks, cpu);
        after.memory = Some(21 << 20);
        view.after = Some(after);
        view.waited = 60.0;
        view.settled = (self.leaks == 0).then_some(4.0);
        view
    }
}

/// How long things take.
struct Spread {
    /// Milliseconds.
    around: f64,
    width: f64,
}

impl Spread {
    /// Records so many in a second and in the whole.
    fn times(&self, count: u64, chance: &mut Chance, whole: &mut Latency) -> Option<Latency> {
        let mut second = Latency::coarse();
        for _ in 0..count {
            let took = self.around / 1e3 * (chance.normal() * self.width).exp();
            second.record(Duration::from_secs_f64(took));
            whole.record(Duration::from_secs_f64(took));
        }
        (count > 0).then_some(second)
    }
}

/// A run in which nothing happened.
pub(crate) fn blank(scenario: &str) -> Outcome {
    Outcome {
        form: Outcome::FORM,
        scenario: scenario.to_owned(),
        target: "ws://hub.example:8000/ws".to_owned(),
        begun_at: 1_790_000_000_000,
        seconds: f64::from(SECONDS),
        interrupted: false,
        processes: 1,
        threads: 4,
        connections: CONNECTIONS,
        publishers: 4,
        spread: None,
        phases: Vec::new(),
        tally: Tally::default(),
        handshake: Latency::fine(),
        delivery: Latency::fine(),
        round_trip: Latency::fine(),
        resume: Latency::fine(),
        rooms: Vec::new(),
        series: Series::default(),
        server: None,
        missing: Vec::new(),
        remarks: Vec::new(),
    }
}

/// A storm of a server that leaks, drops and forgets, by clients that come back as a herd.
pub(crate) fn bad_storm() -> Outcome {
    let mut outcome = Storm {
        slowness: 40.0,
        spread: 1,
        leaks: 180,
        ..Storm::default()
    }
    .outcome();
    outcome.tally.fail(FailureCause::TimedOut);
    for _ in 0..60 {
        outcome.tally.fail(FailureCause::Refused);
    }
    for (row, lost) in outcome.series.rows.iter_mut().skip(12).zip([9, 13, 7, 2]) {
        row.failed = 15;
        row.lost = lost;
        row.closes.insert(CloseKind::Server, lost.min(2));
    }
    outcome.tally.lost = 31;
    outcome.tally.sessions_with_loss = 12;
    outcome.tally.close_code(Some(1011));
    *outcome.tally.closes.entry(CloseKind::Server).or_default() += 7;
    if let Some(server) = &mut outcome.server {
        for reading in server.samples.iter_mut().skip(15).chain(&mut server.after) {
            reading.accept_overflows = Some(150);
        }
    }
    outcome.remark("the load generator was late by up to 12 ms");
    outcome
}

fn phases() -> Vec<PhaseSpan> {
    let mut phases = vec![
        phase(PhaseKind::Ramp, "ramp to 1000 connections", 0.0, 4.0),
        phase(PhaseKind::Publish, "publish 20/s", 4.0, 12.0),
    ];
    for cut in CUTS.map(f64::from) {
        let label = "disconnect 100 % by reset";
        phases.push(phase(PhaseKind::Disconnect, label, cut, cut + 0.1));
        phases.push(phase(
            PhaseKind::Reconnect,
            "reconnect",
            cut + 0.1,
            cut + 16.0,
        ));
    }
    phases
}

fn phase(kind: PhaseKind, label: &str, began: f64, ended: f64) -> PhaseSpan {
    let is_ramp = kind == PhaseKind::Ramp;
    let count = if is_ramp { CONNECTIONS } else { 0 };
    let back = if kind == PhaseKind::Reconnect {
        CONNECTIONS
    } else {
        0
    };
    PhaseSpan {
        kind,
        label: label.to_owned(),
        began,
        ended,
        wanted_rate: if is_ramp { 250.0 } else { 0.0 },
        wanted: count,
        begun: count + back,
        made: count + back,
        failed: 0,
        reconnects: back,
        last_made: ended - began,
    }
}
