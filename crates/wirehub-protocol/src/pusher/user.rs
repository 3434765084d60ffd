//! The users of apps that have a scope of their own.

use wirehub_model::UserId;

use super::{Scope, channel::scope_of};

/// What stands before the channel of a user's own, which is no topic.
pub(super) const SERVER_TO_USER: &str = "#server-to-user-";

/// The user that an app calls by this id; `None` when it is no user's, or that of another app's
/// user. Users of a scope are users of their own: `7` of the scope `shop` is `~shop/7`.
#[must_use]
pub fn user_of(scope: &Scope, id: &str) -> Option<UserId> {
    let user = match scope.name() {
        Some(scope) => UserId::parse(&format!("~{scope}/{id}")),
        None if scope_of(id).is_some() => return None,
        None => UserId::parse(id),
    };
    user.ok().filter(|_| !id.is_empty())
}

/// What its app calls a user.
#[must_use]
pub fn id_of(user: &UserId) -> &str {
    scope_of(user.as_str()).map_or(user.as_str(), |(_, id)| id)
}

/// The id of the user that a channel belongs to, if it is one of a user's own.
#[must_use]
pub fn addressee(channel: &str) -> Option<&str> {
    channel.strip_prefix(SERVER_TO_USER)
}

/// The channel of a user's own.
pub(super) fn channel_of_user(user: &UserId) -> String {
    format!("{SERVER_TO_USER}{}", id_of(user))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_of_different_scopes_do_not_meet() {
        let (hub, shop) = (Scope::default(), Scope::named("shop").unwrap());
        let ours = user_of(&hub, "7").unwrap();
        let theirs = user_of(&shop, "7").unwrap();
        assert_eq!((ours.as_str(), theirs.as_str()), ("7", "~shop/7"));
        assert_eq!((id_of(&ours), id_of(&theirs)), ("7", "7"));
        assert_eq!(user_of(&hub, "~shop/7"), None);
        assert_eq!(user_of(&shop, "~hub/7").unwrap().as_str(), "~shop/~hub/7");
        for bad in ["", "a\nb", &"x".repeat(256)] {
            assert_eq!((user_of(&hub, bad), user_of(&shop, bad)), (None, None));
        }
        assert_eq!(addressee(&channel_of_user(&theirs)), Some("7"));
        assert_eq!(addressee("server-to-user-7"), None);
    }
}
