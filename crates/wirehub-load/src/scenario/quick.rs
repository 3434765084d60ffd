//! Scenarios for a start, out of a few numbers.

use std::time::Duration;

use super::{Act, Backoff, Format, Manner, Phase, Scenario, Speech, Traffic};

/// Connections a second that a ramp brings when nothing else is said.
const COMFORT: u32 = 500;
/// Members of a room, in the forms with rooms.
const ROOM: u32 = 50;

/// What a quick form plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuickForm {
    /// All connections are reset at once, again and again, while something is published.
    Storm,
    /// One topic, everybody hears it.
    Fanout,
    /// Everybody hears what they say themselves.
    Echo,
    /// Nothing but heartbeats.
    Idle,
    /// Rooms with a little of everything, for a long time.
    Soak,
    /// All connections end once, and come back.
    Reconnect,
}

/// The numbers of a quick form.
#[derive(Clone, Debug)]
pub struct Quick {
    /// What is played.
    pub form: QuickForm,
    /// How long, ramp included.
    pub lasts: Duration,
    /// Connections.
    pub connections: u32,
    /// Threads.
    pub threads: u32,
    /// Publications a second; each form has its own when it is not said.
    pub rate: Option<f64>,
    /// Bytes of what is published.
    pub payload: u32,
    /// How clients come back.
    pub backoff: Backoff,
}

impl QuickForm {
    /// Its name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Storm => "storm",
            Self::Fanout => "fanout",
            Self::Echo => "echo",
            Self::Idle => "idle",
            Self::Soak => "soak",
            Self::Reconnect => "reconnect",
        }
    }
}

impl Quick {
    /// The scenario it stands for.
    #[must_use]
    pub fn scenario(&self) -> Scenario {
        let ramp = self.ramp();
        let rest = self.lasts.saturating_sub(ramp).max(Duration::from_secs(1));
        let (rounds, phases) = self.phases(ramp, rest);
        let topics = match self.form {
            QuickForm::Storm | QuickForm::Soak | QuickForm::Reconnect => {
                self.connections.div_ceil(ROOM)
            }
            _ => 1,
        };
        let traffic = match self.form {
            QuickForm::Echo => Traffic::Echo,
            QuickForm::Idle => Traffic::Fanout {
                topics: 1,
                subscriptions: 1,
                publishers: 1,
            },
            _ => Traffic::Fanout {
                topics,
                subscriptions: 1,
                publishers: topics.min(self.threads),
            },
        };
        Scenario {
            name: self.form.word().to_owned(),
            connections: self.connections,
            threads: self.threads,
            speech: Speech::Native(Format::Json),
            traffic,
            compression: false,
            payload: self.payload,
            backoff: self.backoff,
            phases,
            rounds,
            patience: Duration::from_secs(10),
            drain: Duration::from_secs(5),
            settle: Duration::from_secs(60),
            seed: 1,
        }
    }

    /// How long the connections take to come: a comfortable pace, and at most a third of the time.
    fn ramp(&self) -> Duration {
        let comfort = Duration::from_secs_f64(f64::from(self.connections) / f64::from(COMFORT));
        let least = Duration::from_millis(500);
        comfort.min(self.lasts / 3).max(least)
    }

    fn phases(&self, ramp: Duration, rest: Duration) -> (u32, Vec<Phase>) {
        let rate = self.rate.unwrap_or(match self.form {
            QuickForm::Storm | QuickForm::Reconnect | QuickForm::Soak => 20.0,
            QuickForm::Fanout => 10.0,
            QuickForm::Echo => f64::from(self.connections),
            QuickForm::Idle => 0.0,
        });
        let phase = |act, lasts, rate| Phase { act, lasts, rate };
        let to = self.connections;
        let ramp = |rate| phase(Act::Ramp { to }, ramp, rate);
        let cut = |how, share| Act::Disconnect {
            how,
            share,
            over: Duration::ZERO,
        };
        let moment = Duration::from_millis(100);
        let back = Act::Reconnect { backoff: None };
        match self.form {
            QuickForm::Fanout | QuickForm::Echo | QuickForm::Idle => {
                (1, vec![ramp(0.0), phase(Act::Hold, rest, rate)])
            }
            QuickForm::Reconnect => {
                let (before, after) = (rest / 4, rest - rest / 4 - moment.min(rest / 4));
                let phases = vec![
                    ramp(0.0),
                    phase(Act::Hold, before, rate),
                    phase(cut(Manner::Rst, 1.0), moment, rate),
                    phase(back, after, rate),
                ];
                (1, phases)
            }
            QuickForm::Storm => {
                let rounds = (rest.as_secs_f64() / 10.0).round().clamp(1.0, 1_000.0) as u32;
                let round = rest / rounds;
                let cut_lasts = moment.min(round / 4);
                let mut phases = vec![ramp(0.0)];
                for _ in 0..rounds {
                    phases.push(phase(cut(Manner::Rst, 1.0), cut_lasts, rate));
                    phases.push(phase(back, round - cut_lasts, rate));
                }
                (1, phases)
            }
            QuickForm::Soak => {
                let mut phases = vec![ramp(0.0)];
                let rounds = (rest.as_secs_f64() / 30.0).round().clamp(1.0, 3_000.0) as u32;
                let round = rest / rounds;
                let cut_lasts = moment.min(round / 8);
                let calm = (round - cut_lasts) / 2;
                let manners = [Manner::Goodbye, Manner::Fin, Manner::Rst];
                for manner in manners.iter().cycle().take(rounds as usize) {
                    phases.push(phase(Act::Hold, calm, rate));
                    phases.push(phase(cut(*manner, 0.05), cut_lasts, rate));
                    phases.push(phase(back, round - cut_lasts - calm, rate));
                }
                (1, phases)
            }
        }
    }
}
