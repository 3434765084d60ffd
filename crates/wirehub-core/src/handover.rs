//! A session on its way to another node.

use std::sync::Arc;

use wirehub_model::{ConnectionId, Direct};

use crate::{
    letterbox::Letterbox,
    session::{Kept, Session},
    session_search::SessionSearch,
};

/// What a session takes along to another node. Its memberships stay behind and end: on the other
/// node it enters its topics anew. Its secret stays behind too: its client has proven to know it.
#[derive(Clone, Debug)]
pub struct Handover {
    /// The connection that carried it.
    pub connection: ConnectionId,
    /// What it subscribes to.
    pub subscriptions: Vec<Kept>,
    /// The last direct messages to it, the oldest first.
    pub letters: Vec<Arc<Direct>>,
    /// How many direct messages there were, those included.
    pub sent: u64,
}

impl Handover {
    /// What goes on elsewhere of a session.
    pub(crate) fn of(session: Session) -> Self {
        Self {
            connection: session.connection,
            subscriptions: session.subscriptions.into_vec(),
            sent: session.letters.sent(),
            letters: session.letters.into_letters(),
        }
    }

    /// The session that its client goes on with here.
    pub(crate) fn session(self, search: &SessionSearch) -> Session {
        Session {
            connection: self.connection,
            secret: search.wish.session.secret(),
            user: search.user.clone(),
            subscriptions: self.subscriptions.into(),
            letters: Letterbox::of(self.letters, self.sent),
        }
    }
}
