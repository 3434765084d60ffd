//! How a run goes, second by second.

use std::{
    collections::BTreeMap,
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::Duration,
};

use crate::{
    outcome::{Reading, Row, Series},
    scenario::Scenario,
    watch::Watching,
};

/// Seconds that wait for a thread that is behind; then they go without it.
const BEHIND: usize = 10;

/// What goes on, once a second.
#[derive(Debug)]
pub struct Progress<'a> {
    /// Seconds since the run began.
    pub at: f64,
    /// Seconds that the scenario takes.
    pub lasts: f64,
    /// What the scenario is doing.
    pub doing: String,
    /// The last second.
    pub row: &'a Row,
    /// The seconds before, and this one.
    pub series: &'a Series,
    /// The server as it was seen last.
    pub server: Option<&'a Reading>,
}

/// Puts the seconds of several parts of a crowd together until the last one is done.
pub fn follow(
    rows: &Receiver<(u32, Row)>,
    scenario: &Scenario,
    parts: u32,
    watching: Option<&Watching>,
    tell: &mut dyn FnMut(&Progress<'_>),
) -> Series {
    let mut series = Series::default();
    let mut waiting: BTreeMap<u32, (u32, Row)> = BTreeMap::new();
    loop {
        match rows.recv_timeout(Duration::from_secs(1)) {
            Ok((second, row)) => {
                let (reports, sum) = waiting.entry(second).or_default();
                *reports += 1;
                sum.join(row);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        while let Some(entry) = waiting.first_entry()
            && (entry.get().0 >= parts || waiting.len() > BEHIND)
        {
            let Some((second, (_, row))) = waiting.pop_first() else {
                break;
            };
            series.add(second, row.clone());
            let server = watching.and_then(Watching::latest);
            let at = f64::from(second) + 1.0;
            tell(&Progress {
                at,
                lasts: scenario.lasts().as_secs_f64(),
                doing: doing(scenario, at),
                row: &row,
                series: &series,
                server: server.as_ref(),
            });
        }
    }
    for (second, (_, row)) in waiting {
        series.add(second, row);
    }
    series
}

/// What a scenario does at a moment.
fn doing(scenario: &Scenario, at: f64) -> String {
    let mut end = 0.0;
    for phase in scenario.timeline() {
        end += phase.lasts.as_secs_f64();
        if at <= end {
            return phase.label();
        }
    }
    "wait for what is on its way".to_owned()
}
