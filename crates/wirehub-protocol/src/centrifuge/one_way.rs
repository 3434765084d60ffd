//! Clients that only hear (<https://centrifugal.dev/docs/transports/uni_client_protocol>).

use wirehub_model::{CloseReason, ErrorCode, Event, Refusal};

use super::{
    codes,
    connecting::{self, Gathering},
    decode,
    encode::{self, Codec},
    proto,
    rules::Rules,
};
use crate::{Frame, Goodbye, Heard, Request};

/// A connection of a client that says who it is, once, and then hears pushes without an envelope.
/// What it is subscribed to is its token's, and what it asked for with that.
#[derive(Debug)]
pub(crate) struct OneWay {
    rules: Rules,
    phase: Phase,
}

/// Where the connection is in its life.
#[derive(Debug)]
enum Phase {
    /// It has not said who it is.
    Silent,
    /// It has, and that is being checked.
    Connecting(Gathering),
    /// It is in.
    Open,
    /// What it said was not of the protocol.
    Over,
}

impl OneWay {
    pub(crate) fn begin() -> Self {
        Self {
            rules: Rules::default(),
            phase: Phase::Silent,
        }
    }

    pub(crate) const fn set_rules(&mut self, rules: Rules) {
        self.rules = rules;
    }

    pub(crate) fn hear(&mut self, frame: Frame<'_>, heard: &mut Vec<Heard>) {
        if !matches!(self.phase, Phase::Silent) {
            let why = "nothing is asked on a connection that goes one way";
            return heard.push(Heard::Malformed(Refusal::new(ErrorCode::BadRequest, why)));
        }
        let text = match frame {
            Frame::Text(text) => Some(text),
            Frame::Binary(bytes) => std::str::from_utf8(bytes).ok(),
        };
        let Some(connect) = text.and_then(|text| decode::json::connect(text).ok()) else {
            self.phase = Phase::Over;
            return heard.push(Heard::Violation(CloseReason::BadMessages));
        };
        self.phase = Phase::Connecting(Gathering::new(&connect.subs));
        let wishes = connecting::wishes(&connect.subs, self.rules);
        heard.push(Heard::Request(Request {
            id: None,
            command: connecting::command(connect, wishes),
        }));
    }

    pub(crate) fn tell(&mut self, event: &Event<'_>, out: &mut Vec<u8>) -> bool {
        match (&mut self.phase, event) {
            (Phase::Connecting(gathering), Event::Subscribed { filter, subscribed }) => {
                gathering.add(filter, subscribed);
                false
            }
            (_, Event::Welcome { welcome, .. }) => {
                let begun = match std::mem::replace(&mut self.phase, Phase::Open) {
                    Phase::Connecting(gathering) => gathering.finish(),
                    _ => Default::default(),
                };
                let said = proto::Reply {
                    connect: Some(encode::connect(welcome, begun)),
                    ..proto::Reply::default()
                };
                Codec::Pushes.append(&said, out.len(), out);
                true
            }
            _ => encode::encode(Codec::Pushes, event, out),
        }
    }

    pub(crate) const fn goodbye(&self, reason: CloseReason) -> Goodbye {
        match (&self.phase, reason) {
            (Phase::Silent, CloseReason::Unauthorized) => codes::STALE,
            _ => codes::goodbye(reason),
        }
    }
}
