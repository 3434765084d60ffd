//! What the session tells the application.

mod fields;

use serde::Deserialize as _;
use serde_json::Value;

use self::fields::{Answer, Change, Event, content};
use crate::{
    Error, History, Message, Missed, Published, Subscribed, Update,
    reply::Reply,
    session::{Failure, Object},
};

/// Something that the session tells, sorted by who is to hear of it.
#[derive(Debug)]
pub(crate) enum Told {
    Message(Message),
    Began(String, Subscribed),
    Ended(String, Error),
    Update(String, Update),
    Alert { cause: String, detail: String },
}

/// Reads an event; `None` when it says nothing that this version knows.
pub(crate) fn told(event: Value) -> Option<Told> {
    Some(match Event::deserialize(event).ok()? {
        Event::Message(message) => Told::Message(message.read(None)?),
        Event::Subscribed { topic, standing } => Told::Began(topic, standing.subscribed()),
        Event::Unsubscribed {
            topic,
            reason,
            message,
        } => Told::Ended(topic, refused(reason, message, false)),
        Event::Gap { topic, reason } => Told::Update(topic, Update::Missed(Missed::Away(reason))),
        Event::Joined(Change {
            topic,
            member,
            edge,
            ..
        }) => {
            let member = member.read();
            Told::Update(topic, Update::Joined { member, edge })
        }
        Event::Left(Change {
            topic,
            member,
            edge,
            ..
        }) => {
            let member = member.read();
            Told::Update(topic, Update::Left { member, edge })
        }
        Event::Changed(Change {
            topic, member, was, ..
        }) => {
            let member = member.read();
            Told::Update(topic, Update::Changed { member, was })
        }
        Event::Occupancy {
            topic,
            connections,
            users,
        } => Told::Update(topic, Update::Occupancy { connections, users }),
        Event::Error { code, message } => Told::Alert {
            cause: code,
            detail: message,
        },
        Event::Alert { cause, detail } => Told::Alert { cause, detail },
        Event::Other => return None,
    })
}

/// Reads the answer to a request.
pub(crate) fn answer(result: Result<Object, Failure>) -> Result<Reply, Error> {
    let fields = match result {
        Ok(fields) => fields,
        Err(failure) => return Err(failed(failure)),
    };
    let answer = Answer::deserialize(Value::Object(fields)).map_err(|error| Error::data(&error))?;
    let position = answer.standing.position();
    let messages = answer.messages.map(|messages| {
        let messages = messages.into_iter();
        // Who asked knows the topic.
        messages
            .filter_map(|message| message.read(Some("")))
            .collect()
    });
    Ok(Reply {
        published: position.clone().map(|position| Published {
            position,
            duplicate: answer.duplicate,
        }),
        data: content(answer.data, answer.binary),
        presence: answer
            .page
            .connections
            .is_some()
            .then(|| answer.page.read(answer.more)),
        history: position.zip(messages).map(|(position, messages)| History {
            position,
            messages,
            more: answer.more,
        }),
    })
}

fn failed(failure: Failure) -> Error {
    match failure.code.as_str() {
        "timeout" => Error::Timeout,
        "disconnected" => Error::Disconnected,
        "queue_full" => Error::QueueFull,
        "stopped" | "cancelled" => Error::Stopped {
            message: failure.message,
        },
        _ => refused(failure.code, failure.message, failure.retry),
    }
}

fn refused(code: String, message: String, retry: bool) -> Error {
    Error::Refused {
        code: code.into(),
        message,
        retry,
    }
}
