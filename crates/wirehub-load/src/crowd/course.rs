//! Where a run is in its scenario.

use std::time::Duration;

use super::{
    Crowd, Output,
    session::{Part, Stage},
    timers::Wait,
};
use crate::{
    outcome::{PhaseKind, PhaseSpan},
    scenario::{Act, Backoff, Manner, Phase, Scenario},
};

/// How often a crowd looks whether everything has arrived.
const LOOK: Duration = Duration::from_millis(50);
/// How long the goodbye at the end may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// Where a run is in its scenario.
#[derive(Debug)]
pub(super) struct Course {
    phases: Vec<Phase>,
    /// The phase that comes next.
    next: usize,
    part: Leg,
    /// When something is to be done.
    at: Duration,
    /// When what goes on now ends at the latest.
    until: Duration,
}

/// What goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leg {
    Phases,
    Drain,
    Farewell,
    Over,
}

impl Course {
    pub(super) fn new(scenario: &Scenario) -> Self {
        Self {
            phases: scenario.timeline().copied().collect(),
            next: 0,
            part: Leg::Phases,
            at: Duration::ZERO,
            until: Duration::ZERO,
        }
    }

    pub(super) fn next(&self) -> Option<Duration> {
        (self.part != Leg::Over).then_some(self.at)
    }

    /// Whether nobody is to come any more.
    pub(super) fn is_over(&self) -> bool {
        self.part != Leg::Phases
    }

    fn phase(&self) -> Option<&Phase> {
        self.phases.get(self.next.checked_sub(1)?)
    }

    /// In which manner clients go now.
    pub(super) fn manner(&self) -> Option<Manner> {
        match self.phase()?.act {
            Act::Disconnect { how, .. } => Some(how),
            _ => None,
        }
    }

    /// How clients come back now.
    pub(super) fn backoff(&self, scenario: &Scenario) -> Backoff {
        match self.phase().map(|phase| phase.act) {
            Some(Act::Reconnect {
                backoff: Some(backoff),
            }) => backoff,
            _ => scenario.backoff,
        }
    }
}

impl Crowd {
    /// Does what the scenario has for now.
    pub(super) fn advance(&mut self, now: Duration) {
        while self.course.part != Leg::Over && now >= self.course.at {
            match self.course.part {
                Leg::Phases => match self.course.phases.get(self.course.next).copied() {
                    Some(phase) => self.begin_phase(&phase),
                    None => self.begin_drain(self.course.at),
                },
                Leg::Drain if now >= self.course.until || self.is_satisfied() => {
                    self.begin_farewell(now);
                }
                Leg::Farewell if now >= self.course.until || self.has_nobody() => self.end(now),
                Leg::Drain | Leg::Farewell => self.course.at = now + LOOK,
                Leg::Over => {}
            }
        }
    }

    /// Whoever runs this wants an end: what has arrived counts, the rest of the scenario does not.
    pub(super) fn stop(&mut self, now: Duration) {
        match self.course.part {
            Leg::Phases => {
                self.course.at = now;
                self.begin_drain(now);
            }
            // Asked a second time, it waits for nothing more.
            Leg::Drain | Leg::Farewell => self.course.until = now,
            Leg::Over => {}
        }
    }

    fn begin_phase(&mut self, phase: &Phase) {
        let start = self.course.at;
        self.catch_up(start);
        self.end_phase(start);
        self.course.next += 1;
        self.course.at = start + phase.lasts;
        self.set_pace(start, phase);
        self.span(phase.kind(), phase.label(), start);
        match phase.act {
            Act::Ramp { to } => self.ramp(start, phase.lasts, to),
            Act::Hold => {}
            Act::Disconnect { share, over, .. } => self.choose(start, share, over),
            Act::Reconnect { .. } => self.call_back(start),
        }
    }

    fn span(&mut self, kind: PhaseKind, label: String, start: Duration) {
        self.recorder.found.phases.push(PhaseSpan {
            kind,
            label,
            began: start.as_secs_f64(),
            ended: start.as_secs_f64(),
            wanted_rate: 0.0,
            wanted: 0,
            begun: 0,
            made: 0,
            failed: 0,
            reconnects: 0,
            last_made: 0.0,
        });
    }

    fn end_phase(&mut self, now: Duration) {
        if let Some(span) = self.recorder.found.phases.last_mut() {
            span.ended = now.as_secs_f64();
        }
        self.unhinder(now);
    }

    fn wanted(&mut self, count: usize, rate: f64) {
        if let Some(span) = self.recorder.found.phases.last_mut() {
            span.wanted = count as u64;
            span.wanted_rate = rate;
        }
    }

