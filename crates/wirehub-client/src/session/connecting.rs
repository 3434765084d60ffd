//! How a connection is made, lost, and made again.

use super::{
    Another, Cause, Core, Ending, How, Link, Object, Output, Purpose, Stage, State, Token,
    core::More,
};
use crate::TokenReason;

/// How long a step of connecting may take, in milliseconds.
const CONNECT: f64 = 10_000.0;
/// Nonsense in a row after which the other side is no Wirehub.
const NONSENSE: u32 = 3;
/// How long the old connection may take to answer before another one takes its place, in
/// milliseconds.
const DRAIN: f64 = 2_000.0;
/// How long a connection has to be live before what was before it counts no more, in
/// milliseconds.
pub(crate) const STABLE: f64 = 10_000.0;
/// How long after a fallback became live, or another try, the preferred transport is tried again,
/// in milliseconds.
pub(crate) const PREFER: f64 = 600_000.0;

impl Core {
    /// Connects, as soon as there is a token and nothing holds it back.
    pub(crate) fn connect(&mut self, now: f64) {
        self.timers.retry = None;
        if self.next.is_some() || self.holds_back() {
            return;
        }
        if self.credentials.token == Token::Unknown {
            self.awaits_token = true;
            self.tell(State::Connecting, self.cause);
            let because = if self.cause == Cause::TokenExpired {
                TokenReason::Expiring
            } else {
                TokenReason::First
            };
            self.ask_for_token(now, because);
            return;
        }
        self.open(now, self.endpoints.current, self.transports.current);
    }

    /// Asks the provider, unless it is being asked.
    pub(crate) fn ask_for_token(&mut self, now: f64, because: TokenReason) {
        if !self.credentials.is_asking() {
            self.credentials.ask(now);
            self.say(Output::Token { because });
        }
    }

    fn step_ends(&self, now: f64) -> Option<f64> {
        Some(now + self.options.connect_timeout.unwrap_or(CONNECT))
    }

    fn open(&mut self, now: f64, endpoint: usize, transport: usize) {
        self.last_link += 1;
        let number = self.last_link;
        let mut link = Link::new(number, endpoint, transport);
        link.deadline = self.step_ends(now);
        self.links.insert(number, link);
        self.next = Some(number);
        self.awaits_token = false;
        if self.main.is_none() {
            self.tell(State::Connecting, self.cause);
        }
        self.say(Output::Open {
            link: number,
            endpoint,
            transport,
        });
    }

    /// Makes another connection while the live one works.
    pub(crate) fn move_to(&mut self, now: f64, endpoint: usize, transport: usize) {
        if self.main.is_none() || self.next.is_some() {
            return;
        }
        if self.credentials.token == Token::Unknown {
            self.timers.moving = Some(now + self.move_backoff.base);
            self.ask_for_token(now, TokenReason::Expiring);
            return;
        }
        self.open(now, endpoint, transport);
    }

    /// The transport is there.
    pub(crate) fn opened(&mut self, now: f64, link: u64) {
        let deadline = self.step_ends(now);
        // While the old connection lives, its last answers are waited for before the session moves.
        let resume = self.positions.wish().filter(|_| self.main.is_none());
        let Some(on) = self.links.get_mut(&link) else {
            return;
        };
        on.stage = Stage::Authenticating;
        on.deadline = deadline;
        on.resumes = resume.is_some();
        on.expect_first(Purpose::Connect);
        if self.unreached == Some(on.endpoint) {
            self.unreached = None;
        }
        let mut connect = kind("connect");
        connect.insert("id".to_owned(), 1.into());
        if let Token::Is(token) = &self.credentials.token {
            connect.insert("token".to_owned(), token.clone().into());
        }
        if let Some(resume) = resume {
            connect.insert("resume".to_owned(), resume.into());
        }
        self.send(link, connect);
        if self.main.is_none() {
            self.tell(State::Authenticating, self.cause);
        }
    }

    /// Goes on with the session on a connection that is in.
    pub(crate) fn resume(&mut self, now: f64, link: u64) {
        let Some(mut resume) = self.positions.wish() else {
            self.live(now, link, false, 0);
            return;
        };
        let deadline = self.step_ends(now);
        if let Some(on) = self.links.get_mut(&link) {
            on.stage = Stage::Resuming;
            on.deadline = deadline;
        }
        let main = self.main.and_then(|main| self.links.get_mut(&main));
        if let Some(main) = main {
            main.contested = true;
        }
        resume.insert("type".to_owned(), "resume".into());
        self.ask(link, resume, Purpose::Resume);
        if self.main.is_none() {
            self.tell(State::Resuming, self.cause);
        }
    }

