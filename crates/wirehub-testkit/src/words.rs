//! Short words for the trace.

use wirehub_core::Relay;
use wirehub_model::{Address, Command, Position, Publication, Recovery, Reply, Subscribed};

use crate::letter::{Heard, Letter, number};

/// What a client asks.
pub(crate) fn command(command: &Command) -> String {
    match command {
        Command::Subscribe(wish) => {
            let since = wish.since.map(|since| format!(" since {}", place(since)));
            let watch = if wish.presence { " with presence" } else { "" };
            let ack = if wish.ack { " with acks" } else { "" };
            let deltas = if wish.deltas { " with deltas" } else { "" };
            format!(
                "subscribe {}{}{ack}{watch}{deltas}",
                wish.filter,
                since.unwrap_or_default()
            )
        }
        Command::Ack { topic, offset } => format!("ack {topic} up to {offset}"),
        Command::State { topic, state } => {
            format!("state {:?} on {topic}", state.as_ref().and_then(number))
        }
        Command::Unsubscribe { filter } => format!("unsubscribe {filter}"),
        Command::Publish(wish) => {
            let number = number(&wish.message.payload).unwrap_or_default();
            let ttl = wish.ttl.map(|ttl| format!(" for {ttl:?}"));
            let ttl = ttl.unwrap_or_default();
            let echo = if wish.echo { "" } else { " without echo" };
            let key = wish.key.as_ref().map(|key| format!(" on {}", key.as_str()));
            let key = key.unwrap_or_default();
            let once = if wish.idempotency_key.is_some() {
                " once"
            } else {
                ""
            };
            format!("publish p{number}{key}{once} to {}{ttl}{echo}", wish.topic)
        }
        Command::Send { to, message } => {
            let number = number(&message.payload).unwrap_or_default();
            match to {
                Address::User(user) => format!("send d{number} to {}", user.as_str()),
                Address::Connection(connection) => format!("send d{number} to {connection}"),
            }
        }
        other => format!("{other:?}"),
    }
}

/// What a client is told.
pub(crate) fn letter(letter: &Letter) -> String {
    match letter {
        Letter::Welcome {
            connection, user, ..
        } => {
            let user = user.as_ref().map_or("nobody", |user| user.as_str());
            format!("welcome {connection} of {user}")
        }
        Letter::Reply { id, reply } => format!("#{id} {}", answer(reply)),
        Letter::Refused { id, refusal } => {
            let id = id.map(|id| format!("#{id} ")).unwrap_or_default();
            format!("{id}refused: {}", refusal.code.name())
        }
        Letter::Publication(heard) => heard_words(heard),
        Letter::Batch(entries) => {
            let entries = entries.iter().map(|(heard, count)| {
                let count = if *count > 1 {
                    format!(" x{count}")
                } else {
                    String::new()
                };
                format!("{}{count}", heard_words(heard))
            });
            format!("together: {}", entries.collect::<Vec<_>>().join(", "))
        }
        Letter::Delta { heard, since } => {
            let since = since.map(|since| format!(" since {}", place(since)));
            format!("{}{}", heard_words(heard), since.unwrap_or_default())
        }
        Letter::Retained(heard) => format!("retained {}", heard_words(heard)),
        Letter::Subscribed { filter, subscribed } => format!("{filter}: {}", standing(subscribed)),
        Letter::Presence(change) => {
            let was = change.was.map(|was| format!(" in place of {was}"));
            let (kind, member) = (change.kind.name(), &change.member);
            let edge = if change.edge { ", edge" } else { "" };
            let state = member.state.as_ref().and_then(number);
            let (connection, topic, was) =
                (member.connection, &change.topic, was.unwrap_or_default());
            format!("{kind} {connection}{was} on {topic}, state {state:?}{edge}")
        }
        Letter::Direct { number } => format!("d{}", number.unwrap_or_default()),
        Letter::Unsubscribed { filter, code } => format!("unsubscribed {filter}: {}", code.name()),
        Letter::Close(reason) => format!("close {}", reason.name()),
        Letter::Other(what) => (*what).to_owned(),
        Letter::Pong
        | Letter::Spread
        | Letter::Heartbeat
        | Letter::HeartbeatReply
        | Letter::Reconnect => format!("{letter:?}").to_lowercase(),
    }
}

/// What a shard tells another.
pub(crate) fn relay(relay: &Relay) -> String {
    match relay {
        Relay::DeliverMany(gathered) => format!("deliver {} together", gathered.len()),
        Relay::Deliver(publication, _) => format!("deliver {}", publication_words(publication)),
        other => format!("{other:?}"),
    }
}

fn heard_words(heard: &Heard) -> String {
    let number = heard.number.map(|number| format!("p{number}"));
    let number = number.unwrap_or_else(|| "something".to_owned());
    let key = heard
        .key
        .as_ref()
        .map(|key| format!(" on {}", key.as_str()));
    let key = key.unwrap_or_default();
    format!(
        "{number}{key} at {} of {}",
        place(heard.position),
        heard.topic
    )
}

fn publication_words(publication: &Publication) -> String {
    let number = number(&publication.message.payload).unwrap_or_default();
    let position = place(publication.position);
    format!("p{number} at {position} of {}", publication.topic)
}

fn answer(reply: &Reply) -> String {
    match reply {
        Reply::Done => "done".to_owned(),
        Reply::Subscribed(subscribed) => standing(subscribed),
        Reply::Published(published) => {
            let again = if published.duplicate { " before" } else { "" };
            format!("published{again} at {}", place(published.position))
        }
        other => format!("{other:?}"),
    }
}

fn standing(subscribed: &Subscribed) -> String {
    let at = subscribed
        .position
        .map(|position| format!(" at {}", place(position)));
    let recovery = match subscribed.recovery {
        None => String::new(),
        Some(Recovery::Complete) => ", recovered".to_owned(),
        Some(Recovery::Incomplete(gap)) => format!(", not recovered: {}", gap.name()),
    };
    let members = subscribed.presence.as_ref().map(|page| {
        let names = page
            .members
            .iter()
            .map(|member| member.connection.to_string());
        format!(", members {}", names.collect::<Vec<_>>().join(" "))
    });
    let (at, members) = (at.unwrap_or_default(), members.unwrap_or_default());
    format!("subscribed{at}{recovery}{members}")
}

/// A position: the offset, and enough of the epoch to tell it from others.
fn place(position: Position) -> String {
    let epoch = position.epoch.to_string();
    let epoch = epoch.get(..3).unwrap_or(&epoch);
    format!("{}@{epoch}", position.offset)
}
