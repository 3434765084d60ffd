//! From away to open.

use std::time::Duration;

use wirehub_websocket::{Decoder, Role as Side};

use super::{
    Crowd, Output,
    session::{Hindrance, Part, Stage},
    timers::Wait,
};
use crate::{
    native::{self, Frame, Request},
    opening::Answer,
    outcome::{CloseKind, FailureCause},
    scenario::{Backoff, Format, Speech},
};

/// The request that resumes a session.
pub(super) const RESUME: u64 = 1_000;
/// Publishers come one after the other, in this distance.
const PUBLISHERS_APART: Duration = Duration::from_millis(1);
/// How publishers come back, whatever the scenario does to the others.
const PUBLISHERS_BACKOFF: Backoff = Backoff::Jittered {
    base: Duration::from_millis(500),
    cap: Duration::from_secs(5),
};

impl Crowd {
    /// Publishers are there from the beginning.
    pub(super) fn bring_publishers(&mut self) {
        for (place, link) in (self.members..self.sessions.len() as u32).enumerate() {
            let at = PUBLISHERS_APART * u32::try_from(place).unwrap_or(u32::MAX);
            self.come(at, link);
        }
    }

    /// Has a client connect at a moment.
    pub(super) fn come(&mut self, at: Duration, link: u32) {
        let Some(session) = self.session(link) else {
            return;
        };
        session.stage = Stage::Away { waits: false };
        session.life = session.life.wrapping_add(1);
        let life = session.life;
        self.timers.set(at, link, life, Wait::Connect);
    }

    /// The moment has come.
    pub(super) fn connect(&mut self, due: Duration, link: u32) {
        if self.course.is_over() {
            return;
        }
        let patience = self.plan.scenario.patience;
        let Some(session) = self.session(link) else {
            return;
        };
        session.stage = Stage::Connecting;
        session.due = due;
        session.is_full = false;
        session.head = Vec::new();
        let (life, had, part, node) = (session.life, session.had, session.part, session.node);
        self.timers.set(due + patience, link, life, Wait::Patience);
        self.recorder.begun(due, had, part == Part::Member);
        self.outputs.push_back(Output::Connect { link, node });
    }

    /// TCP and TLS are there.
    pub(super) fn connected(&mut self, now: Duration, link: u32) {
        let client = self.client(link);
        let Some(session) = self.session(link) else {
            return;
        };
        if session.stage != Stage::Connecting {
            return;
        }
        session.stage = Stage::Upgrading;
        session.heard = now;
        let token = self.plan.tokens.as_ref().map(|make| make(client));
        if let Some(opening) = self.opening(link) {
            let bytes = opening.request(token.as_deref());
            self.outputs.push_back(Output::Write { link, bytes });
        }
    }

    /// Reads the answer to the handshake. Gives the bytes behind it, once it is whole.
    pub(super) fn upgrade(&mut self, now: Duration, link: u32, bytes: &[u8]) -> Option<Vec<u8>> {
        let session = self.sessions.get_mut(link as usize)?;
        session.head.extend_from_slice(bytes);
        let opening = self.plan.openings.get(session.node as usize)?;
        match opening.answer(&session.head) {
            Answer::Partial => None,
            Answer::No(cause, status) => {
                if let Some(status) = status {
                    self.recorder.found.tally.status(status);
                }
                self.give_up(now, link, cause);
                None
            }
            Answer::Open(length, window) => {
                let head = std::mem::take(&mut session.head);
                session.stage = Stage::Greeting;
                session.decoder = Decoder::new(Side::Client, window.is_some());
                session.window = window;
                self.recorder.found.tally.compressed += u64::from(window.is_some());
                let rest = head.get(length..).unwrap_or_default().to_vec();
                match self.plan.scenario.speech {
                    Speech::Plain(_) => {
                        self.open(now, link);
                        self.begin_plain(now, link);
                    }
                    Speech::Native(format) if self.plan.introduces_itself() => {
                        let frame = native::write(format, &Request::Connect);
                        self.write_frame(link, &frame);
                    }
                    Speech::Native(_) => {}
                }
                Some(rest)
            }
        }
    }

    /// The connection is open: name known, token taken.
    pub(super) fn open(&mut self, now: Duration, link: u32) {
        let Some(session) = self.session(link) else {
            return;
        };
        session.stage = Stage::Open;
        session.opened = now;
        session.attempt = 0;
        let took = now.saturating_sub(session.due);
        let is_member = session.part == Part::Member;
        if let Some(silence) = session.silence {
            let life = session.life;
            self.timers.set(now + silence, link, life, Wait::Silence);
        }
        self.recorder.made(now, took, is_member);
    }

    /// Asks for what the client had, or for its topics if it had nothing.
    pub(super) fn begin_native(&mut self, now: Duration, link: u32, format: Format) {
        let Some(session) = self.sessions.get(link as usize) else {
            return;
        };
        let Some(name) = session.name.as_ref().filter(|_| !session.tracks.is_empty()) else {
            return self.subscribe(now, link, format);
        };
        let positions = session.tracks.iter().filter_map(|track| {
            let (_, offset) = track.position()?;
            Some((self.plan.topic(track.topic), offset))
        });
        let request = Request::Resume {
            id: RESUME,
            session: name,
            topics: positions.collect(),
        };
        let frame = native::write(format, &request);
        self.write_frame(link, &frame);
    }

