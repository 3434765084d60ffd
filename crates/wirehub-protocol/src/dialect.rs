//! The wire protocols clients may speak.

use wirehub_model::{CloseReason, Event};

use crate::{DecodeError, Frame, Goodbye, Request, centrifuge, native, pusher};

/// A wire protocol, chosen in the handshake by its path and its WebSocket subprotocol.
///
/// The default is what a client speaks that asks for no subprotocol.
///
/// Native dialects are stateless in both directions. Others answer by what their clients said
/// before: what one client says and is told goes through its
/// [`Conversation`](crate::Conversation), and only what many are told is encoded here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// The native protocol in JSON, one object a text message.
    #[default]
    NativeJson,
    /// The native protocol in Protobuf, one [`v1::ClientMessage`](crate::v1::ClientMessage) or
    /// [`v1::ServerMessage`](crate::v1::ServerMessage) a binary message.
    NativeProtobuf,
    /// Centrifugo's client protocol in JSON, objects on lines of a text message.
    CentrifugeJson,
    /// Centrifugo's client protocol in Protobuf, messages with their length in front in a binary
    /// message.
    CentrifugeProtobuf,
    /// The pushes of Centrifugo's client protocol in JSON, each a message, to clients that ask
    /// nothing.
    CentrifugeOneWay,
    /// The protocol of Pusher Channels, one JSON object a text message.
    Pusher,
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [Self; 6] = [
        Self::NativeJson,
        Self::NativeProtobuf,
        Self::CentrifugeJson,
        Self::CentrifugeProtobuf,
        Self::CentrifugeOneWay,
        Self::Pusher,
    ];
    /// The native dialects, in the order the server prefers them.
    pub const NATIVE: [Self; 2] = [Self::NativeJson, Self::NativeProtobuf];
    /// Those of Centrifugo's clients, likewise.
    pub const CENTRIFUGE: [Self; 2] = [Self::CentrifugeJson, Self::CentrifugeProtobuf];

    /// The dialect that a client asks for with this value of `Sec-WebSocket-Protocol`.
    ///
    /// The comparison is exact: subprotocol names are case-sensitive (RFC 6455 section 11.5).
    #[must_use]
    pub fn from_subprotocol(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|dialect| dialect.subprotocol() == name)
    }

    /// Its name in `Sec-WebSocket-Protocol`.
    #[must_use]
    pub const fn subprotocol(self) -> &'static str {
        match self {
            Self::NativeJson => "wirehub.v1.json",
            Self::NativeProtobuf => "wirehub.v1.protobuf",
            Self::CentrifugeJson => "centrifuge-json",
            Self::CentrifugeProtobuf => "centrifuge-protobuf",
            // Clients of these two ask for none.
            Self::CentrifugeOneWay => "centrifuge-one-way",
            Self::Pusher => "pusher",
        }
    }

    /// Whether its messages are text messages of WebSocket; otherwise they are binary ones.
    #[must_use]
    pub const fn is_text(self) -> bool {
        match self {
            Self::NativeJson | Self::CentrifugeJson | Self::CentrifugeOneWay | Self::Pusher => true,
            Self::NativeProtobuf | Self::CentrifugeProtobuf => false,
        }
    }

    /// Whether it is one of the hub's own. Others have a [`Conversation`](crate::Conversation) for
    /// each connection, and their clients do not come back for sessions.
    #[must_use]
    pub const fn is_native(self) -> bool {
        matches!(self, Self::NativeJson | Self::NativeProtobuf)
    }

    /// Whether its clients only hear, once they have said who they are. They cannot answer a
    /// heartbeat with a message, and are told goodbye in one.
    #[must_use]
    pub const fn is_one_way(self) -> bool {
        matches!(self, Self::CentrifugeOneWay)
    }

    /// Whether its clients are asked for a sign of life with WebSocket's own pings, beside what
    /// [`Dialect::encode`] says.
    #[must_use]
    pub const fn pings_with_frames(self) -> bool {
        match self {
            Self::NativeJson | Self::NativeProtobuf | Self::CentrifugeOneWay | Self::Pusher => true,
            Self::CentrifugeJson | Self::CentrifugeProtobuf => false,
        }
    }

    /// Whether a message holds several publications; otherwise each needs its own.
    #[must_use]
    pub const fn has_batches(self) -> bool {
        !matches!(self, Self::CentrifugeOneWay | Self::Pusher)
    }

    /// Whether the welcome tells how the subscriptions stand that the client's token asks for, so
    /// that it is told once they do.
    #[must_use]
    pub const fn welcomes_with_subscriptions(self) -> bool {
        match self {
            Self::CentrifugeJson | Self::CentrifugeProtobuf | Self::CentrifugeOneWay => true,
            Self::NativeJson | Self::NativeProtobuf | Self::Pusher => false,
        }
    }

    /// What is said last to a client of whom nothing more is known.
    #[must_use]
    pub const fn goodbye(self, reason: CloseReason) -> Goodbye {
        match self {
            Self::NativeJson | Self::NativeProtobuf => Goodbye {
                code: reason.code(),
                reason: reason.name(),
            },
            Self::CentrifugeJson | Self::CentrifugeProtobuf | Self::CentrifugeOneWay => {
                centrifuge::goodbye(reason)
            }
            Self::Pusher => pusher::codes::goodbye(reason),
        }
    }

    /// Appends the message that says goodbye, for connections without a frame for it, and tells
    /// whether there is one.
    #[must_use = "without a message there is nothing to send"]
    pub fn farewell(self, goodbye: Goodbye, out: &mut Vec<u8>) -> bool {
        match self {
            Self::CentrifugeJson | Self::CentrifugeProtobuf | Self::CentrifugeOneWay => {
                centrifuge::farewell(self, goodbye, out);
                true
            }
            Self::NativeJson | Self::NativeProtobuf | Self::Pusher => false,
        }
    }

    /// Reads one message of a client that speaks a native dialect.
    ///
    /// Payloads are copied out of the frame, once, and are otherwise unchanged.
    ///
    /// # Errors
    /// [`DecodeError::Refused`] when the message is not valid; [`DecodeError::Close`] when it is of
    /// the other kind of WebSocket message than [`Dialect::is_text`] says, and of every dialect
    /// that needs a [`Conversation`](crate::Conversation).
    pub fn decode(self, frame: Frame<'_>) -> Result<Request, DecodeError> {
        match (self, frame) {
            (Self::NativeJson, Frame::Text(text)) => native::json::decode(text),
            (Self::NativeProtobuf, Frame::Binary(bytes)) => native::protobuf::decode(bytes),
            _ => Err(DecodeError::Close(CloseReason::UnsupportedData)),
        }
    }

    /// Appends the message that says `event` to `out`, without WebSocket framing, and tells whether
    /// there is one.
    ///
    /// `false`, with `out` untouched, stands for what WebSocket says itself in frames of its own
    /// ([`Event::HeartbeatReply`], [`Event::Close`] and, in native dialects,
    /// [`Event::Heartbeat`]), and for what the dialect has no words for.
    ///
    /// The same event gives the same bytes for every connection, so a publication is encoded once
    /// and shared. JSON payloads are spliced in byte for byte: whoever made the
    /// [`Payload`](wirehub_model::Payload) has checked them.
    #[must_use = "without a message there is nothing to send"]
    pub fn encode(self, event: &Event<'_>, out: &mut Vec<u8>) -> bool {
        match self {
            Self::NativeJson => native::json::encode(event, out),
            Self::NativeProtobuf => native::protobuf::encode(event, out),
            Self::CentrifugeJson | Self::CentrifugeProtobuf | Self::CentrifugeOneWay => {
                centrifuge::encode(self, event, out)
            }
            Self::Pusher => pusher::encode::encode(event, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_found_by_its_exact_subprotocol() {
        for dialect in Dialect::ALL {
            assert_eq!(
                Dialect::from_subprotocol(dialect.subprotocol()),
                Some(dialect)
            );
        }
        assert_eq!(Dialect::from_subprotocol("Wirehub.v1.json"), None);
        assert_eq!(Dialect::from_subprotocol(""), None);
    }

    #[test]
    fn stays_one_byte() {
        assert_eq!(size_of::<Dialect>(), 1);
    }

    #[test]
    fn closes_on_the_other_kind_of_message() {
        let close = Err(DecodeError::Close(CloseReason::UnsupportedData));
        let ping = Frame::Text(r#"{"type":"ping"}"#);
        assert_eq!(Dialect::NativeProtobuf.decode(ping), close);
        assert_eq!(Dialect::NativeJson.decode(Frame::Binary(b"{}")), close);
    }
}
