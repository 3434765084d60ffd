//! The messages of the protocol as JSON: fields are named as in the schema, zero is left out, and
//! bytes are JSON as it stands.
//!
//! Some fields are there even when they are zero, since clients rely on them; they are those that
//! Centrifugo writes always.

use bytes::Bytes;
use serde::Serialize;

use crate::centrifuge::proto;

/// Appends one reply on one line.
pub(super) fn write(reply: &proto::Reply, out: &mut Vec<u8>) {
    let data = |push: &proto::Push| push.r#pub.as_ref().map_or(0, |it| it.data.len());
    out.reserve(reply.push.as_ref().map_or(0, data) + 128);
    Object::open(out)
        .number("id", u64::from(reply.id))
        .object("error", reply.error.as_ref(), |it, error| {
            it.always("code", &error.code)
                .text("message", &error.message)
                .flag("temporary", error.temporary)
        })
        .object("push", reply.push.as_ref(), push)
        .object("connect", reply.connect.as_ref(), connect)
        .object("subscribe", reply.subscribe.as_ref(), subscribe)
        .object("unsubscribe", reply.unsubscribe.as_ref(), |it, _| it)
        .object("publish", reply.publish.as_ref(), |it, _| it)
        .object("presence", reply.presence.as_ref(), presence)
        .object(
            "presence_stats",
            reply.presence_stats.as_ref(),
            |it, stats| {
                it.always("num_clients", &stats.num_clients)
                    .always("num_users", &stats.num_users)
            },
        )
        .object("history", reply.history.as_ref(), history)
        .object("rpc", reply.rpc.as_ref(), |it, rpc| {
            it.raw("data", &rpc.data)
        })
        .object("refresh", reply.refresh.as_ref(), |it, refresh| {
            it.text("client", &refresh.client)
                .text("version", &refresh.version)
                .flag("expires", refresh.expires)
                .number("ttl", u64::from(refresh.ttl))
        })
        .object("sub_refresh", reply.sub_refresh.as_ref(), |it, refresh| {
            it.flag("expires", refresh.expires)
                .number("ttl", u64::from(refresh.ttl))
        })
        .close();
}

/// Text as a JSON string.
pub(super) fn quoted(text: &[u8]) -> Bytes {
    // A payload is JSON and a delta between two of them is text as well, so nothing is lost.
    let text = String::from_utf8_lossy(text);
    let quoted = serde_json::to_vec(&text);
    debug_assert!(quoted.is_ok(), "a string can always be written");
    quoted.unwrap_or_default().into()
}

/// Appends what a client that asks nothing is told, on one line: a push without its envelope, that
/// it is in, or nothing, which is a ping.
pub(super) fn write_push(reply: &proto::Reply, out: &mut Vec<u8>) {
    let object = Object::open(out).object("connect", reply.connect.as_ref(), connect);
    match &reply.push {
        Some(said) => push(object, said),
        None => object,
    }
    .close();
}

fn push<'a>(object: Object<'a>, push: &proto::Push) -> Object<'a> {
    let member =
        |it: Object<'a>, info: Option<&proto::ClientInfo>| it.object("info", info, info_of);
    object
        .text("channel", &push.channel)
        .object("pub", push.r#pub.as_ref(), publication)
        .object("join", push.join.as_ref(), |it, join| {
            member(it, join.info.as_ref())
        })
        .object("leave", push.leave.as_ref(), |it, leave| {
            member(it, leave.info.as_ref())
        })
        .object("unsubscribe", push.unsubscribe.as_ref(), |it, end| {
            it.number("code", u64::from(end.code))
                .text("reason", &end.reason)
        })
        .object("message", push.message.as_ref(), |it, message| {
            it.raw("data", &message.data)
        })
        .object("subscribe", push.subscribe.as_ref(), |it, begun| {
            it.flag("recoverable", begun.recoverable)
                .text("epoch", &begun.epoch)
                .number("offset", begun.offset)
                .flag("positioned", begun.positioned)
        })
        .object("disconnect", push.disconnect.as_ref(), |it, end| {
            it.number("code", u64::from(end.code))
                .text("reason", &end.reason)
        })
        .object("refresh", push.refresh.as_ref(), |it, refresh| {
            it.flag("expires", refresh.expires)
                .number("ttl", u64::from(refresh.ttl))
        })
}

fn connect<'a>(object: Object<'a>, connect: &proto::ConnectResult) -> Object<'a> {
    let subs = (!connect.subs.is_empty()).then_some(&connect.subs);
    object
        .text("client", &connect.client)
        .text("version", &connect.version)
        .flag("expires", connect.expires)
        .number("ttl", u64::from(connect.ttl))
        .object("subs", subs, |mut it, subs| {
            for (channel, begun) in subs {
                it = it.object_at(channel, |it| subscribe(it, begun));
            }
            it
        })
        .number("ping", u64::from(connect.ping))
        .flag("pong", connect.pong)
        .text("session", &connect.session)
        .text("node", &connect.node)
}

