//! The same in Protobuf.

use prost::{Message as _, bytes::Bytes};
use wirehub_protocol::v1::{
    ClientMessage, Connect, Data, Position, Publish, Resume, ServerMessage, Subscribe, TopicOffset,
    client_message, data, server_message::Kind,
};

use super::{Heard, Request, Stamp, seconds};

pub(super) fn read(bytes: &[u8], hear: &mut dyn FnMut(Heard<'_>)) -> Option<()> {
    let message = ServerMessage::decode(bytes).ok()?;
    // A kind that is not known is one of a newer server.
    let Some(kind) = message.kind else {
        hear(Heard::Other);
        return Some(());
    };
    hear(match &kind {
        Kind::Message(one) => published(one.offset, one.retained, one.data.as_ref()),
        Kind::Messages(many) => {
            for one in &many.messages {
                hear(published(one.offset, false, one.data.as_ref()));
            }
            return Some(());
        }
        Kind::Welcome(welcome) => Heard::Welcome {
            session: Some(welcome.session.as_str()).filter(|name| !name.is_empty()),
            spread: welcome.spread.map(seconds),
            silence: welcome
                .heartbeat
                .map(|heartbeat| seconds(heartbeat.interval + heartbeat.timeout)),
        },
        Kind::Ok(reply) => Heard::Ok {
            id: message.id?,
            epoch: epoch(reply.position.as_ref()),
            offset: offset(reply.position.as_ref()),
            recovered: reply.recovered,
        },
        Kind::Error(refusal) => Heard::Refused {
            id: message.id,
            code: &refusal.code,
        },
        Kind::Subscribed(subscribed) => Heard::Subscribed {
            topic: &subscribed.topic,
            epoch: epoch(subscribed.position.as_ref()),
            offset: offset(subscribed.position.as_ref()),
            recovered: subscribed.recovered,
        },
        Kind::Unsubscribed(unsubscribed) => Heard::Unsubscribed {
            code: &unsubscribed.reason,
        },
        Kind::Reconnect(reconnect) => Heard::Move {
            within: seconds(reconnect.within),
        },
        Kind::Spread(spread) => Heard::Spread {
            within: seconds(spread.within),
        },
        _ => Heard::Other,
    });
    Some(())
}

fn published<'a>(offset: u64, retained: bool, data: Option<&Data>) -> Heard<'a> {
    let bytes = match data.and_then(|data| data.kind.as_ref()) {
        Some(data::Kind::Json(bytes) | data::Kind::Binary(bytes)) => bytes.as_ref(),
        None => b"",
    };
    Heard::Published {
        // Direct messages have none, which is written as 0.
        offset: Some(offset).filter(|offset| *offset > 0),
        retained,
        found: Stamp::find(bytes),
    }
}

fn epoch(position: Option<&Position>) -> Option<&str> {
    position.map(|position| position.epoch.as_str())
}

fn offset(position: Option<&Position>) -> Option<u64> {
    position.map(|position| position.offset)
}

pub(super) fn write(request: &Request<'_>) -> Vec<u8> {
    use client_message::Kind;

    let (id, kind) = match request {
        Request::Connect => (0, Kind::Connect(Connect::default())),
        Request::Subscribe { id, topic, since } => {
            let since = since.map(|(epoch, offset)| Position {
                epoch: epoch.to_owned(),
                offset,
            });
            let subscribe = Subscribe {
                topic: (*topic).to_owned(),
                since,
                ..Subscribe::default()
            };
            (*id, Kind::Subscribe(subscribe))
        }
        Request::Resume {
            id,
            session,
            topics,
        } => {
            let topics = topics.iter().map(|(topic, offset)| TopicOffset {
                topic: topic.clone(),
                offset: *offset,
            });
            let resume = Resume {
                session: (*session).to_owned(),
                received: 0,
                topics: topics.collect(),
            };
            (*id, Kind::Resume(resume))
        }
        Request::Publish { id, topic, payload } => {
            let bytes = Bytes::copy_from_slice(payload.as_bytes());
            let publish = Publish {
                topic: (*topic).to_owned(),
                data: Some(Data {
                    kind: Some(data::Kind::Binary(bytes)),
                }),
                ..Publish::default()
            };
            (*id, Kind::Publish(publish))
        }
    };
    let message = ClientMessage {
        id: Some(id),
        kind: Some(kind),
    };
    message.encode_to_vec()
}
