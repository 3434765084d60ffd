//! What a proof opens that came with a subscription.

use std::sync::Arc;

use crate::{Moment, UserId};

/// The right to subscribe to one topic, from a proof that came with the wish itself: a signature
/// over the topic's name, a token about it. Whoever makes it has checked the proof.
///
/// It stands in place of the client's capabilities for that topic alone. A namespace that lets
/// nobody subscribe stays closed, unless it is the application itself that subscribes the client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    /// When the subscription ends unless it is renewed; `None` when it does not.
    pub expires_at: Option<Moment>,
    /// The client may see who is on the topic.
    pub presence: bool,
    /// The client may publish to the topic while it subscribes.
    pub publish: bool,
    /// Who the subscriber is as a member of the topic, when the proof says so.
    pub user: Option<UserId>,
    /// What others see of it there, when the proof says so: one JSON value as text.
    pub info: Option<Arc<str>>,
}
