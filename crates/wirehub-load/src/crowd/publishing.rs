//! Publications, each in its moment.

use std::{mem, time::Duration};

use super::{Crowd, session::Session};
use crate::{
    native::{self, Frame, Request},
    scenario::{Phase, Scenario, Speech, Traffic, Turn},
    stamp::Stamp,
};

/// Publications that may be unanswered in one crowd; what is due beyond is not sent.
const IN_FLIGHT: usize = 65_536;
/// Work that is done at most before sockets are looked at again.
const A_TURN: usize = 4_096;
/// The first number of requests that publish.
const REQUESTS: u64 = 10_000;

/// A publication that is not answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) link: u32,
    pub(super) topic: u32,
    pub(super) due: Duration,
}

/// When something is published to some topics. Publications of the whole run are numbered; each
/// crowd takes those whose topic is its own.
#[derive(Debug)]
pub(super) struct Pace {
    turn: Turn,
    rate: f64,
    start: Duration,
    /// The number of the first publication of this phase.
    first: u64,
    /// The number behind its last one.
    end: u64,
    /// The next one of this crowd.
    next: Option<u64>,
}

impl Pace {
    /// For each kind of room one, or else one for all topics.
    pub(super) fn all(scenario: &Scenario) -> Vec<Self> {
        let turns = scenario.traffic.turns(scenario.topics());
        let paces = turns.into_iter().map(|turn| Self {
            turn,
            rate: 0.0,
            start: Duration::ZERO,
            first: 0,
            end: 0,
            next: None,
        });
        paces.collect()
    }

    fn next(&self) -> Option<Duration> {
        self.next.map(|number| self.moment(number))
    }

    fn moment(&self, number: u64) -> Duration {
        let after = (number - self.first) as f64 / self.rate;
        self.start + Duration::from_secs_f64(after)
    }

    fn begin(&mut self, start: Duration, phase: &Phase) {
        self.rate = phase.rate * self.turn.part;
        self.start = start;
        self.first = self.end;
        let count = (phase.lasts.as_secs_f64() * self.rate).floor() as u64;
        self.end = self.first.saturating_add(count);
    }

    fn topic(&self, number: u64) -> Option<u32> {
        let topics = u64::from(self.turn.topics.len().max(1) as u32);
        let place = u32::try_from(number % topics).ok()?;
        self.turn.topics.start.checked_add(place)
    }
}

impl Crowd {
    /// When something is published next.
    pub(super) fn next_publication(&self) -> Option<Duration> {
        self.paces.iter().filter_map(Pace::next).min()
    }

    /// Publishes what was due before a phase ended, should this thread be late.
    pub(super) fn catch_up(&mut self, end: Duration) {
        while self.next_publication().is_some_and(|due| due < end) {
            self.publish(end);
        }
    }

    /// A phase begins with its own rate.
    pub(super) fn set_pace(&mut self, start: Duration, phase: &Phase) {
        let mut paces = mem::take(&mut self.paces);
        for pace in &mut paces {
            pace.begin(start, phase);
            pace.next = self.own_from(pace, pace.first);
        }
        self.paces = paces;
    }

    pub(super) fn stop_publishing(&mut self) {
        for pace in &mut self.paces {
            pace.next = None;
        }
    }

    /// The first publication from a number on that is this crowd's.
    fn own_from(&self, pace: &Pace, number: u64) -> Option<u64> {
        let speakers = match self.plan.scenario.traffic {
            Traffic::Echo => self.members as usize,
            _ => self.sessions.len().saturating_sub(self.members as usize),
        };
        if speakers == 0 {
            return None;
        }
        let is_own = |number: &u64| {
            let topic = pace.topic(*number);
            topic.and_then(|topic| self.speaker(topic)).is_some()
        };
        (number..pace.end).find(is_own)
    }

    /// The client that speaks to a topic, if that one is of this crowd.
    fn speaker(&self, topic: u32) -> Option<u32> {
        let scenario = &self.plan.scenario;
        let (speaker, before) = match scenario.traffic {
            Traffic::Echo => (topic, 0),
            _ => (topic % scenario.publishers().max(1), self.members),
        };
        let is_own = speaker % self.plan.crowds == self.number;
        is_own.then(|| before + speaker / self.plan.crowds)
    }

    /// Publishes what is due, in the order in which it was.
    pub(super) fn publish(&mut self, now: Duration) {
        let mut paces = mem::take(&mut self.paces);
        for _ in 0..A_TURN {
            let due = paces
                .iter_mut()
                .filter_map(|pace| Some((pace.next()?, pace)));
            let Some((due, pace)) = due
                .min_by_key(|(due, _)| *due)
                .filter(|(due, _)| *due <= now)
            else {
                break;
            };
            let late = &mut self.recorder.found.late;
            *late = (*late).max(now - due);
            let Some(number) = pace.next else { break };
            if let Some(topic) = pace.topic(number)
                && let Some(link) = self.speaker(topic)
            {
                self.say(due, topic, link);
            }
            pace.next = self.own_from(pace, number + 1);
        }
        self.paces = paces;
    }

    fn say(&mut self, due: Duration, topic: u32, link: u32) {
        let can_speak = self
            .session(link)
            .is_some_and(|session| session.can_speak());
        if !can_speak || self.in_flight.len() >= IN_FLIGHT {
            self.recorder.found.tally.unsent += 1;
            return;
        }
        let Some(life) = self.session(link).map(|session: &mut Session| session.life) else {
            return;
        };
        let last = self.numbers.get(&topic).filter(|(of, _)| *of == life);
        let number = last.map_or(1, |(_, number)| number + 1);
        self.numbers.insert(topic, (life, number));
        let stamp = Stamp {
            run: self.plan.run,
            topic,
            life,
            number,
            due,
        };
        let mut payload = Vec::new();
        stamp.write(&mut payload, self.plan.scenario.payload as usize);
        let payload = String::from_utf8_lossy(&payload);
        let name = self.plan.topic(topic);
        let frame = match &self.plan.scenario.speech {
            Speech::Native(format) => {
                self.asked += 1;
                let id = REQUESTS + self.asked;
                self.in_flight.insert(id, Asked { link, topic, due });
                let request = Request::Publish {
                    id,
                    topic: &name,
                    payload: &payload,
                };
                native::write(*format, &request)
            }
            Speech::Plain(adapter) => {
                let publish = adapter.publish.replace("{topic}", &name);
                Frame::Text(publish.replace("{payload}", &payload))
            }
        };
        self.write_frame(link, &frame);
        self.plan.board.sent(topic, life, number);
        let kind = self.plan.scenario.traffic.kind_of(topic);
        self.recorder.published(kind);
    }

    pub(super) fn set_full(&mut self, link: u32, is_full: bool) {
        if let Some(session) = self.session(link) {
            session.is_full = is_full;
        }
    }
}
