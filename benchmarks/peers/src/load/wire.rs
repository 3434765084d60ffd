//! How the messages of a case look to one kind of server.

use clap::ValueEnum;
use serde::Deserialize;

use super::client_frame::push_text;
use crate::case::Comeback;

/// What a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WireKind {
    /// The message is the application data. Paths `/echo`, `/pub` and `/sub` say what a
    /// connection does: the bare server and Bun.
    Plain,
    /// Wirehub's native protocol in JSON, `wirehub.v1.json`.
    Native,
}

/// What a connection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Echo,
    Publisher,
    Subscriber,
}

/// A wire with what it needs to know.
#[derive(Debug, Clone)]
pub struct Wire {
    kind: WireKind,
    token: String,
    topic: String,
}

/// What the server says to a subscription.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Accepted,
    Refused(String),
    SomethingElse,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    id: Option<u64>,
}

/// Where a client was when its connection was lost.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub(super) session: &'a str,
    pub(super) epoch: &'a str,
    pub(super) offset: u64,
}

/// The id of the one request a connection makes.
const REQUEST: u64 = 1;

impl Wire {
    /// A wire; `token` and `topic` matter to the native one only.
    pub fn new(kind: WireKind, token: &str, topic: &str) -> Self {
        Self {
            kind,
            token: token.to_owned(),
            topic: topic.to_owned(),
        }
    }

    /// Path and query of the upgrade request.
    pub(super) fn path(&self, role: Role) -> String {
        match (self.kind, role) {
            (WireKind::Plain, Role::Echo) => "/echo".to_owned(),
            (WireKind::Plain, Role::Publisher) => "/pub".to_owned(),
            (WireKind::Plain, Role::Subscriber) => "/sub".to_owned(),
            (WireKind::Native, _) => format!("/ws?token={}", self.token),
        }
    }

    /// The frame that subscribes, when the path alone does not.
    pub(super) fn subscribe(&self, role: Role) -> Option<Vec<u8>> {
        if self.kind == WireKind::Plain || role != Role::Subscriber {
            return None;
        }
        let text = format!(
            r#"{{"type":"subscribe","id":{REQUEST},"topic":"{}"}}"#,
            self.topic
        );
        let mut frame = Vec::new();
        push_text(&mut frame, text.as_bytes());
        Some(frame)
    }

    /// What a message says about the subscription.
    pub(super) fn answer(message: &[u8]) -> Answer {
        match serde_json::from_slice::<Event>(message) {
            Ok(event) if event.kind == "ok" && event.id == Some(REQUEST) => Answer::Accepted,
            Ok(event) if event.kind == "error" => {
                Answer::Refused(String::from_utf8_lossy(message).into_owned())
            }
            _ => Answer::SomethingElse,
        }
    }

    /// The frame that subscribes to what came after a position, or goes on with a session.
    pub(super) fn come_back(&self, by: Comeback, from: &Place<'_>) -> Vec<u8> {
        let Self { topic, .. } = self;
        let Place {
            session,
            epoch,
            offset,
        } = from;
        let text = match by {
            Comeback::Since => format!(
                r#"{{"type":"subscribe","id":{REQUEST},"topic":"{topic}","since":{{"epoch":"{epoch}","offset":{offset}}}}}"#
            ),
            Comeback::Resume => format!(
                r#"{{"type":"resume","id":{REQUEST},"session":"{session}","topics":{{"{topic}":{offset}}}}}"#
            ),
        };
        let mut frame = Vec::new();
        push_text(&mut frame, text.as_bytes());
        frame
    }

    /// Appends the frame that publishes (or, to an echo server, sends) the payload.
    pub(super) fn push_message(&self, out: &mut Vec<u8>, text: &mut Vec<u8>, payload: &[u8]) {
        if self.kind == WireKind::Plain {
            return push_text(out, payload);
        }
        self.push_publish(out, text, payload, false);
    }

