//! From open to away, and what else a scenario does to those who are there.

use std::time::Duration;

use wirehub_websocket::CloseCode;

use super::{
    Crowd, Output,
    session::{Hindrance, Stage},
    timers::Wait,
};
use crate::{outcome::CloseKind, scenario::Manner};

/// How often a slow reader reads.
const SIP: Duration = Duration::from_millis(100);
/// How long the other side may take to end the stream after the goodbye.
const FAREWELL: Duration = Duration::from_secs(2);

impl Crowd {
    /// A client goes as the phase says.
    pub(super) fn leave(&mut self, now: Duration, link: u32) {
        let manner = self.course.manner();
        let Some(session) = self.session(link) else {
            return;
        };
        let Some(manner) = manner.filter(|_| session.stage == Stage::Open) else {
            return;
        };
        match manner {
            Manner::Goodbye => self.say_goodbye(now, link),
            Manner::Fin => {
                self.lost(now, link, CloseKind::Fin);
                self.outputs.push_back(Output::Close { link, reset: false });
            }
            Manner::Rst => {
                self.lost(now, link, CloseKind::Rst);
                self.outputs.push_back(Output::Close { link, reset: true });
            }
            Manner::HalfOpen => {
                self.lost(now, link, CloseKind::HalfOpen);
                self.outputs.push_back(Output::Abandon { link });
            }
            Manner::Stall => {
                session.hindrance = Hindrance::Stalled;
                self.outputs.push_back(Output::Pause { link });
            }
            Manner::SlowReader { speed } => {
                session.hindrance = Hindrance::Slow(speed);
                self.outputs.push_back(Output::Pause { link });
                self.sip(now, link);
            }
        }
    }

    /// Says goodbye: the session is over too, on both sides.
    pub(super) fn say_goodbye(&mut self, now: Duration, link: u32) {
        self.lost(now, link, CloseKind::Goodbye);
        let Some(session) = self.session(link) else {
            return;
        };
        session.stage = Stage::Leaving;
        (session.name, session.fresh) = (None, None);
        let life = session.life;
        self.timers.set(now + FAREWELL, link, life, Wait::Farewell);
        self.outputs.push_back(Output::Resume { link });
        self.write(link, |encoder, out| {
            encoder.close(out, Some(CloseCode::NORMAL), "");
        });
    }

    /// The goodbye was not answered in time.
    pub(super) fn farewell(&mut self, link: u32) {
        if self.session(link).map(|session| session.stage) == Some(Stage::Leaving) {
            self.outputs.push_back(Output::Close { link, reset: true });
            self.went(link);
        }
    }

    /// The stream ended after the goodbye.
    pub(super) fn went(&mut self, link: u32) {
        let is_over = self.course.is_over();
        if let Some(session) = self.session(link) {
            session.life = session.life.wrapping_add(1);
            session.stage = match is_over {
                true => Stage::Gone,
                false => Stage::Away { waits: true },
            };
        }
    }

    /// A slow reader reads a little.
    pub(super) fn sip(&mut self, now: Duration, link: u32) {
        let Some(session) = self.session(link) else {
            return;
        };
        let Hindrance::Slow(speed) = session.hindrance else {
            return;
        };
        let life = session.life;
        let bytes = (speed / 10).max(1);
        self.timers.set(now + SIP, link, life, Wait::Sip);
        self.outputs.push_back(Output::Sip { link, bytes });
    }

    /// The phase is over: whoever was held up reads again.
    pub(super) fn unhinder(&mut self, now: Duration) {
        for (link, session) in self.sessions.iter_mut().enumerate() {
            if let Hindrance::Stalled | Hindrance::Slow(_) = session.hindrance {
                session.hindrance = Hindrance::CatchingUp(now);
                session.heard = now;
                let link = link as u32;
                self.outputs.push_back(Output::Resume { link });
            }
        }
    }

    /// The server asked for another connection, and it is this client's moment to go.
    pub(super) fn move_away(&mut self, now: Duration, link: u32) {
        if self.session(link).map(|session| session.stage) != Some(Stage::Open) {
            return;
        }
        self.lost(now, link, CloseKind::Moved);
        self.outputs.push_back(Output::Close { link, reset: false });
        if self.course.is_over() {
            self.retire(link);
        } else {
            self.come(now, link);
        }
    }

    /// Looks whether the server is still there.
    pub(super) fn listen_for_silence(&mut self, now: Duration, link: u32) {
        let Some(session) = self.session(link) else {
            return;
        };
        let Some(silence) = session.silence.filter(|_| session.stage == Stage::Open) else {
            return;
        };
        let reads = !matches!(session.hindrance, Hindrance::Stalled | Hindrance::Slow(_));
        let since = if reads { session.heard } else { now };
        if now >= since + silence {
            self.outputs.push_back(Output::Close { link, reset: true });
            self.lost(now, link, CloseKind::Silent);
            self.come_back(now, link);
        } else {
            let life = session.life;
            self.timers.set(since + silence, link, life, Wait::Silence);
        }
    }
}
