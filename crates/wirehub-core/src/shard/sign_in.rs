//! Clients that are in as nobody and then say who they are.

use std::sync::Arc;

use wirehub_model::{ConnectionId, ErrorCode, Moment, Refusal, Reply, UserId};

use crate::{Encode, Shard, connection::State};

impl<E: Encode> Shard<E> {
    /// A client proved which user it is.
    pub(super) fn signed_in(
        &mut self,
        now: Moment,
        id: ConnectionId,
        request: Option<u64>,
        user: UserId,
        info: Option<Arc<str>>,
    ) {
        let limits = &self.settings.limits;
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        if connection.state != State::Open {
            return;
        }
        let rates = &mut connection.rates;
        let within = rates.messages.take(now, limits.messages_per_second)
            && rates.calls.take(now, limits.calls_per_second);
        if !within {
            self.too_fast(now, id, request);
            return;
        }
        let result = self.become_user(id, user, info);
        self.reply(id, request, result.map(|()| Reply::Done));
    }

    /// A connection without a user gets one; another user would need another connection.
    fn become_user(
        &mut self,
        id: ConnectionId,
        user: UserId,
        info: Option<Arc<str>>,
    ) -> Result<(), Refusal> {
        let Some(connection) = self.connections.get_mut(id) else {
            return Ok(());
        };
        match &connection.principal.user {
            Some(known) if *known == user => return Ok(()),
            Some(_) => {
                return Err(Refusal::new(
                    ErrorCode::PermissionDenied,
                    "the connection is another user's; open another one",
                ));
            }
            None => {}
        }
        if self.users.slots(&user).len() >= self.settings.limits.connections_per_user {
            return Err(Refusal::new(
                ErrorCode::LimitReached,
                "the user has as many connections as it may",
            ));
        }
        self.users.add(&user, id.slot());
        connection.principal.user = Some(user);
        connection.principal.info = info;
        Ok(())
    }
}
