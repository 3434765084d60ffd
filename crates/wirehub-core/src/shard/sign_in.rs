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
        user: &UserId,
        info: Option<Arc<str>>,
        watchlist: Vec<UserId>,
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
        let result = self.become_user(now, id, user, info);
        let is_in = result.is_ok();
        self.reply(id, request, result.map(|()| Reply::Done));
        if is_in {
            self.begin_watchlist(now, id, watchlist);
        }
    }

    /// A connection without a user gets one; another user would need another connection.
    fn become_user(
        &mut self,
        now: Moment,
        id: ConnectionId,
        user: &UserId,
        info: Option<Arc<str>>,
    ) -> Result<(), Refusal> {
        let Some(connection) = self.connections.get_mut(id) else {
            return Ok(());
        };
        match &connection.principal.user {
            Some(known) if known == user => return Ok(()),
            Some(_) => {
                return Err(Refusal::new(
                    ErrorCode::PermissionDenied,
                    "the connection is another user's; open another one",
                ));
            }
            None => {}
        }
        if self.users.slots(user).len() >= self.settings.limits.connections_per_user {
            return Err(Refusal::new(
                ErrorCode::LimitReached,
                "the user has as many connections as it may",
            ));
        }
        connection.principal.user = Some(user.clone());
        connection.principal.info = info;
        self.user_comes(now, user, id.slot());
        Ok(())
    }
}
