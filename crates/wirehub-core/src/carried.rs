//! What a connection carries for its session, when there is anything.

use std::collections::BTreeMap;

use wirehub_model::{Grant, Moment, Position, Resume, Topic, TopicFilter};

use crate::letterbox::Letterbox;

/// The parts of a session that most connections never have; one box for all of them keeps the
/// others small.
#[derive(Debug, Default)]
pub(crate) struct Carried {
    /// Direct messages that the client may have missed.
    pub(crate) letters: Letterbox,
    /// Up to where subscriptions that acknowledge have done so, by feed.
    pub(crate) acks: BTreeMap<u32, Position>,
    /// What the proofs opened that came with subscriptions, by feed.
    pub(crate) grants: BTreeMap<u32, Grant>,
    /// The session to go on with once the client is in.
    pub(crate) resume: Option<Box<Resume>>,
    /// Up to where the client has everything of topics that its token subscribes it to.
    pub(crate) since: Vec<(Topic, Position)>,
    /// What the client wants to be subscribed to once it is in.
    pub(crate) wishes: Vec<TopicFilter>,
    /// The welcome that waits for the subscriptions it tells of.
    pub(crate) welcome: Option<HeldWelcome>,
    /// It asked for another session and has not got it. Until it subscribes, its own is nothing to
    /// come back to: its client comes back to the one it asked for.
    pub(crate) awaits_session: bool,
    /// The rest went to the session, and the connection is about to end.
    pub(crate) handed_over: bool,
}

/// A welcome that is told once it is known how the client's subscriptions stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeldWelcome {
    /// The number of the request that it answers.
    pub(crate) request: Option<u64>,
    /// How many subscriptions are not settled.
    pub(crate) missing: usize,
}

impl Carried {
    /// When the first of the proofs expires.
    pub(crate) fn grants_end(&self) -> Option<Moment> {
        let ends = self.grants.values().filter_map(|grant| grant.expires_at);
        ends.min()
    }
}
