//! From a command to what the hub is asked.

use std::sync::Arc;

use bytes::Bytes;
use serde::de::IgnoredAny;
use wirehub_model::{
    Command, ErrorCode, HistoryPage, HistoryQuery, Message, Offset, Payload, PresenceQuery,
    Publish, Refusal, Secret, Subscribe, Topic, TopicFilter, UserId,
};

use crate::{
    Heard, Proof, Request,
    centrifuge::{
        channel, choice, connecting,
        decode::{Asked, position},
        proto,
        question::Question,
        rules::Rules,
        wish::SubscribeWish,
    },
    native::field,
};

/// The most publications that one answer holds, as in Centrifugo.
const HISTORY_MAX: u32 = 300;

/// The most members that one answer holds: as many as the hub gives.
const MEMBERS_MAX: u32 = 1_000;

/// What follows from a command.
pub(super) enum Ask {
    Heard(Heard),
    /// The same, and what is kept of it until it is answered.
    Subscribe(SubscribeWish, Heard),
    /// It breaks the protocol.
    Violation,
}

/// A client says who it is.
pub(super) fn connect(id: u32, connect: proto::ConnectRequest) -> Heard {
    let command = connecting::command(connect, Vec::new());
    request(Question::Connect, id, command)
}

/// What a client asks that is in, as this user.
pub(super) fn ask(id: u32, asked: Asked, user: Option<&UserId>, rules: Rules) -> Ask {
    let (question, command) = match asked {
        Asked::Subscribe(wish) => return subscribe(id, wish, user, rules),
        Asked::SubRefresh(wish) => return renew(id, wish, user),
        Asked::Unsubscribe(wish) => {
            let topic = topic(&wish.channel);
            // Of what no topic can be there is no subscription, like of any other that is not.
            let filter = topic.map(|topic| TopicFilter::from(&topic));
            let filter = filter.map_err(|refusal| Refusal {
                code: ErrorCode::NotSubscribed,
                ..refusal
            });
            let command = filter.map(|filter| Command::Unsubscribe { filter });
            (Question::Unsubscribe, command)
        }
        Asked::Publish(wish) => (Question::Publish, publish(wish)),
        Asked::Presence(wish) => {
            let query = presence(&wish.channel, MEMBERS_MAX);
            (Question::Presence, query)
        }
        Asked::PresenceStats(wish) => (Question::PresenceStats, presence(&wish.channel, 0)),
        Asked::History(wish) => history(wish),
        Asked::Rpc(call) => (Question::Rpc, rpc(call)),
        Asked::Refresh(wish) if wish.token.is_empty() => {
            (Question::Refresh, Err(field::bad("`token` is missing")))
        }
        Asked::Refresh(wish) => {
            let token = Secret::new(wish.token);
            (Question::Refresh, Ok(Command::Refresh { token }))
        }
        Asked::Connect | Asked::Send | Asked::Pong => return Ask::Violation,
    };
    Ask::Heard(match command {
        Ok(command) => request(question, id, command),
        Err(refusal) => refused(question, id, refusal),
    })
}

fn request(question: Question, id: u32, command: Command) -> Heard {
    Heard::Request(Request {
        id: Some(question.number(id)),
        command,
    })
}

fn refused(question: Question, id: u32, refusal: Refusal) -> Heard {
    Heard::Refused {
        id: Some(question.number(id)),
        refusal,
    }
}

fn topic(channel: &str) -> Result<Topic, Refusal> {
    channel::to_topic(channel).ok_or_else(|| {
        field::bad("`channel` must have 1 to 255 bytes, with what stands for `#` and `+` in it")
    })
}

fn denied(why: &'static str) -> Refusal {
    Refusal::new(ErrorCode::PermissionDenied, why)
}

fn subscribe(
    id: u32,
    mut wish: proto::SubscribeRequest,
    user: Option<&UserId>,
    rules: Rules,
) -> Ask {
    if wish.channel.is_empty() || !matches!(&*wish.delta, "" | "fossil") {
        return Ask::Violation;
    }
    let tags = wish.tf.take().map(choice::filter).transpose();
    let (topic, tags) = match check(&wish).and_then(|topic| Ok((topic, tags?))) {
        Ok(known) => known,
        Err(refusal) => return Ask::Heard(refused(Question::Subscribe, id, refusal)),
    };
    let since = wish.recover.then(|| position(&wish.epoch, wish.offset));
    let asked = Subscribe {
        since,
        presence_if_allowed: wish.join_leave,
        deltas: !wish.delta.is_empty(),
        tags: tags.map(Arc::new),
        ..Subscribe::to(TopicFilter::from(&topic))
    };
    let kept = SubscribeWish {
        channel: wish.channel,
        since: since.map(|since| since.offset.0),
        recoverable: wish.recoverable || wish.positioned || wish.recover,
        join_leave: wish.join_leave,
    };
    let id = Some(Question::Subscribe.number(id));
    let heard = if wish.token.is_empty() {
        let lets_in = rules.lets_in(user, &kept.channel);
        let command = Command::Subscribe(Subscribe {
            grant: lets_in.map(|_| Box::default()),
            ..asked
        });
        match lets_in {
            Some(false) => {
                let refusal = denied("the name of the channel does not list the user");
                Heard::Refused { id, refusal }
            }
            Some(true) | None => Heard::Request(Request { id, command }),
        }
    } else {
        Heard::Proven {
            id,
            wish: Box::new(asked),
            proof: proof(wish.token, kept.channel.clone(), user),
        }
    };
    Ask::Subscribe(kept, heard)
}