fn subscribe<'a>(object: Object<'a>, begun: &proto::SubscribeResult) -> Object<'a> {
    object
        .flag("expires", begun.expires)
        .number("ttl", u64::from(begun.ttl))
        .flag("recoverable", begun.recoverable)
        .text("epoch", &begun.epoch)
        .flag("recovered", begun.recovered)
        .number("offset", begun.offset)
        .flag("positioned", begun.positioned)
        .flag("was_recovering", begun.was_recovering)
        .flag("delta", begun.delta)
}

fn presence<'a>(object: Object<'a>, presence: &proto::PresenceResult) -> Object<'a> {
    object.always_object("presence", |mut it| {
        for (client, info) in &presence.presence {
            // Names of connections are our own and need no escapes.
            it = it.always_object(client, |it| info_of(it, info));
        }
        it
    })
}

fn history<'a>(object: Object<'a>, history: &proto::HistoryResult) -> Object<'a> {
    object
        .list("publications", &history.publications, publication)
        .always("epoch", &*history.epoch)
        .always("offset", &history.offset)
}

fn publication<'a>(object: Object<'a>, said: &proto::Publication) -> Object<'a> {
    let tags = (!said.tags.is_empty()).then_some(&said.tags);
    object
        .raw("data", &said.data)
        .object("info", said.info.as_ref(), info_of)
        .number("offset", said.offset)
        .optional("tags", tags)
        .flag("delta", said.delta)
}

fn info_of<'a>(object: Object<'a>, info: &proto::ClientInfo) -> Object<'a> {
    object
        .always("user", &*info.user)
        .always("client", &*info.client)
        .raw("conn_info", &info.conn_info)
        .raw("chan_info", &info.chan_info)
}

/// One object, written field by field.
struct Object<'a>(&'a mut Vec<u8>);

impl<'a> Object<'a> {
    fn open(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self(out)
    }

    fn close(self) {
        self.0.push(b'}');
    }

    /// A comma, unless the object has just begun, and the field's name.
    fn key(&mut self, name: &str) {
        if self.0.last() != Some(&b'{') {
            self.0.push(b',');
        }
        self.0.push(b'"');
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b"\":");
    }

    fn always<T: Serialize + ?Sized>(mut self, name: &str, value: &T) -> Self {
        self.key(name);
        let written = serde_json::to_writer(&mut *self.0, value);
        debug_assert!(written.is_ok(), "a buffer takes strings, numbers and maps");
        self
    }

    fn optional<T: Serialize + ?Sized>(self, name: &str, value: Option<&T>) -> Self {
        match value {
            Some(value) => self.always(name, value),
            None => self,
        }
    }

    fn text(self, name: &str, text: &str) -> Self {
        self.optional(name, Some(text).filter(|text| !text.is_empty()))
    }

    fn number(self, name: &str, number: u64) -> Self {
        self.optional(name, Some(&number).filter(|number| **number > 0))
    }

    fn flag(self, name: &str, set: bool) -> Self {
        self.optional(name, Some(&true).filter(|_| set))
    }

    /// A JSON value as it stands. A line break can only be white space in it, and would end the
    /// message for a client.
    fn raw(mut self, name: &str, json: &[u8]) -> Self {
        if json.is_empty() {
            return self;
        }
        self.key(name);
        let start = self.0.len();
        self.0.extend_from_slice(json);
        for byte in self.0.get_mut(start..).unwrap_or_default() {
            if matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
        self
    }

    fn object<T>(
        self,
        name: &str,
        value: Option<&T>,
        write: impl FnOnce(Self, &T) -> Self,
    ) -> Self {
        match value {
            Some(value) => self.always_object(name, |object| write(object, value)),
            None => self,
        }
    }

    fn always_object(mut self, name: &str, write: impl FnOnce(Self) -> Self) -> Self {
        self.key(name);
        self.0.push(b'{');
        let object = write(self);
        object.0.push(b'}');
        object
    }

    /// An object whose name comes from elsewhere and may need escapes.
    fn object_at(mut self, name: &str, write: impl FnOnce(Self) -> Self) -> Self {
        if self.0.last() != Some(&b'{') {
            self.0.push(b',');
        }
        let written = serde_json::to_writer(&mut *self.0, name);
        debug_assert!(written.is_ok(), "a buffer takes strings");
        self.0.extend_from_slice(b":{");
        self = write(self);
        self.0.push(b'}');
        self
    }

    fn list<T>(mut self, name: &str, items: &[T], write: impl Fn(Self, &T) -> Self) -> Self {
        self.key(name);
        self.0.push(b'[');
        for (place, item) in items.iter().enumerate() {
            if place > 0 {
                self.0.push(b',');
            }
            self.0.push(b'{');
            self = write(self, item);
            self.0.push(b'}');
        }
        self.0.push(b']');
        self
    }
}