    /// Subscribes to each topic that is not there, after what the client has of it.
    pub(super) fn subscribe(&mut self, now: Duration, link: u32, format: Format) {
        let Some(session) = self.sessions.get(link as usize) else {
            return;
        };
        let missing = session.tracks.iter().enumerate();
        let missing = missing.filter(|(_, track)| !track.is_live);
        let frames = missing.map(|(place, track)| {
            let request = Request::Subscribe {
                id: place as u64 + 1,
                topic: &self.plan.topic(track.topic),
                since: track.position(),
            };
            native::write(format, &request)
        });
        let frames: Vec<Frame> = frames.collect();
        let is_again = session.had && !frames.is_empty();
        self.recorder.found.tally.resubscribed += u64::from(is_again);
        for frame in &frames {
            self.write_frame(link, frame);
        }
        if frames.is_empty() {
            self.settle(now, link);
        }
    }

    /// A server that knows nothing of sessions is told once, and answers nothing that is known.
    pub(super) fn begin_plain(&mut self, now: Duration, link: u32) {
        let Speech::Plain(adapter) = &self.plan.scenario.speech else {
            return;
        };
        let mut texts = Vec::new();
        if let Some(session) = self.sessions.get_mut(link as usize) {
            for track in &mut session.tracks {
                track.begin_at(self.plan.board.reached(track.topic));
                let topic = self.plan.topic(track.topic);
                let subscribe = adapter.subscribe.as_ref();
                texts.extend(subscribe.map(|text| text.replace("{topic}", &topic)));
            }
        }
        for text in &texts {
            self.write_text(link, text);
        }
        self.settle(now, link);
    }

    /// All subscriptions may be there: then the way back is over.
    pub(super) fn settle(&mut self, now: Duration, link: u32) {
        let Some(session) = self.session(link) else {
            return;
        };
        if !session.is_settled() {
            return;
        }
        session.had = true;
        if let Some(lost_at) = session.lost_at.take() {
            let took = now.saturating_sub(lost_at);
            self.recorder.resumed(took);
        }
    }

    /// An attempt takes too long.
    pub(super) fn lose_patience(&mut self, now: Duration, link: u32) {
        let stage = self.session(link).map(|session| session.stage);
        if let Some(Stage::Connecting | Stage::Upgrading | Stage::Greeting) = stage {
            self.give_up(now, link, FailureCause::TimedOut);
        }
    }

    /// An attempt failed on our side of the socket.
    pub(super) fn give_up(&mut self, now: Duration, link: u32, cause: FailureCause) {
        self.outputs.push_back(Output::Close { link, reset: true });
        self.gone(now, link, cause, CloseKind::Other);
    }

    /// The connection is gone, whatever it was.
    pub(super) fn gone(
        &mut self,
        now: Duration,
        link: u32,
        failed: FailureCause,
        closed: CloseKind,
    ) {
        let Some(session) = self.session(link) else {
            return;
        };
        let is_member = session.part == Part::Member;
        match session.stage {
            Stage::Away { .. } | Stage::Gone => {}
            Stage::Leaving => self.went(link),
            Stage::Connecting | Stage::Upgrading | Stage::Greeting => {
                session.attempt = session.attempt.saturating_add(1);
                self.recorder.failed(failed, is_member);
                self.turn(link);
                if failed == FailureCause::Unauthorized {
                    // A client whose token is refused does not try again with the same.
                    self.retire(link);
                } else {
                    self.come_back(now, link);
                }
            }
            Stage::Open => {
                let kind = if session.is_held_up() {
                    CloseKind::Provoked
                } else {
                    closed
                };
                self.lost(now, link, kind);
                self.come_back(now, link);
            }
        }
    }

    /// An open connection is no more: whatever was on it is over.
    pub(super) fn lost(&mut self, now: Duration, link: u32, kind: CloseKind) {
        let Some(session) = self.session(link) else {
            return;
        };
        let lived = now.saturating_sub(session.opened);
        session.lost_at = session.lost_at.or(Some(now));
        session.had = true;
        session.hindrance = Hindrance::None;
        for track in &mut session.tracks {
            track.is_live = false;
        }
        session.life = session.life.wrapping_add(1);
        session.stage = Stage::Away { waits: true };
        let is_publisher = session.part != Part::Member;
        self.turn(link);
        self.recorder.closed(kind, lived);
        if is_publisher {
            // Whether they arrived nobody will say; its numbers begin anew.
            self.in_flight.retain(|_, asked| asked.link != link);
        }
    }

    /// Has a client come back as the scenario says.
    pub(super) fn come_back(&mut self, now: Duration, link: u32) {
        if self.course.is_over() {
            return self.retire(link);
        }
        let random = self.dice.fraction();
        let backoff = self.course.backoff(&self.plan.scenario);
        let Some(session) = self.session(link) else {
            return;
        };
        let backoff = match session.part {
            Part::Member => backoff,
            Part::Publisher(_) => PUBLISHERS_BACKOFF,
        };
        let delay = backoff.delay(session.attempt, session.spread, random);
        self.come(now + delay, link);
    }

    /// It does not come back.
    pub(super) fn retire(&mut self, link: u32) {
        if let Some(session) = self.session(link) {
            session.stage = Stage::Gone;
            session.life = session.life.wrapping_add(1);
        }
    }
}
