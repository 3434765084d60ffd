//! How a node is to send its clients away, and how far it is.

use std::{num::NonZeroU32, time::Duration};

/// How a node is to send its clients away. What is left out, the node chooses by its settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DrainWish {
    /// So many clients are asked to move in a second. Without it what
    /// [`DrainSettings`](crate::DrainSettings) say, or else what the node would take itself when
    /// they come back: [`reconnects_per_second`](crate::SessionSettings) of all its shards.
    pub moves_per_second: Option<NonZeroU32>,
    /// After this long, whoever is left is hung up on. Without it what the settings say, or longer
    /// where the moves take longer.
    pub deadline: Option<Duration>,
}

/// How far a node is with sending its clients away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draining {
    /// How many connections it has.
    pub connections: u64,
    /// The drain that goes on, if one does.
    pub drain: Option<DrainProgress>,
}

/// A drain that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrainProgress {
    /// So many clients are asked to move in a second; `None`: all at once.
    pub moves_per_second: Option<NonZeroU32>,
    /// After this long from the beginning, whoever is left is hung up on.
    pub deadline: Duration,
    /// How many connections there were when it began.
    pub began_with: u64,
    /// For how long it goes on.
    pub elapsed: Duration,
    /// Whether the hub stops afterwards. Such a drain is not called off.
    pub is_last: bool,
}

impl DrainWish {
    /// The longest drain: a day.
    pub const DEADLINE_MAX: Duration = Duration::from_secs(86_400);
}
