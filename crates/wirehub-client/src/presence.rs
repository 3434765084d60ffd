//! Who is on a topic.

use crate::Payload;

/// A connection on a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name; opaque.
    pub connection: String,
    /// Its user; `None` for an anonymous client.
    pub user: Option<String>,
    /// What the token says about the user for others to see.
    pub info: Option<Payload>,
    /// What the client says about itself on the topic.
    pub state: Option<Payload>,
}

/// Who is on a topic, or a part of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// How many connections.
    pub connections: u64,
    /// How many users have at least one of them; anonymous clients count for none.
    pub users: u64,
    /// The members of this page, in an order of the server's.
    pub members: Vec<Member>,
    /// Whether there are more after the last one.
    pub more: bool,
}