    /// The members that wait for a phase to call them, up to a number of all.
    fn waiting(&self, to: u64) -> Vec<u32> {
        let waits = |link: &u32| {
            let session = self.sessions.get(*link as usize);
            let stage = session.map(|session| session.stage);
            stage == Some(Stage::Away { waits: true }) && self.client(*link) < to
        };
        (0..self.members).filter(waits).collect()
    }

    /// Has members come one after the other; those of all crowds come in turn.
    fn ramp(&mut self, start: Duration, lasts: Duration, to: u32) {
        let links = self.waiting(u64::from(to));
        let count = links.len() as f64;
        let turn = f64::from(self.number) / f64::from(self.plan.crowds.max(1));
        for (place, link) in links.iter().enumerate() {
            let part = (place as f64 + turn) / count;
            self.come(start + lasts.mul_f64(part), *link);
        }
        self.wanted(links.len(), count / lasts.as_secs_f64());
    }

    /// Chooses who goes, and when.
    fn choose(&mut self, start: Duration, share: f64, over: Duration) {
        for link in 0..self.members {
            let (chance, moment) = (self.dice.fraction(), self.dice.fraction());
            let Some(session) = self.sessions.get(link as usize) else {
                continue;
            };
            if session.stage == Stage::Open && chance < share {
                let at = start + over.mul_f64(moment);
                self.timers.set(at, link, session.life, Wait::Leave);
            }
        }
    }

    /// Has those come back who went.
    fn call_back(&mut self, start: Duration) {
        let links = self.waiting(u64::MAX);
        for link in &links {
            if let Some(session) = self.session(*link) {
                // They stayed away on purpose until now.
                session.lost_at = session.had.then_some(start);
                session.attempt = 0;
            }
            self.come_back(start, *link);
        }
        self.wanted(links.len(), 0.0);
    }

    fn begin_drain(&mut self, now: Duration) {
        self.catch_up(now);
        self.end_phase(now);
        self.stop_publishing();
        self.span(
            PhaseKind::Drain,
            "wait for what is on its way".to_owned(),
            now,
        );
        self.course.part = Leg::Drain;
        self.course.at = now;
        self.course.until = now + self.plan.scenario.drain;
    }

    /// Whether everybody has what was published for certain.
    fn is_satisfied(&self) -> bool {
        let settled = self.sessions.iter().filter(|session| session.is_settled());
        let mut tracks = settled.flat_map(|session| &session.tracks);
        self.in_flight.is_empty()
            && tracks.all(|track| track.owed(self.plan.board.reached(track.topic)) == 0)
    }

    /// Counts what did not arrive, and has everybody say goodbye.
    fn begin_farewell(&mut self, now: Duration) {
        let (plan, recorder) = (&self.plan, &mut self.recorder);
        for session in &mut self.sessions {
            if !session.is_settled() || session.is_held_up() {
                continue;
            }
            for track in &session.tracks {
                let owed = track.owed(plan.board.reached(track.topic));
                let kind = plan.scenario.traffic.kind_of(track.topic);
                session.lost += owed;
                recorder.lost(kind, owed);
            }
        }
        self.course.part = Leg::Farewell;
        self.course.at = now;
        self.course.until = now + FAREWELL;
        for link in 0..self.sessions.len() as u32 {
            let stage = self.session(link).map(|session| session.stage);
            match stage {
                Some(Stage::Open) => self.say_goodbye(now, link),
                Some(Stage::Connecting | Stage::Upgrading | Stage::Greeting) => {
                    self.recorder.found.tally.connects_pending += 1;
                    self.outputs.push_back(Output::Close { link, reset: true });
                    self.retire(link);
                }
                Some(Stage::Away { .. } | Stage::Gone | Stage::Leaving) | None => {}
            }
        }
    }

    fn has_nobody(&self) -> bool {
        let mut sessions = self.sessions.iter();
        sessions.all(|session| session.stage != Stage::Leaving)
    }

    fn end(&mut self, now: Duration) {
        for link in 0..self.sessions.len() as u32 {
            if self.session(link).map(|session| session.stage) == Some(Stage::Leaving) {
                self.outputs.push_back(Output::Close { link, reset: true });
                self.retire(link);
            }
        }
        if let Some(span) = self.recorder.found.phases.last_mut() {
            span.ended = now.as_secs_f64();
        }
        let members = self.sessions.iter();
        let members = members.filter(|session| session.part == Part::Member);
        for session in members {
            let tally = &mut self.recorder.found.tally;
            tally.sessions_with_loss += u64::from(session.lost > 0);
            tally.sessions_with_duplicates += u64::from(session.has_repeats);
        }
        let (second, row) = (self.second, Box::new(self.recorder.second()));
        self.outputs.push_back(Output::Second { second, row });
        self.outputs.push_back(Output::Done);
        self.course.part = Leg::Over;
        self.is_done = true;
    }
}
