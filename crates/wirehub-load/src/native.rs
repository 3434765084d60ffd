//! The protocol `wirehub.v1`, as much of it as a crowd needs (docs/protocol.md).

mod json;
mod protobuf;

use std::time::Duration;

use wirehub_protocol::Dialect;

use super::{
    scenario::Format,
    stamp::{Found, Stamp},
};

/// What a client says.
#[derive(Clone, Debug)]
pub(crate) enum Request<'a> {
    /// A client without a token wants to be let in as nobody in particular.
    Connect,
    /// A subscription, after a position if there is one.
    Subscribe {
        id: u64,
        topic: &'a str,
        since: Option<(&'a str, u64)>,
    },
    /// To go on with a session, and what the client has of each topic.
    Resume {
        id: u64,
        session: &'a str,
        topics: Vec<(String, u64)>,
    },
    /// A publication, of letters that stand for themselves.
    Publish {
        id: u64,
        topic: &'a str,
        payload: &'a str,
    },
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    Text(String),
    Binary(Vec<u8>),
}

/// The subprotocol to ask for.
pub(crate) const fn subprotocol(format: Format) -> &'static str {
    match format {
        Format::Json => Dialect::NativeJson.subprotocol(),
        Format::Protobuf => Dialect::NativeProtobuf.subprotocol(),
    }
}

/// Writes a request.
pub(crate) fn write(format: Format, request: &Request<'_>) -> Frame {
    match format {
        Format::Json => Frame::Text(json::write(request)),
        Format::Protobuf => Frame::Binary(protobuf::write(request)),
    }
}

/// Reads a message in JSON; `None` when it is none of the protocol. A message may hold several
/// publications, so that what is heard is handed to `hear`.
pub(crate) fn read_text(text: &str, hear: &mut dyn FnMut(Heard<'_>)) -> Option<()> {
    json::read(text, hear)
}

/// The same in Protobuf.
pub(crate) fn read_binary(bytes: &[u8], hear: &mut dyn FnMut(Heard<'_>)) -> Option<()> {
    protobuf::read(bytes, hear)
}

/// One thing the server said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Heard<'a> {
    /// The connection is open.
    Welcome {
        session: Option<&'a str>,
        spread: Option<Duration>,
        /// Within this time something is heard of a server that is there.
        silence: Option<Duration>,
    },
    /// A request succeeded.
    Ok {
        id: u64,
        epoch: Option<&'a str>,
        offset: Option<u64>,
        recovered: Option<bool>,
    },
    /// A request was refused.
    Refused { id: Option<u64>, code: &'a str },
    /// Somebody published something.
    Published {
        offset: Option<u64>,
        retained: bool,
        found: Found,
    },
    /// A subscription is there again.
    Subscribed {
        topic: &'a str,
        epoch: Option<&'a str>,
        offset: Option<u64>,
        recovered: Option<bool>,
    },
    /// A subscription is over.
    Unsubscribed { code: &'a str },
    /// Another connection is wanted in place of this one.
    Move { within: Duration },
    /// The time over which clients come back is another one.
    Spread { within: Duration },
    /// Something that this program has no use for.
    Other,
}

/// Seconds that a server said; what is no time, or longer than an hour, is an hour.
fn seconds(seconds: f64) -> Duration {
    let hour = Duration::from_secs(3_600);
    let read = Duration::try_from_secs_f64(seconds).unwrap_or(hour);
    read.min(hour)
}

#[cfg(test)]
mod tests;
