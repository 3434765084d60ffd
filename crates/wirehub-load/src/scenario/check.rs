//! Bounds of a scenario.

use std::time::Duration;

use super::{Act, Backoff, Manner, Scenario, Speech, Traffic};
use crate::stamp::Stamp;

/// Phases that one run has at most, all rounds together.
pub(super) const PHASES: usize = 10_000;
const CONNECTIONS: u32 = 2_000_000;
const THREADS: u32 = 256;
const SUBSCRIPTIONS: u32 = 100;
const PAYLOAD: u32 = 1 << 20;
const RATE: f64 = 10_000_000.0;
/// A run of more than four weeks is a mistake.
const LONGEST: Duration = Duration::from_secs(28 * 24 * 3_600);
const SHORTEST_DELAY: Duration = Duration::from_millis(10);

/// What is wrong with a scenario.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct ScenarioError {
    /// The phase it is in, counted from 0; `None` when it is the scenario's.
    pub phase: Option<usize>,
    /// The key that a file has for it.
    pub key: &'static str,
    /// What is wrong, and what is right.
    pub what: String,
}

impl Scenario {
    /// Holds everything against its bounds.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), ScenarioError> {
        within("connections", self.connections, 1, CONNECTIONS)?;
        within("threads", self.threads, 1, THREADS)?;
        within("payload", self.payload, Stamp::SHORTEST as u32, PAYLOAD)?;
        within("rounds", self.rounds, 1, PHASES as u32)?;
        self.check_traffic()?;
        if let Speech::Plain(adapter) = &self.speech
            && !matches!(self.traffic, Traffic::Silence)
            && !adapter.publish.contains("{payload}")
        {
            return wrong(
                "publish",
                "the text that publishes has no `{payload}` in it",
            );
        }
        for (key, time) in [
            ("patience", self.patience),
            ("drain", self.drain),
            ("settle", self.settle),
        ] {
            if time > LONGEST {
                return wrong(key, "at most 28 days");
            }
        }
        if self.patience.is_zero() {
            return wrong("patience", "a handshake takes some time; 10s is usual");
        }
        check_backoff("delay", &self.backoff)?;
        if self.phases.is_empty() {
            return wrong("phase", "there is no phase; begin with a ramp");
        }
        if self.phases.len().saturating_mul(self.rounds as usize) > PHASES {
            return wrong("rounds", "more than 10000 phases in all; fewer rounds");
        }
        for number in 0..self.phases.len() {
            let in_phase = |error: ScenarioError| ScenarioError {
                phase: Some(number),
                ..error
            };
            self.check_phase(number).map_err(in_phase)?;
        }
        match self.lasts() > LONGEST {
            true => wrong("for", "all phases together take more than 28 days"),
            false => Ok(()),
        }
    }

    fn check_traffic(&self) -> Result<(), ScenarioError> {
        let Traffic::Fanout {
            topics,
            subscriptions,
            publishers,
        } = self.traffic
        else {
            return Ok(());
        };
        within("topics", topics, 1, CONNECTIONS)?;
        within("subscriptions", subscriptions, 1, SUBSCRIPTIONS.min(topics))?;
        within("publishers", publishers, 1, topics)
    }

    fn check_phase(&self, number: usize) -> Result<(), ScenarioError> {
        let Some(phase) = self.phases.get(number) else {
            return Ok(());
        };
        if phase.lasts.is_zero() || phase.lasts > LONGEST {
            return wrong("for", "a phase takes between 1ms and 28 days");
        }
        if !(0.0..=RATE).contains(&phase.rate) {
            return wrong("publish", "between 0 and 10000000 publications a second");
        }
        if phase.rate > 0.0 && matches!(self.traffic, Traffic::Silence) {
            return wrong(
                "publish",
                "nothing is published where `traffic` is \"silence\"",
            );
        }
        match phase.act {
            Act::Ramp { to } => within("connections", to, 1, self.connections),
            Act::Hold => Ok(()),
            Act::Disconnect { how, share, over } => {
                if !(share > 0.0 && share <= 1.0) {
                    return wrong("share", "above 0 and at most 1; 0.5 is half of them");
                }
                if over > phase.lasts {
                    return wrong("over", "longer than the phase; at most what `for` says");
                }
                match how {
                    Manner::SlowReader { speed: 0 } => wrong("speed", "at least 1 byte a second"),
                    _ => Ok(()),
                }
            }
            Act::Reconnect { backoff } => match backoff {
                Some(backoff) => check_backoff("delay", &backoff),
                None => Ok(()),
            },
        }
    }
}

fn check_backoff(key: &'static str, backoff: &Backoff) -> Result<(), ScenarioError> {
    let (shortest, longest) = match *backoff {
        Backoff::Jittered { base, cap } => (base, cap),
        Backoff::Fixed { delay } => (delay, delay),
    };
    match shortest < SHORTEST_DELAY || longest > LONGEST || shortest > longest {
        true => wrong(key, "delays are at least 10ms, and the cap is the longest"),
        false => Ok(()),
    }
}

fn within(key: &'static str, value: u32, least: u32, most: u32) -> Result<(), ScenarioError> {
    match (least..=most).contains(&value) {
        true => Ok(()),
        false => wrong(key, &format!("{value} is not between {least} and {most}")),
    }
}

fn wrong<T>(key: &'static str, what: &str) -> Result<T, ScenarioError> {
    Err(ScenarioError {
        phase: None,
        key,
        what: format!("`{key}`: {what}"),
    })
}
