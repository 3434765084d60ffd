//! What was said on one connection of a client of Pusher.

mod asking;
mod identity;
mod signing_in;
mod telling;

use wirehub_model::{CloseReason, Command, UserId};

use super::{Opening, Rejection, codes, decode::decode};
use crate::{Frame, Goodbye, Heard, Request};

/// Questions of one client that wait for their answers.
const OPEN_MAX: usize = 256;

/// A connection of a client of Pusher. Requests have no numbers in this protocol, so it gives them
/// some and remembers what each was about.
#[derive(Debug)]
pub(crate) struct Conversation {
    opening: Result<Opening, Rejection>,
    /// The connection's name, from the welcome on.
    socket_id: String,
    /// The user it signed in as, once that is known.
    user: Option<UserId>,
    next: u64,
    open: Vec<(u64, Asked)>,
    /// Channels that have nothing cached, which is yet to be told.
    missed: Vec<String>,
}

/// What a client asked.
#[derive(Debug)]
enum Asked {
    Subscribe(String),
    /// The channel of the user's own, which is open as long as the user is signed in.
    OwnChannel(String),
    /// What was signed about the user, word for word, and which one it is.
    Signin(String, UserId),
    /// To watch more users than it may.
    Watchlist,
    Unsubscribe,
    Ping,
}

impl Conversation {
    /// Begins with what an app allows, or with why the client is not let in.
    pub(crate) const fn begin(opening: Result<Opening, Rejection>) -> Self {
        Self {
            opening,
            socket_id: String::new(),
            user: None,
            next: 0,
            open: Vec::new(),
            missed: Vec::new(),
        }
    }

    pub(crate) fn hear(&mut self, frame: Frame<'_>, heard: &mut Vec<Heard>) {
        let Frame::Text(text) = frame else {
            return heard.push(Heard::Violation(CloseReason::UnsupportedData));
        };
        let Ok(opening) = self.opening.clone() else {
            return;
        };
        match decode(text) {
            Ok(said) => heard.extend(self.understand(&opening, said)),
            Err(refusal) => heard.push(Heard::Malformed(refusal)),
        }
    }

    fn ask(&mut self, asked: Asked, command: Command) -> Heard {
        let id = Some(self.expect(asked));
        Heard::Request(Request { id, command })
    }

    /// Remembers what a request is about, and gives it a number.
    fn expect(&mut self, asked: Asked) -> u64 {
        self.next += 1;
        self.open.push((self.next, asked));
        self.next
    }

    /// What the request with a number was about; it is answered.
    fn answered(&mut self, id: Option<u64>) -> Option<Asked> {
        let place = self.open.iter().position(|(known, _)| Some(*known) == id)?;
        Some(self.open.remove(place).1)
    }

    pub(crate) fn goodbye(&self, reason: CloseReason) -> Goodbye {
        match self.opening {
            Err(rejection) => Goodbye {
                code: rejection.code(),
                reason: rejection.message(),
            },
            Ok(_) => codes::goodbye(reason),
        }
    }
}