/// What the hub has no counterpart for is refused, so that the client does not wait for it.
fn check(wish: &proto::SubscribeRequest) -> Result<Topic, Refusal> {
    let topic = topic(&wish.channel)?;
    if wish.r#type != 0 {
        return Err(denied("only streams are served, not maps and polls"));
    }
    if wish.channel.starts_with('$') && wish.token.is_empty() {
        return Err(denied("private channels need a subscription token"));
    }
    Ok(topic)
}

fn renew(id: u32, wish: proto::SubRefreshRequest, user: Option<&UserId>) -> Ask {
    let filter = match topic(&wish.channel) {
        _ if wish.channel.is_empty() => return Ask::Violation,
        _ if wish.r#type != 0 => Err(denied("only streams are served, not polls")),
        _ if wish.token.is_empty() => Err(field::bad("`token` is missing")),
        topic => topic.map(|topic| TopicFilter::from(&topic)),
    };
    let question = Question::SubRefresh;
    Ask::Heard(match filter {
        Ok(filter) => Heard::Renewal {
            id: Some(question.number(id)),
            filter,
            proof: proof(wish.token, wish.channel, user),
        },
        Err(refusal) => refused(question, id, refusal),
    })
}

fn proof(token: String, channel: String, user: Option<&UserId>) -> Proof {
    Proof::Token {
        token: Secret::new(token),
        channel,
        user: user.cloned(),
    }
}

fn publish(wish: proto::PublishRequest) -> Result<Command, Refusal> {
    let topic = topic(&wish.channel)?;
    if wish.r#type != 0 {
        return Err(denied("only streams are served, not maps"));
    }
    if wish.data.is_empty() {
        return Err(field::bad("`data` is missing"));
    }
    let message = Message::of(payload(wish.data)?);
    Ok(Command::Publish(Publish::to(topic, message)))
}

/// Bytes are JSON when they are: clients of the Protobuf dialect do not say.
fn payload(data: Bytes) -> Result<Payload, Refusal> {
    if serde_json::from_slice::<IgnoredAny>(&data).is_ok() && std::str::from_utf8(&data).is_ok() {
        field::json("data", data)
    } else {
        Ok(Payload::Binary(data))
    }
}

fn presence(channel: &str, limit: u32) -> Result<Command, Refusal> {
    Ok(Command::Presence(PresenceQuery {
        topic: topic(channel)?,
        limit,
        after: None,
    }))
}

fn history(wish: proto::HistoryRequest) -> (Question, Result<Command, Refusal>) {
    let question = if wish.reverse {
        Question::HistoryReversed
    } else {
        Question::History
    };
    let since = wish.since.map(|since| position(&since.epoch, since.offset));
    let page = match since {
        None if wish.reverse => HistoryPage::Newest,
        None => HistoryPage::Oldest,
        Some(since) if wish.reverse => HistoryPage::Before(since),
        Some(since) => HistoryPage::After(since),
    };
    // Zero asks where the topic stands, and what is negative for as much as there may be.
    let limit = u32::try_from(wish.limit).map_or(HISTORY_MAX, |limit| limit.min(HISTORY_MAX));
    let query = topic(&wish.channel).and_then(|topic| match page {
        HistoryPage::Before(before) if before.offset == Offset(0) => {
            Err(field::bad("nothing is before the beginning"))
        }
        page => Ok(HistoryQuery { topic, limit, page }),
    });
    (question, query.map(Command::History))
}

fn rpc(call: proto::RpcRequest) -> Result<Command, Refusal> {
    let method = field::method(&call.method).map_err(|refusal| Refusal {
        code: ErrorCode::UnknownMethod,
        ..refusal
    })?;
    let payload = if call.data.is_empty() {
        field::null()
    } else {
        payload(call.data)?
    };
    let message = Message::of(payload);
    Ok(Command::Call { method, message })
}
