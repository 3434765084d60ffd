//! One client of a crowd.

use std::time::Duration;

use wirehub_websocket::{Decoder, Role as Side, Window};

use super::track::Track;

/// How far a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Without a connection. Whether it comes back by itself, or waits for a phase that says so.
    Away { waits: bool },
    /// TCP and TLS.
    Connecting,
    /// The handshake of WebSocket.
    Upgrading,
    /// It waits to be welcomed.
    Greeting,
    /// Connected.
    Open,
    /// It said goodbye and waits for the end of the stream.
    Leaving,
    /// It will not come back: the server does not want it.
    Gone,
}

/// What a client is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// It listens, and in an echo it speaks too.
    Member,
    /// It only publishes; this is its number among those that do.
    Publisher(u32),
}

/// What the scenario does to a client's reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hindrance {
    None,
    /// It reads nothing.
    Stalled,
    /// It reads so many bytes a second.
    Slow(u32),
    /// It reads again since that moment, and gets what waited for it. What its namespace left out
    /// meanwhile was for it to lose. Over with the first publication that was due later.
    CatchingUp(Duration),
}

/// One client.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) part: Part,
    pub(super) stage: Stage,
    pub(super) hindrance: Hindrance,
    /// Counts its connections, also those that failed.
    pub(super) life: u32,
    /// The node that it connects to, of those of the run.
    pub(super) node: u32,
    /// Attempts since it was open last.
    pub(super) attempt: u32,
    /// When the present attempt was due.
    pub(super) due: Duration,
    /// When it was open.
    pub(super) opened: Duration,
    /// When anything came last.
    pub(super) heard: Duration,
    /// Since when it tries to get back what it had.
    pub(super) lost_at: Option<Duration>,
    pub(super) tracks: Box<[Track]>,
    /// The server's name of the session to go on with.
    pub(super) name: Option<Box<str>>,
    /// The name that takes its place, once the server went on with it or will not.
    pub(super) fresh: Option<Box<str>>,
    /// Whether it was open before.
    pub(super) had: bool,
    pub(super) spread: Option<Duration>,
    pub(super) silence: Option<Duration>,
    pub(super) is_full: bool,
    /// How much is missing, and nobody said so.
    pub(super) lost: u64,
    pub(super) has_repeats: bool,
    pub(super) decoder: Decoder,
    /// The window to compress messages with, where that was agreed on.
    pub(super) window: Option<Window>,
    /// What came of the answer to the handshake.
    pub(super) head: Vec<u8>,
}

impl Session {
    pub(super) fn new(part: Part, topics: impl Iterator<Item = u32>) -> Self {
        Self {
            part,
            stage: Stage::Away { waits: true },
            hindrance: Hindrance::None,
            life: 0,
            node: 0,
            attempt: 0,
            due: Duration::ZERO,
            opened: Duration::ZERO,
            heard: Duration::ZERO,
            lost_at: None,
            tracks: topics.map(Track::new).collect(),
            name: None,
            fresh: None,
            had: false,
            spread: None,
            silence: None,
            is_full: false,
            lost: 0,
            has_repeats: false,
            decoder: Decoder::new(Side::Client, false),
            window: None,
            head: Vec::new(),
        }
    }

    /// Whether it has all its subscriptions.
    pub(super) fn is_settled(&self) -> bool {
        self.stage == Stage::Open && self.tracks.iter().all(|track| track.is_live)
    }

    /// Whether it can publish now.
    pub(super) fn can_speak(&self) -> bool {
        let is_ready = match self.part {
            Part::Member => self.is_settled(),
            Part::Publisher(_) => self.stage == Stage::Open,
        };
        is_ready && !self.is_full && self.hindrance != Hindrance::Stalled
    }

    /// Whether what happens to it is the scenario's doing.
    pub(super) fn is_held_up(&self) -> bool {
        self.hindrance != Hindrance::None
    }
}
