//! Who is at the other end, once that is established.

use std::sync::Arc;

use crate::{Capabilities, Moment, TopicFilter, UserId};

/// A client whose credentials were checked, or an anonymous one where that is allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Principal {
    /// The user; `None` for an anonymous client.
    pub user: Option<UserId>,
    /// What the token says about the user for others to see: one JSON value as text.
    pub info: Option<Arc<str>>,
    /// What the client may do. Clients with equal tokens share one value.
    pub capabilities: Arc<Capabilities>,
    /// Subscriptions the server makes for the client as soon as it is connected.
    pub auto_subscribe: Arc<[TopicFilter]>,
    /// When the credentials expire; `None` when they do not.
    pub expires_at: Option<Moment>,
}