    /// Moves the session over once the old connection owes nothing, or took too long.
    pub(crate) fn move_over(&mut self, now: f64) {
        let Some(next) = self.next.and_then(|next| self.links.get(&next)) else {
            return;
        };
        if next.stage != Stage::Welcomed {
            return;
        }
        let waited = next.deadline.unwrap_or(now) <= now;
        let is_owed = |main| self.requests.is_owed(main);
        if waited || !self.main.is_some_and(is_owed) {
            self.resume(now, next.number);
        }
    }

    /// Lets the old connection answer before the session moves.
    pub(crate) fn await_old(&mut self, now: f64, link: u64) {
        if let Some(on) = self.links.get_mut(&link) {
            on.stage = Stage::Welcomed;
            on.deadline = Some(now + DRAIN);
        }
    }

    /// A connection ended, whoever ended it.
    pub(crate) fn closed(&mut self, now: f64, link: u64, code: u16, mut ending: Ending) {
        let Some(on) = self.links.get(&link) else {
            return;
        };
        // What the server said before it closed tells more than a code that may have got lost.
        if let Some(refused) = &on.refused {
            let expired = refused.code == "token_expired";
            ending = Ending::of_code(if expired { 4402 } else { 4401 }, "");
            ending.detail.clone_from(&refused.message);
        }
        // Another connection of this client asked for the session; whether it got it, nobody heard.
        if code == 4409 && on.contested {
            ending = Ending::of_code(1006, "");
            ending.cause = Cause::ServerMoves;
        }
        self.lost(now, link, ending);
    }

    /// A connection is given up.
    pub(crate) fn give_up(&mut self, now: f64, link: u64, ending: Ending) {
        self.close(link, 4408, ending.cause.name());
        self.lost(now, link, ending);
    }

    /// What came made no sense.
    pub(crate) fn garbage(&mut self, now: f64, link: u64, error: String) {
        self.nonsense += 1;
        let how = if self.nonsense >= NONSENSE {
            How::Stop
        } else {
            How::Again
        };
        self.close(link, 4400, Cause::ProtocolError.name());
        self.lost(now, link, Ending::new(how, Cause::ProtocolError, error));
    }

    fn lost(&mut self, now: f64, link: u64, ending: Ending) {
        let was_main = self.main == Some(link);
        let Some(mut link) = self.remove(link) else {
            return;
        };
        if was_main {
            self.settle(now, link.live_since, link.endpoint);
            self.lost_requests(&link);
            self.held_back.extend(link.take_only_here());
            self.timers.not_live();
        } else if let Some(main) = self.main {
            self.move_failed(now, main, &link, &ending);
            return;
        }
        if let Some(stage) = self.next_stage().filter(|_| ending.how != How::Stop) {
            // Another connection is on its way already.
            let state = match stage {
                Stage::Opening => State::Connecting,
                Stage::Authenticating => State::Authenticating,
                Stage::Welcomed | Stage::Resuming | Stage::Live => State::Resuming,
            };
            self.tell(state, ending.cause);
            self.move_over(now);
            return;
        }
        self.decide(now, &link, ending);
    }

    /// A connection that was stable makes the past undone.
    pub(crate) fn settle(&mut self, now: f64, live_since: Option<f64>, endpoint: usize) {
        let enough = self.options.stable_after.unwrap_or(STABLE);
        if live_since.is_some_and(|since| now - since >= enough) {
            self.backoff.reset();
            // One that sends its clients away is counted by how it takes them back.
            if !self.must_move {
                self.endpoints.well(endpoint);
            }
            self.credentials.settled();
        }
    }

    /// The live connection goes on, and what waited for the move is done on it.
    fn move_failed(&mut self, now: f64, main: u64, link: &Link, ending: &Ending) {
        if matches!(ending.how, How::Auth | How::Expired) {
            self.credentials.expire();
        }
        if self.must_move {
            if ending.failed || link.stage == Stage::Opening {
                self.endpoints.fail(now, link.endpoint);
            }
            let random = &mut self.random;
            let delay = self.move_backoff.next(random, false).unwrap_or(0.0);
            let delay = delay.max(ending.not_before.unwrap_or(0.0));
            self.timers.moving = Some(now + delay);
        } else if self.transports.is_fallback() {
            self.timers.prefer = Some(now + PREFER);
        }
        self.catch_up(main);
    }

