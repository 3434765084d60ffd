//! The search for a session that a client presents.

use wirehub_model::{ConnectionId, Resume, SessionToken, UserId};

use crate::Origin;

/// Where the session of a client is looked for, shard after shard and node after node.
#[derive(Clone, Debug)]
pub struct SessionSearch {
    /// The connection that goes on with it, here or on another node.
    pub(crate) by: ConnectionId,
    /// Who is told what was found: the client of that connection, or a node that asks for it.
    pub(crate) origin: Origin,
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

/// A session that a client presents on another node than the one that has it.
#[derive(Clone, Debug)]
pub struct Presented {
    /// What the client presents.
    pub token: SessionToken,
    /// Its user, whose session it has to be.
    pub user: Option<UserId>,
    /// The connection that is to go on with it.
    pub by: ConnectionId,
    /// The connection that has it, where a node knows that it moved from the one in the token: the
    /// token has been proven there.
    pub at: Option<ConnectionId>,
}

impl Presented {
    /// The connection that is said to have the session.
    #[must_use]
    pub fn place(&self) -> ConnectionId {
        self.at.unwrap_or_else(|| self.token.connection())
    }

    /// The search for it, whose result is told to `origin`.
    pub(crate) fn search(self, origin: Origin) -> SessionSearch {
        let from = self.token.connection();
        SessionSearch {
            by: self.by,
            origin,
            user: self.user,
            trace: match self.at {
                Some(to) => Trace::Followed { from, to },
                None => Trace::Presented,
            },
            wish: Box::new(Resume {
                session: self.token,
                received: 0,
                offsets: Vec::new(),
            }),
        }
    }
}

impl SessionSearch {
    /// What the node is asked that is said to have the session.
    #[must_use]
    pub fn presented(&self) -> Presented {
        let at = match self.trace {
            Trace::Presented => None,
            Trace::Followed { .. } | Trace::Returned(_) => Some(self.at()),
        };
        Presented {
            token: self.wish.session,
            user: self.user.clone(),
            by: self.by,
            at,
        }
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
