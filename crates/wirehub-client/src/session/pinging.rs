//! What `/ping` says of a server, and what the network and the page say.

use super::{Cause, Core, Ending, How, State, ending::misconfigured};

/// Good answers of the preferred endpoint in a row after which the client goes back to it.
const GOOD: u32 = 3;

/// Clients that were held back come apart within this, in milliseconds.
const WAKE: f64 = 1_000.0;

/// What an answer of `/ping` means; `None` stands for no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Health {
    Well,
    /// It will be the same the next time.
    Wrong(u16),
    Ill,
}

impl Health {
    fn of(status: Option<u16>) -> Self {
        match status {
            Some(..400) => Self::Well,
            Some(408 | 429 | 500..) | None => Self::Ill,
            Some(status) => Self::Wrong(status),
        }
    }
}

impl Core {
    /// `/ping` answered, or did not.
    pub(crate) fn pinged(&mut self, now: f64, endpoint: usize, status: Option<u16>) {
        let health = Health::of(status);
        let main = self.main.and_then(|main| self.links.get(&main));
        let Some((main, used)) = main.map(|main| (main.number, main.endpoint)) else {
            self.explained(now, endpoint, status, health);
            return;
        };
        if used != 0 && endpoint == 0 {
            self.primary_pinged(now, health);
            return;
        }
        if endpoint != used || self.options.ping_interval.is_none() {
            return;
        }
        self.failed_pings = match health {
            Health::Well => 0,
            Health::Wrong(_) | Health::Ill => self.failed_pings + 1,
        };
        if let Health::Wrong(status) = health {
            self.misconfigured(status);
        } else if self.failed_pings >= self.options.ping_failures.unwrap_or(3) {
            let detail = format!("/ping failed {} times", self.failed_pings);
            self.failed_pings = 0;
            let ending = Ending::new(How::Again, Cause::ServerUnreachable, detail);
            self.give_up(now, main, ending);
        }
    }

    /// Why a connection did not open.
    fn explained(&mut self, now: f64, endpoint: usize, status: Option<u16>, health: Health) {
        if self.unreached != Some(endpoint) {
            return;
        }
        self.unreached = None;
        match health {
            Health::Wrong(status) => self.misconfigured(status),
            Health::Well => self.transports.fail(),
            Health::Ill => {
                if self.endpoints.fail(now, endpoint) && self.next.is_none() {
                    let delay = self.random.within(self.backoff.base);
                    let detail = status.map_or_else(
                        || "no answer to /ping".to_owned(),
                        |status| format!("/ping answers HTTP {status}"),
                    );
                    self.wait_for(now, delay, Cause::ServerUnreachable, detail);
                }
            }
        }
    }

    fn primary_pinged(&mut self, now: f64, health: Health) {
        self.good_pings = match health {
            Health::Well => self.good_pings + 1,
            Health::Wrong(_) | Health::Ill => 0,
        };
        if self.good_pings >= GOOD {
            self.good_pings = 0;
            self.endpoints.current = 0;
            self.move_to(now, 0, self.transports.current);
        }
    }

    fn misconfigured(&mut self, status: u16) {
        let detail = Some(misconfigured(status, ""));
        self.finish(State::Stopped, Cause::ClientError, detail);
    }

    /// The network or the page came or went.
    pub(crate) fn roused(&mut self, now: f64) {
        if self.is_over() || self.main.is_some() || self.next.is_some() {
            return;
        }
        if !self.holds_back() && self.timers.retry.is_none() && !self.awaits_token {
            let delay = (self.not_before - now).max(0.0) + self.random.within(WAKE);
            self.wait_for(now, delay, Cause::Network, "back again".to_owned());
        }
    }
}
