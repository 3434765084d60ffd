//! Sessions that go on on another node, and those that come from one.

use wirehub_model::{ConnectionId, Moment};

use crate::{
    Answer, Encode, Handover, Origin, Output, SessionEnd, Shard, session::Session,
    session_search::SessionSearch,
};

impl<E: Encode> Shard<E> {
    /// Whether a connection is one of this node, now or before.
    pub(super) fn is_of_this_node(&self, connection: ConnectionId) -> bool {
        connection.node() == self.settings.placement.node()
    }

    /// The shard that has a session, or the last one that was asked, has answered.
    pub(super) fn session_taken(
        &mut self,
        now: Moment,
        search: &SessionSearch,
        session: Option<Box<Session>>,
    ) {
        match search.origin {
            Origin::Client(id, request) => self.resumed(now, id, request, &search.wish, session),
            Origin::Handle(_, ticket) => {
                let handover = session.map(|session| Box::new(Handover::of(*session)));
                let answer = Answer::Session(handover);
                self.outputs.push_back(Output::Answer { ticket, answer });
            }
        }
    }

    /// A session goes to another node: nobody comes back to it here, and its members leave.
    pub(super) fn depart(&mut self, now: Moment, session: &mut Session) {
        self.stats.sessions_ended[SessionEnd::Resumed.index()] += 1;
        for topic in session.memberships().collect::<Vec<_>>() {
            self.leave_home(now, topic, session.connection);
        }
        for kept in &mut session.subscriptions {
            kept.member = false;
        }
    }

    /// A session came from another node, and the connection that asked for it is lost meanwhile.
    /// It waits in that one's name for its client, who finds it there by the way it went; unless
    /// the connection has left a session of its own.
    pub(super) fn adopt(&mut self, now: Moment, by: ConnectionId, mut session: Session) {
        if !self.keeps_sessions() || self.sessions.get_mut(by).is_some() {
            return;
        }
        session.connection = by;
        self.keep(now, session);
    }
}
