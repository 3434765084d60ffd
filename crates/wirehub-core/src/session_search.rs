//! The search for a session that a client presents.

use wirehub_model::{ConnectionId, Resume, SessionToken, UserId};

/// Where the session of a client is looked for, shard after shard.
#[derive(Clone, Debug)]
pub struct SessionSearch {
    /// The connection that goes on with it.
    pub(crate) by: ConnectionId,
    /// The number of its request.
    pub(crate) request: Option<u64>,
    /// Its user, whose session it has to be.
    pub(crate) user: Option<UserId>,
    /// The session, and what the client has of it.
    pub(crate) wish: Box<Resume>,
    pub(crate) trace: Trace,
}

/// How far a search is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trace {
    /// Where the client's token says; it is not proven yet.
    Presented,
    /// The session went from one connection to another, behind which this comes.
    Followed {
        from: ConnectionId,
        to: ConnectionId,
    },
    /// It did not arrive there, and so came back before this.
    Returned(ConnectionId),
}

impl SessionSearch {
    /// What the client presents.
    #[must_use]
    pub const fn token(&self) -> SessionToken {
        self.wish.session
    }

    /// Whose session it has to be.
    #[must_use]
    pub const fn user(&self) -> Option<&UserId> {
        self.user.as_ref()
    }

    /// The connection that is said to have the session.
    pub(crate) fn at(&self) -> ConnectionId {
        match self.trace {
            Trace::Presented => self.wish.session.connection(),
            Trace::Followed { to, .. } => to,
            Trace::Returned(from) => from,
        }
    }
}
