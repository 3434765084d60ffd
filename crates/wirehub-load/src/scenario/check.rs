//! Bounds of a scenario.

use std::time::Duration;

use super::{Act, Backoff, Manner, RoomKind, Scenario, Speech, Traffic};
use crate::stamp::Stamp;

/// Phases that one run has at most, all rounds together.
pub(super) const PHASES: usize = 10_000;
const CONNECTIONS: u32 = 2_000_000;
const THREADS: u32 = 256;
const SUBSCRIPTIONS: u32 = 100;
/// Kinds of rooms, and letters that the name of one has.
const KINDS: usize = 16;
const NAME: usize = 32;
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
    /// The kind of room it is in, counted from 0; `None` when it is in none.
    pub room: Option<usize>,
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
        match &self.traffic {
            Traffic::Fanout {
                topics,
                subscriptions,
                publishers,
            } => {
                within("topics", *topics, 1, CONNECTIONS)?;
                let most = SUBSCRIPTIONS.min(*topics);
                within("subscriptions", *subscriptions, 1, most)?;
                within("publishers", *publishers, 1, *topics)
            }
            Traffic::Rooms { kinds, publishers } => {
                self.check_rooms(kinds)?;
                within("publishers", *publishers, 1, self.topics())
            }
            Traffic::Echo | Traffic::Silence => Ok(()),
        }
    }

    fn check_rooms(&self, kinds: &[RoomKind]) -> Result<(), ScenarioError> {
        if !(1..=KINDS).contains(&kinds.len()) {
            return wrong("room", "between 1 and 16 kinds of rooms");
        }
        for (number, kind) in kinds.iter().enumerate() {
            let in_kind = |error: ScenarioError| ScenarioError {
                room: Some(number),
                ..error
            };
            self.check_room(kind).map_err(in_kind)?;
        }
        if self.topics() > CONNECTIONS {
            return wrong("room", "more than 2000000 rooms in all");
        }
        let places = self.traffic.seats().div_ceil(self.connections.into());
        match places > SUBSCRIPTIONS.into() {
            true => wrong(
                "connections",
                &format!("{places} rooms for each of them; at most {SUBSCRIPTIONS}: take more"),
            ),
            false => Ok(()),
        }
    }

    fn check_room(&self, kind: &RoomKind) -> Result<(), ScenarioError> {
        within("rooms", kind.rooms, 1, CONNECTIONS)?;
        if kind.members > self.connections {
            let members = kind.members;
            return wrong(
                "members",
                &format!("{members} are more than there are `connections`"),
            );
        }
        within("members", kind.members, 1, CONNECTIONS)?;
        if !(1..=NAME).contains(&kind.name.chars().count()) {
            return wrong("name", "between 1 and 32 letters");
        }
        match (0.0..=RATE).contains(&kind.rate) {
            true => Ok(()),
            false => wrong("publish", "between 0 and 10000000 publications a second"),
        }
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
        if phase.rate > 0.0
            && matches!(self.traffic, Traffic::Rooms { .. })
            && self.traffic.rate() == 0.0
        {
            return wrong("publish", "no kind of room has `publish` above 0");
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
        room: None,
        key,
        what: format!("`{key}`: {what}"),
    })
}
