//! What the server makes of the names of channels.

use wirehub_model::UserId;

/// Rules of names that hold where the settings say so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// What stands behind the last `#` of a channel's name is who may subscribe to it: users, with
    /// commas between them. They need no more permission, and others get none by other rules.
    pub user_limited_channels: bool,
}

impl Rules {
    /// Whether the name of a channel lets a user in; `None` when it says nothing about that.
    pub(super) fn lets_in(self, user: Option<&UserId>, channel: &str) -> Option<bool> {
        let (_, users) = channel.rsplit_once('#')?;
        self.user_limited_channels.then(|| {
            let mut users = users.split(',');
            user.is_some_and(|user| users.any(|one| one == user.as_str()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_who_is_let_in() {
        let rules = Rules {
            user_limited_channels: true,
        };
        let ann = UserId::parse("ann").unwrap();
        let lets_in = |channel| rules.lets_in(Some(&ann), channel);
        for channel in ["#ann", "chat:room#bob,ann", "chat#x#ann"] {
            assert_eq!(lets_in(channel), Some(true), "{channel}");
        }
        for channel in ["#", "#bob", "chat#ann#bob", "#ann,", "#anna", "#bob, ann"] {
            let expected = channel == "#ann,";
            assert_eq!(lets_in(channel), Some(expected), "{channel}");
        }
        assert_eq!(rules.lets_in(None, "chat#"), Some(false));
        assert_eq!(lets_in("ann"), None);
        assert_eq!(Rules::default().lets_in(Some(&ann), "#bob"), None);
    }
}
