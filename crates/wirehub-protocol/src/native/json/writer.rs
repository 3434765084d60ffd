//! One JSON object, written straight into the buffer.

use std::{fmt::Display, io::Write as _, time::Duration};

use base64::{display::Base64Display, engine::general_purpose::STANDARD};
use serde::Serialize;
use wirehub_model::{
    Key, Member, Message, Occupancy, Payload, Position, PresencePage, Publication, Publisher,
    SessionOffer,
};

/// Writes one message field by field. Names of fields are our own and need no escapes; strings get
/// theirs from `serde_json`.
pub(super) struct Writer<'a> {
    out: &'a mut Vec<u8>,
}

impl<'a> Writer<'a> {
    pub(super) fn open(kind: &str, out: &'a mut Vec<u8>) -> Self {
        out.extend_from_slice(b"{\"type\":\"");
        out.extend_from_slice(kind.as_bytes());
        out.push(b'"');
        Self { out }
    }

    pub(super) fn close(self) {
        self.out.push(b'}');
    }

    /// A comma, unless the object has just begun, and the field's name.
    fn key(&mut self, name: &str) {
        if self.out.last() != Some(&b'{') {
            self.out.push(b',');
        }
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    pub(super) fn value<T: Serialize + ?Sized>(mut self, name: &str, value: &T) -> Self {
        self.key(name);
        let written = serde_json::to_writer(&mut *self.out, value);
        debug_assert!(written.is_ok(), "a buffer takes strings and numbers");
        self
    }

    pub(super) fn optional<T: Serialize + ?Sized>(self, name: &str, value: Option<&T>) -> Self {
        match value {
            Some(value) => self.value(name, value),
            None => self,
        }
    }

    /// A string that needs no escapes.
    pub(super) fn display(mut self, name: &str, value: &impl Display) -> Self {
        self.key(name);
        let written = write!(self.out, "\"{value}\"");
        debug_assert!(written.is_ok(), "a buffer takes text");
        self
    }

    pub(super) fn object(mut self, name: &str) -> Self {
        self.key(name);
        self.out.push(b'{');
        self
    }

    pub(super) fn end_object(self) -> Self {
        self.out.push(b'}');
        self
    }

    /// A list of objects, which `write` fills.
    pub(super) fn list<T>(
        mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        write: impl Fn(Self, T) -> Self,
    ) -> Self {
        self.key(name);
        self.out.push(b'[');
        for (place, item) in items.into_iter().enumerate() {
            if place > 0 {
                self.out.push(b',');
            }
            self.out.push(b'{');
            self = write(self, item);
            self.out.push(b'}');
        }
        self.out.push(b']');
        self
    }

    /// `true`, or nothing.
    pub(super) fn flag(self, name: &str, set: bool) -> Self {
        if set { self.value(name, &true) } else { self }
    }

    /// Seconds with as many decimals as they need, down to milliseconds.
    pub(super) fn seconds(mut self, name: &str, span: Option<Duration>) -> Self {
        let Some(span) = span else {
            return self;
        };
        self.key(name);
        let digits = format!("{}.{:03}", span.as_secs(), span.subsec_millis());
        let digits = digits.trim_end_matches('0').trim_end_matches('.');
        self.out.extend_from_slice(digits.as_bytes());
        self
    }

    pub(super) fn position(self, position: Option<&Position>) -> Self {
        match position {
            Some(position) => self
                .display("epoch", &position.epoch)
                .value("offset", &position.offset.0),
            None => self,
        }
    }

    pub(super) fn message(self, message: &Message) -> Self {
        let event = message.event.as_ref().map(|event| event.as_str());
        self.optional("event", event).payload(&message.payload)
    }

    pub(super) fn payload(self, payload: &Payload) -> Self {
        self.either("data", "binary", payload)
    }

    /// What the application says, in the field for its kind.
    fn either(self, json: &str, binary: &str, payload: &Payload) -> Self {
        match payload {
            Payload::Json(text) => self.raw(json, text),
            Payload::Binary(bytes) => self.display(binary, &Base64Display::new(bytes, &STANDARD)),
        }
    }

    /// A JSON value as it stands.
    fn raw(mut self, name: &str, value: &[u8]) -> Self {
        self.key(name);
        self.out.extend_from_slice(value);
        self
    }

    /// What a publication says, without its topic.
    pub(super) fn publication(self, publication: &Publication) -> Self {
        let Publication { message, key, .. } = publication;
        let event = message.event.as_ref().map(|event| event.as_str());
        self.optional("event", event)
            .optional("key", key.as_ref().map(Key::as_str))
            .payload(&message.payload)
            .value("offset", &publication.position.offset.0)
            .from(publication.from.as_ref())
    }

    /// What a client needs to come back.
    pub(super) fn session(self, offer: Option<&SessionOffer>) -> Self {
        match offer {
            Some(offer) => self
                .display("session", &offer.token)
                .seconds("resume_within", Some(offer.within)),
            None => self,
        }
    }

    /// Who is on a topic.
    pub(super) fn presence(self, page: &PresencePage) -> Self {
        self.occupancy(page.occupancy)
            .list("members", &page.members, |object, member| {
                object.member(member)
            })
            .flag("more", page.more)
    }

    pub(super) fn occupancy(self, occupancy: Occupancy) -> Self {
        self.value("connections", &occupancy.connections)
            .value("users", &occupancy.users)
    }

    pub(super) fn member(self, member: &Member) -> Self {
        let user = member.user.as_ref().map(|user| user.as_str());
        let object = self
            .display("connection", &member.connection)
            .optional("user", user);
        let object = match &member.info {
            Some(info) => object.raw("info", info.as_bytes()),
            None => object,
        };
        match &member.state {
            Some(state) => object.either("state", "state_binary", state),
            None => object,
        }
    }

    pub(super) fn from(self, publisher: Option<&Publisher>) -> Self {
        let Some(publisher) = publisher else {
            return self;
        };
        let user = publisher.user.as_ref().map(|user| user.as_str());
        self.object("from")
            .optional("user", user)
            .display("connection", &publisher.connection)
            .end_object()
    }
}
