//! What shards tell each other about where users are.

use wirehub_model::UserId;

use crate::watchlists::Whereabouts;

/// A message about where users are, from one shard to another. What is in it concerns the shards
/// alone.
#[derive(Clone, Debug)]
pub struct WatchlistRelay(pub(crate) Box<Sighting>);

/// What a [`WatchlistRelay`] says.
#[derive(Clone, Debug)]
pub(crate) enum Sighting {
    /// Tell shard `from` whether these users have connections with you, now and whenever that
    /// changes.
    Observe {
        from: u16,
        /// Comes back with the answer.
        ticket: u32,
        users: Box<[UserId]>,
    },
    /// Tell shard `from` no longer.
    Ignore { from: u16, users: Box<[UserId]> },
    /// How it stands on a shard that was asked.
    Answers {
        shard: u16,
        ticket: u32,
        answers: Box<[Whereabouts]>,
    },
    /// It changed on a shard that was asked.
    Moved { shard: u16, moved: Whereabouts },
}
