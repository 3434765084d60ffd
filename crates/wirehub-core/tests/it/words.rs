//! Short ways to say what clients say.

use std::{sync::Arc, time::Duration};

use wirehub_model::{
    Address, Capabilities, Command, ConnectionId, Key, Message, Moment, Namespace, Pace, Payload,
    Position, PresenceQuery, Principal, Publish, Resume, Secret, SessionToken, Subscribe, Topic,
    TopicFilter, UserId,
};

pub(crate) fn topic(name: &str) -> Topic {
    Topic::parse(name).unwrap()
}

pub(crate) fn filter(text: &str) -> TopicFilter {
    TopicFilter::parse(text).unwrap()
}

pub(crate) fn user_id(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

/// The moment `seconds` after the start.
pub(crate) fn at(seconds: u64) -> Moment {
    Moment::ZERO + Duration::from_secs(seconds)
}

pub(crate) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A user who may do everything.
pub(crate) fn user(name: &str) -> Principal {
    seeing(able(name, &["#"], &["#", "$users/#", "$connections/#"]))
}

/// The same client, who may also see who is on any topic.
pub(crate) fn seeing(principal: Principal) -> Principal {
    let capabilities = Capabilities {
        presence: vec![filter("#")],
        ..(*principal.capabilities).clone()
    };
    Principal {
        capabilities: Arc::new(capabilities),
        ..principal
    }
}

/// A user with capabilities.
pub(crate) fn able(name: &str, subscribe: &[&str], publish: &[&str]) -> Principal {
    let filters = |texts: &[&str]| texts.iter().map(|text| filter(text)).collect();
    Principal {
        user: Some(user_id(name)),
        capabilities: Arc::new(Capabilities {
            subscribe: filters(subscribe),
            publish: filters(publish),
            ..Capabilities::default()
        }),
        ..Principal::default()
    }
}

pub(crate) fn message(text: &str) -> Message {
    Message::of(Payload::Json(text.as_bytes().to_vec().into()))
}

pub(crate) fn connect() -> Command {
    let token = Some(Secret::new("token".to_owned()));
    Command::Connect {
        token,
        resume: None,
        since: Vec::new(),
        subscribe: Vec::new(),
    }
}

pub(crate) fn refresh() -> Command {
    let token = Secret::new("token".to_owned());
    Command::Refresh { token }
}

pub(crate) fn subscribe(text: &str) -> Command {
    Command::Subscribe(Subscribe::to(filter(text)))
}

pub(crate) fn subscribe_since(text: &str, since: Position) -> Command {
    Command::Subscribe(Subscribe {
        since: Some(since),
        ..Subscribe::to(filter(text))
    })
}

/// Subscribes and asks for deltas.
pub(crate) fn subscribe_to_deltas(text: &str, since: Option<Position>) -> Command {
    Command::Subscribe(Subscribe {
        since,
        deltas: true,
        ..Subscribe::to(filter(text))
    })
}

/// Goes on with a session of which nothing arrived.
pub(crate) fn resume(session: SessionToken) -> Command {
    Command::Resume(Box::new(Resume {
        session,
        received: 0,
        offsets: Vec::new(),
    }))
}

/// Subscribes and asks to be told who comes and goes.
pub(crate) fn watch(name: &str) -> Command {
    Command::Subscribe(Subscribe {
        presence: true,
        ..Subscribe::to(filter(name))
    })
}

/// Asks who is on a topic.
pub(crate) fn who_is_on(name: &str, limit: u32, after: Option<ConnectionId>) -> Command {
    let topic = topic(name);
    Command::Presence(PresenceQuery {
        topic,
        limit,
        after,
    })
}

pub(crate) fn state(name: &str, text: &str) -> Command {
    Command::State {
        topic: topic(name),
        state: Some(message(text).payload),
    }
}

/// A namespace of this pattern with presence.
pub(crate) fn social(pattern: &str) -> Namespace {
    Namespace {
        presence: true,
        ..Namespace::new(filter(pattern))
    }
}

pub(crate) fn subscribe_at_pace(text: &str, every: Duration, level: Option<u8>) -> Command {
    Command::Subscribe(Subscribe {
        pace: Some(Pace { every, level }),
        ..Subscribe::to(filter(text))
    })
}

pub(crate) fn unsubscribe(text: &str) -> Command {
    let filter = filter(text);
    Command::Unsubscribe { filter }
}

pub(crate) fn publish(name: &str, text: &str) -> Command {
    Command::Publish(Publish::to(topic(name), message(text)))
}

pub(crate) fn publish_for(name: &str, text: &str, ttl: Duration) -> Command {
    Command::Publish(Publish {
        ttl: Some(ttl),
        ..Publish::to(topic(name), message(text))
    })
}

pub(crate) fn publish_about(name: &str, key: &str, text: &str) -> Command {
    Command::Publish(Publish {
        key: Some(Key::parse(key).unwrap()),
        ..Publish::to(topic(name), message(text))
    })
}

pub(crate) fn publish_without_echo(name: &str, text: &str) -> Command {
    Command::Publish(Publish {
        echo: false,
        ..Publish::to(topic(name), message(text))
    })
}

pub(crate) fn send_to_user(name: &str, text: &str) -> Command {
    Command::Send {
        to: Address::User(user_id(name)),
        message: message(text),
    }
}

pub(crate) fn send_to_connection(id: ConnectionId, text: &str) -> Command {
    Command::Send {
        to: Address::Connection(id),
        message: message(text),
    }
}

pub(crate) fn call(method: &str) -> Command {
    Command::Call {
        method: method.to_owned(),
        message: message("{}"),
    }
}
