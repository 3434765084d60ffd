//! What the screen shows: the scenario, the seconds that were seen, and what they add up to.

use std::collections::VecDeque;

use wirehub_load::{Progress, Reading, Row, Scenario, Target};

/// As many seconds as a wide terminal has columns.
const KEPT: usize = 240;

/// Figures of one second.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Figures {
    pub(super) open: f64,
    pub(super) made: f64,
    pub(super) closed: f64,
    pub(super) published: f64,
    pub(super) delivered: f64,
    /// Seconds that half of the deliveries took at most, and 99 of 100.
    pub(super) half: Option<f64>,
    pub(super) most: Option<f64>,
    pub(super) longest: Option<f64>,
    pub(super) received: f64,
    pub(super) sent: f64,
    pub(super) files: f64,
    pub(super) memory: f64,
    pub(super) cores: f64,
}

/// A second, as it goes to the screen.
#[derive(Debug)]
pub(super) struct Second {
    at: f64,
    lasts: f64,
    doing: String,
    row: Row,
    server: Option<Reading>,
}

/// A phase and when it ends.
#[derive(Debug)]
pub(super) struct Leg {
    pub(super) label: String,
    pub(super) began: f64,
    pub(super) ends: f64,
}

/// Everything that is on the screen.
#[derive(Debug, Default)]
pub(super) struct Board {
    pub(super) scenario: String,
    pub(super) target: String,
    pub(super) connections: u32,
    pub(super) legs: Vec<Leg>,
    /// Seconds since the run began, or since its scenario was over, and how many there are.
    pub(super) at: f64,
    pub(super) lasts: f64,
    pub(super) doing: String,
    figures: VecDeque<Figures>,
    pub(super) server: Option<Reading>,
    /// Attempts that failed, and publications that were lost, so far.
    pub(super) failed: u64,
    pub(super) lost: u64,
    /// Somebody wants an early end.
    pub(super) is_stopping: bool,
}

impl Second {
    pub(super) fn of(progress: &Progress<'_>) -> Self {
        Self {
            at: progress.at,
            lasts: progress.lasts,
            doing: progress.doing.clone(),
            row: progress.row.clone(),
            server: progress.server.cloned(),
        }
    }
}

impl Board {
    pub(super) fn new(scenario: &Scenario, targets: &[Target]) -> Self {
        let mut ends = 0.0;
        let legs = scenario.timeline().map(|phase| {
            let began = ends;
            ends += phase.lasts.as_secs_f64();
            Leg {
                label: phase.label(),
                began,
                ends,
            }
        });
        Self {
            legs: legs.collect(),
            scenario: scenario.name.clone(),
            target: Target::names(targets),
            connections: scenario.connections,
            lasts: scenario.lasts().as_secs_f64(),
            doing: "begin".to_owned(),
            ..Self::default()
        }
    }

    /// A second is over.
    pub(super) fn take(&mut self, second: Second) {
        let Second {
            at,
            lasts,
            doing,
            row,
            server,
        } = second;
        (self.at, self.lasts, self.doing) = (at, lasts, doing);
        self.failed += row.failed;
        self.lost += row.lost;
        let before = self.server.take();
        let seconds = |share| Some(row.delivery_quantile(share)?.as_secs_f64());
        let seen = server.as_ref();
        let figure = |read: fn(&Reading) -> Option<u64>| seen.and_then(read).unwrap_or(0) as f64;
        self.figures.push_back(Figures {
            open: row.open as f64,
            made: row.made as f64,
            closed: row.closes.values().sum::<u64>() as f64,
            published: row.published as f64,
            delivered: row.delivered as f64,
            half: seconds(0.5),
            most: seconds(0.99),
            longest: row.delivery_max().map(|longest| longest.as_secs_f64()),
            received: row.received as f64,
            sent: row.sent as f64,
            files: figure(|seen| seen.descriptors),
            memory: figure(|seen| seen.memory),
            cores: cores(before.as_ref(), seen).unwrap_or_else(|| self.now().cores),
        });
        if self.figures.len() > KEPT {
            self.figures.pop_front();
        }
        self.server = server.or(before);
    }

    /// The newest second.
    pub(super) fn now(&self) -> Figures {
        self.figures.back().copied().unwrap_or_default()
    }

    /// The phase that goes on; behind the last one when the scenario is over.
    pub(super) fn leg(&self) -> usize {
        let has_ended = |leg: &&Leg| leg.ends < self.at;
        self.legs.iter().take_while(has_ended).count()
    }

    /// One of the figures over time.
    pub(super) fn line(&self, read: impl Fn(&Figures) -> f64) -> Vec<f64> {
        self.figures.iter().map(read).collect()
    }
}

/// Processor time used between two looks, in cores; nothing when they are one.
fn cores(before: Option<&Reading>, now: Option<&Reading>) -> Option<f64> {
    let (before, now) = (before?, now?);
    let passed = now.at - before.at;
    (passed > 0.0).then_some((now.cpu? - before.cpu?) / passed)
}
