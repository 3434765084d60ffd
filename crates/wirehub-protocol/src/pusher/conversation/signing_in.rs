//! How a client says which user it is.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;
use wirehub_model::{ErrorCode, Grant, Refusal, Secret};

use super::{
    Asked, Conversation,
    identity::{bounded, identity},
};
use crate::{
    Heard, Proof,
    pusher::{Opening, user_of},
};

/// Users on one watchlist, as in Pusher.
const WATCHLIST_MAX: usize = 100;
/// What the application says about a user that signs in.
#[derive(Deserialize)]
struct UserData<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    #[serde(borrow)]
    user_info: Option<&'a RawValue>,
    #[serde(borrow, default)]
    watchlist: Vec<&'a RawValue>,
}

impl Conversation {
    pub(super) fn sign_in(&mut self, opening: &Opening, auth: Secret, user_data: String) -> Heard {
        let read = serde_json::from_str::<UserData<'_>>(&user_data);
        let named = read.ok().and_then(|data| {
            let user_of = |id| user_of(&opening.scope, &identity(id)?);
            let info = data.user_info.map(|info| Arc::from(info.get()));
            let watchlist = data.watchlist.into_iter().map(user_of);
            Some((
                user_of(data.id)?,
                info,
                watchlist.collect::<Option<Vec<_>>>()?,
            ))
        });
        let Some((user, info, watchlist)) = named else {
            let refusal = Refusal::new(
                ErrorCode::BadRequest,
                "`user_data` must be an object with the user's `id`, and with a `watchlist` of ids or \
                 none",
            );
            return Heard::Refused { id: None, refusal };
        };
        if watchlist.len() > WATCHLIST_MAX {
            let refusal = Refusal::new(
                ErrorCode::LimitReached,
                format!("a `watchlist` has at most {WATCHLIST_MAX} users"),
            );
            let id = Some(self.expect(Asked::Watchlist));
            return Heard::Refused { id, refusal };
        }
        let info = match bounded(info) {
            Ok(info) => info,
            Err(refusal) => return Heard::Refused { id: None, refusal },
        };
        let text = format!("{}::user::{user_data}", self.socket_id);
        let id = Some(self.expect(Asked::Signin(user_data, user.clone())));
        let grant = Grant {
            user: Some(user),
            info,
            ..Grant::default()
        };
        Heard::SignIn {
            id,
            proof: Proof::Signature {
                text,
                auth,
                grant: Box::new(grant),
            },
            watchlist,
        }
    }
}
