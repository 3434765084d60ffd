//! Whose connections a command is about.

use serde::Deserialize;
use wirehub::Recipient;
use wirehub_model::{ConnectionId, UserId};

use super::{
    failure::Failure,
    params::{Text, given},
};
use crate::admin::Admin;

/// A user, or one connection of it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Target<'a> {
    #[serde(borrow, default)]
    user: Option<Text<'a>>,
    #[serde(borrow, default)]
    client: Option<Text<'a>>,
    #[serde(borrow, default)]
    session: Option<Text<'a>>,
}

impl Target<'_> {
    /// Who that is on this hub; `None` when it can be nobody.
    pub(super) async fn recipient(&self, admin: &Admin) -> Result<Option<Recipient>, Failure> {
        if given(self.session.as_ref()).is_some() {
            return Err(Failure::not_available("connections have no `session`"));
        }
        let user = self.user()?;
        let Some(client) = given(self.client.as_ref()) else {
            let user = user.ok_or_else(|| Failure::bad("user required"))?;
            return Ok(Some(Recipient::User(user)));
        };
        let Ok(client) = client.parse::<ConnectionId>() else {
            return Ok(None);
        };
        let is_theirs = match user {
            Some(user) => {
                let theirs = admin.ask(admin.hub().connections_of(user)).await?;
                theirs.list.iter().any(|connection| connection.id == client)
            }
            None => true,
        };
        Ok(is_theirs.then_some(Recipient::Connection(client)))
    }

    /// The user, when one is named.
    pub(super) fn user(&self) -> Result<Option<UserId>, Failure> {
        let user = given(self.user.as_ref()).map(UserId::parse).transpose();
        user.map_err(|error| Failure::bad(error.to_string()))
    }

    /// Whether one connection is named.
    pub(super) fn is_one(&self) -> bool {
        given(self.client.as_ref()).is_some()
    }
}
