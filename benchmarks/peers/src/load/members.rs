//! Members of a topic who stay, and some of whom leave and come back.

use std::io;
use std::time::{Duration, Instant};

use super::client_frame::push_text;
use super::pool::{Pool, Receiver};
use super::wire::{Role, Wire, WireKind};
use crate::measure::raise_file_limit;

/// The numbers of the two requests.
const COME: &str = "\"id\":1";
const GO: &str = "\"id\":2";
/// How often it is looked who is due to leave.
const TICK: Duration = Duration::from_millis(10);
/// How long the last ones may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// So many connections to one hub, each a member of one topic.
pub(crate) struct Members {
    pool: Pool,
    turnover: Turnover,
}

/// Those who leave and come back.
struct Turnover {
    topic: String,
    /// Who leaves next.
    next: usize,
    left: u64,
    came: u64,
}

impl Members {
    /// Connects all of them, and returns when they are there.
    ///
    /// # Errors
    /// When one is refused, or this process may not open so many files.
    pub(crate) fn gather(
        address: std::net::SocketAddrV4,
        token: &str,
        topic: &str,
        count: usize,
    ) -> io::Result<Self> {
        raise_file_limit()?;
        let wire = Wire::new(WireKind::Native, token, topic);
        let mut pool = Pool::new(address)?;
        let mut turnover = Turnover {
            topic: topic.to_owned(),
            next: 0,
            left: 0,
            came: 0,
        };
        // Those who are there are asked for signs of life while others still come.
        let mut beside = |pool: &mut Pool, link| pool.read(link, &mut turnover);
        pool.open_beside(&wire, Role::Subscriber, count, &mut beside)?;
        Ok(Self { pool, turnover })
    }

    /// Lets them be there for a moment.
    ///
    /// # Errors
    /// When the hub sends one away.
    pub(crate) fn stay(&mut self, time: Duration) -> io::Result<()> {
        self.pool.turn(time, &mut self.turnover)
    }

    /// Has so many leave in each second, each of whom comes back at once. Returns how many have
    /// left and how many have come.
    ///
    /// # Errors
    /// When the hub refuses one, or does not answer in time.
    pub(crate) fn turn_over(&mut self, rate: f64, time: Duration) -> io::Result<(u64, u64)> {
        (self.turnover.left, self.turnover.came) = (0, 0);
        let (began, mut asked) = (Instant::now(), 0_u64);
        while began.elapsed() < time {
            let due = (began.elapsed().as_secs_f64() * rate) as u64;
            while asked < due {
                self.send_one_away()?;
                asked += 1;
            }
            self.pool.turn(TICK, &mut self.turnover)?;
        }
        let deadline = Instant::now() + PATIENCE;
        while self.turnover.came < asked {
            if Instant::now() > deadline {
                let came = self.turnover.came;
                let message = format!("only {came} of {asked} have come back");
                return Err(io::Error::new(io::ErrorKind::TimedOut, message));
            }
            self.pool.turn(TICK, &mut self.turnover)?;
        }
        Ok((self.turnover.left, self.turnover.came))
    }

    fn send_one_away(&mut self) -> io::Result<()> {
        let frame = self.turnover.request("unsubscribe", GO);
        self.pool.send(self.turnover.next, &frame)?;
        self.turnover.next = (self.turnover.next + 1) % self.pool.len();
        Ok(())
    }

    /// All say goodbye.
    ///
    /// # Errors
    /// When the connections cannot be read.
    pub(crate) fn leave(self) -> io::Result<()> {
        self.pool.close()
    }
}

impl Turnover {
    fn request(&self, what: &str, id: &str) -> Vec<u8> {
        let mut frame = Vec::new();
        let topic = &self.topic;
        let text = format!(r#"{{"type":"{what}",{id},"topic":"{topic}"}}"#);
        push_text(&mut frame, text.as_bytes());
        frame
    }
}

impl Receiver for Turnover {
    fn message(
        &mut self,
        _link: usize,
        message: &[u8],
        _now: Instant,
        reply: &mut Vec<u8>,
    ) -> io::Result<()> {
        let says = |word: &str| {
            message
                .windows(word.len())
                .any(|part| part == word.as_bytes())
        };
        if says("\"type\":\"error\"") {
            let text = String::from_utf8_lossy(message);
            return Err(io::Error::other(format!("the hub said {text}")));
        }
        if says("\"type\":\"ok\"") && says(GO) {
            self.left += 1;
            reply.extend(self.request("subscribe", COME));
        } else if says("\"type\":\"ok\"") && says(COME) {
            self.came += 1;
        }
        Ok(())
    }
}
