//! What is kept of a subscription until it is answered.

/// What a client asked for beside the channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SubscribeWish {
    /// The channel as the client writes it.
    pub(super) channel: String,
    /// The offset from which it wants what it missed.
    pub(super) since: Option<u64>,
    /// It wants to know where it stands.
    pub(super) recoverable: bool,
    /// It wants to be told who comes and goes.
    pub(super) join_leave: bool,
}