    fn decide(&mut self, now: f64, link: &Link, ending: Ending) {
        self.cause = ending.cause;
        match ending.how {
            How::Stop => self.finish(State::Stopped, ending.cause, Some(ending.detail)),
            How::Auth => {
                if self.credentials.refuse() {
                    self.another_token(now, TokenReason::Refused);
                } else {
                    let detail = Some(ending.detail);
                    self.finish(State::AuthFailed, Cause::Unauthorized, detail);
                }
            }
            How::Expired => match self.credentials.expire() {
                Another::Now => self.another_token(now, TokenReason::Expiring),
                Another::Later => self.wait(now, ending, false),
                Another::Never => {
                    let detail = Some(ending.detail);
                    self.finish(State::AuthFailed, Cause::TokenExpired, detail);
                }
            },
            How::Again => self.unreachable(now, link, ending),
        }
    }

    fn another_token(&mut self, now: f64, because: TokenReason) {
        self.awaits_token = true;
        self.tell(State::Connecting, self.cause);
        self.ask_for_token(now, because);
    }

    /// A browser hides why a WebSocket did not open: `/ping` tells.
    fn unreachable(&mut self, now: f64, link: &Link, ending: Ending) {
        let endpoint = link.endpoint;
        let mut elsewhere = false;
        if ending.failed {
            elsewhere = self.endpoints.fail(now, endpoint);
        } else if link.stage == Stage::Opening && ending.cause == Cause::Network {
            self.unreached = Some(endpoint);
            self.say(Output::Ping { endpoint });
        }
        self.wait(now, ending, elsewhere);
    }

    /// Waits for the next attempt, at another endpoint where `elsewhere`.
    pub(crate) fn wait(&mut self, now: f64, ending: Ending, elsewhere: bool) {
        let random = &mut self.random;
        let Some(mut delay) = self.backoff.next(random, ending.together) else {
            self.finish(State::Stopped, Cause::Attempts, Some(ending.detail));
            return;
        };
        self.not_before = match ending.not_before {
            Some(not_before) if !elsewhere => now + not_before,
            _ => 0.0,
        };
        if elsewhere {
            delay = random.within(self.backoff.base);
        } else if let Some(not_before) = ending.not_before {
            delay = not_before + random.within(self.backoff.base);
        }
        self.wait_for(now, delay, ending.cause, ending.detail);
    }

    /// Waits this many milliseconds, unless something holds it back for longer.
    pub(crate) fn wait_for(&mut self, now: f64, delay: f64, cause: Cause, detail: String) {
        self.cause = cause;
        if self.holds_back() {
            return;
        }
        self.timers.retry = Some(now + delay);
        let more = More {
            detail: Some(detail),
            attempt: Some(self.backoff.attempts),
            // The cast of a double ends at the bounds of the number.
            retry_in: Some((delay + 0.5).floor() as u64),
        };
        self.tell_more(State::Waiting, cause, more);
    }

    /// The provider gave a token, or an error in its place.
    pub(crate) fn got_token(&mut self, now: f64, token: Result<Option<String>, String>) {
        let revives = self.state == State::AuthFailed && token.is_ok();
        if !self.credentials.is_asking() && !revives {
            return;
        }
        let token = match token {
            Ok(token) => token,
            Err(error) => return self.token_failed(now, error),
        };
        self.credentials.got(token.clone());
        if let (Some(main), Some(token)) = (self.main, token) {
            let mut refresh = kind("refresh");
            refresh.insert("token".to_owned(), token.into());
            self.ask(main, refresh, Purpose::Refresh);
        } else if self.awaits_token || self.state == State::AuthFailed {
            self.connect(now);
        }
    }

    fn token_failed(&mut self, now: f64, error: String) {
        let again = self.credentials.failed();
        let delay = self.random.within(self.backoff.base.max(1_000.0));
        if self.main.is_some() {
            // The token that is in use is good for a while yet.
            if again {
                self.credentials.renew_at = Some(now + delay);
            }
            self.alert(Cause::TokenProvider.name(), &error);
        } else if again {
            self.awaits_token = false;
            let ending = Ending::new(How::Again, Cause::TokenProvider, error);
            self.wait(now, ending, false);
        } else {
            self.finish(State::AuthFailed, Cause::TokenProvider, Some(error));
        }
    }
}

/// The fields that a message of a kind begins with.
fn kind(name: &str) -> Object {
    Object::from_iter([("type".to_owned(), name.into())])
}
