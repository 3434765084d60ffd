//! What a client that converses said.

use wirehub_model::{CloseReason, Grant, Refusal, Secret, Subscribe, TopicFilter, UserId};

use crate::Request;

/// One thing that a client said, of the several that one message of it may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It asks for something.
    Request(Request),
    /// It asks to subscribe and brings a proof that it may. Whoever checks the proof puts the
    /// [`Grant`](wirehub_model::Grant) into the wish and has it done.
    Proven {
        /// The number of the request.
        id: Option<u64>,
        /// What it asks for.
        wish: Box<Subscribe>,
        /// Why it may.
        proof: Proof,
    },
    /// It brings a newer proof for a subscription it has.
    Renewal {
        /// The number of the request.
        id: Option<u64>,
        /// The filter exactly as it was subscribed.
        filter: TopicFilter,
        /// Why it still may.
        proof: Proof,
    },
    /// It proves which user it is, after it was let in as nobody. The proof's grant names the user.
    SignIn {
        /// The number of the request.
        id: Option<u64>,
        /// Why it is the user.
        proof: Proof,
        /// The users whose coming and going it wants to be told of.
        watchlist: Vec<UserId>,
    },
    /// Something that no client of the dialect says. Too much of it, and the client is closed.
    Malformed(Refusal),
    /// Something that is no request, and is refused.
    Refused {
        /// The number of the request, when it could be read.
        id: Option<u64>,
        /// What is wrong; a bounded text without anything secret.
        refusal: Refusal,
    },
    /// It does not speak the dialect, and is to be closed. What follows in the message is lost.
    Violation(CloseReason),
}

/// What a subscription brings to show that it is allowed, as it came and not looked at yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A JWT about one channel, as Centrifugo's clients bring it.
    Token {
        /// The token.
        token: Secret,
        /// The channel that it has to name, as the client writes it.
        channel: String,
        /// The user that it has to name: that of the connection.
        user: Option<UserId>,
    },
    /// A signature by the application, as Pusher's clients bring it.
    Signature {
        /// What has to be signed.
        text: String,
        /// The app's key and its signature of the text.
        auth: Secret,
        /// What the signature opens.
        grant: Box<Grant>,
    },
}
