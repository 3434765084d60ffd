//! What clients are told without having asked.

use std::{collections::BTreeMap, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use wirehub_model::{
    Direct, Event, Member, Message, Payload, PresenceChange, PresenceKind, Publication, Publisher,
    Refusal, Subscribed, TopicFilter, UserId,
};

use super::{Codec, json, result::expiry};
use crate::centrifuge::{channel, codes, fossil, proto};

/// The tag that carries the name of an event.
pub const EVENT: &str = "event";

/// Hands every push that tells an event to `say`; none where the protocol has no words for it.
pub(super) fn each(codec: Codec, event: &Event<'_>, mut say: impl FnMut(proto::Push)) {
    match event {
        Event::Publication(publication) | Event::Retained(publication) => {
            published(codec, publication).into_iter().for_each(say);
        }
        Event::Delta {
            publication,
            before,
        } => changed_to(codec, publication, *before)
            .into_iter()
            .for_each(say),
        Event::Batch(batch) => batch
            .entries
            .iter()
            .filter_map(|entry| published(codec, &entry.publication))
            .for_each(say),
        Event::Direct(direct) => say(message(codec, direct)),
        Event::Presence(change) => changed(codec, change, say),
        Event::Subscribed { filter, subscribed } => {
            began(filter, subscribed).into_iter().for_each(say);
        }
        Event::Unsubscribed { filter, refusal } => ended(filter, refusal).into_iter().for_each(say),
        Event::Renewed { expires_in } => {
            let (expires, ttl) = expiry(*expires_in);
            say(proto::Push {
                refresh: Some(proto::Refresh { expires, ttl }),
                ..proto::Push::default()
            });
        }
        // There are no words for how many are on a busy topic and for advice to move; the rest is
        // said to one client alone.
        _ => {}
    }
}

fn published(codec: Codec, publication: &Publication) -> Option<proto::Push> {
    push(publication, self::publication(codec, publication))
}

fn push(publication: &Publication, said: proto::Publication) -> Option<proto::Push> {
    Some(proto::Push {
        channel: channel::of_topic(&publication.topic)?,
        r#pub: Some(said),
        ..proto::Push::default()
    })
}

/// A publication for a client that takes deltas, as a delta where that is shorter. The client keeps
/// the bytes of each for the next one, so in JSON the whole is a string too: as a value, white
/// space and escapes of it would be lost.
fn changed_to(
    codec: Codec,
    publication: &Publication,
    before: Option<&Publication>,
) -> Option<proto::Push> {
    let mut said = self::publication(codec, publication);
    let before = before.map(|before| payload(codec, &before.message.payload));
    if let Some(delta) = before.and_then(|before| fossil::delta(&before, &said.data)) {
        said.data = Bytes::from(delta);
        said.delta = true;
    }
    if codec == Codec::Json {
        said.data = json::quoted(&said.data);
    }
    push(publication, said)
}

/// A publication without its channel.
pub(super) fn publication(codec: Codec, publication: &Publication) -> proto::Publication {
    let (data, tags) = said(codec, &publication.message);
    proto::Publication {
        data,
        tags,
        info: publication.from.as_ref().map(publisher),
        offset: publication.position.offset.0,
        delta: false,
    }
}

fn said(codec: Codec, message: &Message) -> (Bytes, BTreeMap<String, String>) {
    let tags = match codec {
        Codec::Protobuf => tags(message),
        Codec::Json | Codec::Pushes => tags_in_json(message),
    };
    (payload(codec, &message.payload), tags)
}

/// The tags of a message, of which the name of its event is one.
fn tags(message: &Message) -> BTreeMap<String, String> {
    let event = message.event.as_ref().map(|event| (EVENT, event.as_str()));
    let tags = message.tags.iter().chain(event);
    tags.map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The same where a payload has to be JSON: bytes are base64 there, and the tag `encoding` tells.
pub(in crate::centrifuge) fn tags_in_json(message: &Message) -> BTreeMap<String, String> {
    let mut tags = tags(message);
    if matches!(message.payload, Payload::Binary(_)) {
        tags.insert("encoding".to_owned(), "base64".to_owned());
    }
    tags
}

/// A payload as the bytes of the protocol; in JSON they have to be a JSON value.
pub(super) fn payload(codec: Codec, payload: &Payload) -> Bytes {
    match (codec, payload) {
        (_, Payload::Json(text)) => text.clone(),
        (Codec::Protobuf, Payload::Binary(bytes)) => bytes.clone(),
        (Codec::Json | Codec::Pushes, Payload::Binary(bytes)) => {
            let text = STANDARD.encode(bytes);
            Bytes::from(format!("\"{text}\""))
        }
    }
}

fn message(codec: Codec, direct: &Direct) -> proto::Push {
    proto::Push {
        message: Some(proto::Message {
            data: payload(codec, &direct.message.payload),
        }),
        ..proto::Push::default()
    }
}

fn publisher(from: &Publisher) -> proto::ClientInfo {
    proto::ClientInfo {
        user: user(from.user.as_ref()),
        client: from.connection.to_string(),
        conn_info: told(from.info.as_ref()),
        ..proto::ClientInfo::default()
    }
}

/// The user that stands for nobody is the empty one.
fn user(user: Option<&UserId>) -> String {
    user.map(|user| user.as_str().to_owned())
        .unwrap_or_default()
}

/// What a token says about its bearer.
fn told(info: Option<&Arc<str>>) -> Bytes {
    info.map(|info| Bytes::copy_from_slice(info.as_bytes()))
        .unwrap_or_default()
}

/// What its token says is a member's `conn_info`, and what it says about itself its `chan_info`.
pub(super) fn info(codec: Codec, member: &Member) -> proto::ClientInfo {
    let chan_info = member.state.as_ref();
    proto::ClientInfo {
        user: user(member.user.as_ref()),
        client: member.connection.to_string(),
        conn_info: told(member.info.as_ref()),
        chan_info: chan_info
            .map(|state| payload(codec, state))
            .unwrap_or_default(),
    }
}

/// A member as the push that tells that it came.
pub(in crate::centrifuge) fn joined(channel: String, codec: Codec, member: &Member) -> proto::Push {
    proto::Push {
        channel,
        join: Some(proto::Join {
            info: Some(info(codec, member)),
        }),
        ..proto::Push::default()
    }
}

fn left(channel: String, info: proto::ClientInfo) -> proto::Push {
    proto::Push {
        channel,
        leave: Some(proto::Leave { info: Some(info) }),
        ..proto::Push::default()
    }
}

/// A connection that took another one's place is another client to those who know no sessions.
fn changed(codec: Codec, change: &PresenceChange, mut say: impl FnMut(proto::Push)) {
    let Some(channel) = channel::of_topic(&change.topic) else {
        return;
    };
    match (change.kind, &change.was) {
        (PresenceKind::Joined, _) => say(joined(channel, codec, &change.member)),
        (PresenceKind::Left, _) => say(left(channel, info(codec, &change.member))),
        (PresenceKind::Changed, Some(was)) => {
            let before = proto::ClientInfo {
                client: was.to_string(),
                ..info(codec, &change.member)
            };
            say(left(channel.clone(), before));
            say(joined(channel, codec, &change.member));
        }
        (PresenceKind::Changed, None) => {}
    }
}

/// A subscription that the server began. Filters with wildcards are not channels.
fn began(filter: &TopicFilter, subscribed: &Subscribed) -> Option<proto::Push> {
    let position = subscribed.position?;
    Some(proto::Push {
        channel: named(filter)?,
        subscribe: Some(proto::Subscribe {
            recoverable: subscribed.keeps_history,
            positioned: subscribed.keeps_history,
            epoch: position.epoch.to_string(),
            offset: position.offset.0,
        }),
        ..proto::Push::default()
    })
}

fn ended(filter: &TopicFilter, refusal: &Refusal) -> Option<proto::Push> {
    Some(proto::Push {
        channel: named(filter)?,
        unsubscribe: Some(proto::Unsubscribe {
            code: codes::unsubscribe(refusal),
            reason: refusal.message.to_string(),
        }),
        ..proto::Push::default()
    })
}

fn named(filter: &TopicFilter) -> Option<String> {
    channel::of_topic(&filter.as_topic()?)
}