    /// Appends the frame that publishes the payload; its answer comes when it is wanted.
    pub(super) fn push_publish(
        &self,
        out: &mut Vec<u8>,
        text: &mut Vec<u8>,
        payload: &[u8],
        answer: bool,
    ) {
        text.clear();
        text.extend(br#"{"type":"publish","#);
        if answer {
            text.extend(format!(r#""id":{REQUEST},"#).as_bytes());
        }
        text.extend(br#""topic":""#);
        text.extend(self.topic.as_bytes());
        text.extend(br#"","echo":false,"data":"#);
        text.extend(payload);
        text.push(b'}');
        push_text(out, text);
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Place, Role, Wire, WireKind};
    use crate::case::Comeback;
    use crate::load::payload::Payload;

    fn unmasked(frame: &[u8]) -> Vec<u8> {
        let header = if frame[1] & 0x7F == 126 { 4 } else { 2 };
        let key = &frame[header..header + 4];
        let masked = frame[header + 4..].iter();
        masked
            .zip(key.iter().cycle())
            .map(|(byte, key)| byte ^ key)
            .collect()
    }

    #[test]
    fn a_plain_message_is_the_payload_alone() {
        let wire = Wire::new(WireKind::Plain, "", "");
        let mut out = Vec::new();
        let payload = Payload::new(128).numbered(3).to_vec();
        wire.push_message(&mut out, &mut Vec::new(), &payload);
        assert_eq!(unmasked(&out), payload);
        assert_eq!(wire.subscribe(Role::Subscriber), None);
    }

    #[test]
    fn a_native_publish_is_json_with_the_payload_as_data() {
        let wire = Wire::new(WireKind::Native, "t", "bench/room");
        let mut out = Vec::new();
        let payload = Payload::new(128).numbered(3).to_vec();
        wire.push_message(&mut out, &mut Vec::new(), &payload);
        let json: serde_json::Value = serde_json::from_slice(&unmasked(&out)).expect("json");
        assert_eq!(
            (&json["type"], &json["topic"]),
            (&"publish".into(), &"bench/room".into())
        );
        assert_eq!(json["data"].to_string().as_bytes(), payload);
        assert_eq!(json.get("id"), None, "no id, so no reply");
    }

    #[test]
    fn a_client_that_comes_back_says_where_it_was() {
        let wire = Wire::new(WireKind::Native, "t", "bench/room");
        let place = Place {
            session: "s_1",
            epoch: "e",
            offset: 7,
        };
        let said = |by| -> serde_json::Value {
            serde_json::from_slice(&unmasked(&wire.come_back(by, &place))).expect("json")
        };
        let since = said(Comeback::Since);
        assert_eq!(since["type"], "subscribe");
        assert_eq!(
            since["since"],
            serde_json::json!({"epoch": "e", "offset": 7})
        );
        let resume = said(Comeback::Resume);
        assert_eq!(
            (&resume["type"], &resume["session"]),
            (&"resume".into(), &"s_1".into())
        );
        assert_eq!(resume["topics"], serde_json::json!({"bench/room": 7}));
    }

    #[test]
    fn a_publication_asks_for_its_answer_when_that_is_wanted() {
        let wire = Wire::new(WireKind::Native, "t", "bench/room");
        let mut out = Vec::new();
        wire.push_publish(&mut out, &mut Vec::new(), b"\"x\"", true);
        let json: serde_json::Value = serde_json::from_slice(&unmasked(&out)).expect("json");
        assert_eq!((&json["id"], &json["data"]), (&1.into(), &"x".into()));
    }

    #[test]
    fn only_subscribers_subscribe() {
        let wire = Wire::new(WireKind::Native, "t", "bench/room");
        assert_eq!(wire.subscribe(Role::Publisher), None);
        let frame = wire.subscribe(Role::Subscriber).expect("a frame");
        let json: serde_json::Value = serde_json::from_slice(&unmasked(&frame)).expect("json");
        assert_eq!(json["id"], 1);
        assert_eq!(wire.path(Role::Publisher), "/ws?token=t");
    }

    #[test]
    fn answers_are_told_apart() {
        let welcome = br#"{"type":"welcome","connection":"c_1","id":1}"#;
        assert_eq!(Wire::answer(welcome), Answer::SomethingElse);
        assert_eq!(
            Wire::answer(br#"{"type":"ok","id":2}"#),
            Answer::SomethingElse
        );
        assert_eq!(
            Wire::answer(br#"{"type":"ok","id":1,"offset":0}"#),
            Answer::Accepted
        );
        let refused = Wire::answer(br#"{"type":"error","id":1,"code":"permission_denied"}"#);
        assert!(matches!(refused, Answer::Refused(text) if text.contains("permission_denied")));
        assert_eq!(Wire::answer(b"\xff"), Answer::SomethingElse);
    }
}
