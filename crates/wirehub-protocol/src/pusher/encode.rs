//! From events to text.

use serde::Serialize;
use wirehub_model::{
    Event, Member, Message, PresenceChange, PresenceKind, PresencePage, Publication, UserId,
};

use super::{
    channel::{channel_of, kind_of_topic},
    payload::text_of,
    user::{channel_of_user, id_of},
};

/// The event of a message that has none: in Pusher each has one.
const UNNAMED: &str = "message";

/// Says what goes to many, the same to all of them. `false` says nothing, with `out` untouched:
/// what this protocol has no word for, and what each client is told in its own way.
pub(crate) fn encode(event: &Event<'_>, out: &mut Vec<u8>) -> bool {
    match event {
        Event::Publication(publication)
        | Event::Retained(publication)
        | Event::Delta { publication, .. } => say_publication(publication, out),
        Event::Presence(change) => say_change(change, out),
        Event::Occupancy { topic, occupancy } => {
            let Some(channel) = channel_of(topic) else {
                return false;
            };
            let count = SubscriptionCount {
                subscription_count: occupancy.connections,
            };
            say(
                "pusher_internal:subscription_count",
                Some(&channel),
                &json(&count),
                None,
                out,
            );
            true
        }
        Event::Direct(direct) => {
            let channel = direct.user.as_ref().map(channel_of_user);
            say_message(&direct.message, channel.as_deref(), None, out);
            true
        }
        Event::Watchlist { online, offline } => {
            say_watchlist(online, offline, out);
            true
        }
        Event::Pong => {
            say("pusher:pong", None, "{}", None, out);
            true
        }
        _ => false,
    }
}

/// Which users of a watchlist came and went.
fn say_watchlist(online: &[UserId], offline: &[UserId], out: &mut Vec<u8>) {
    let named = [("online", online), ("offline", offline)];
    let named = named.into_iter().filter(|(_, users)| !users.is_empty());
    let events = named.map(|(name, users)| WatchlistEvent {
        name,
        user_ids: users.iter().map(id_of).collect(),
    });
    let data = WatchlistEvents {
        events: events.collect(),
    };
    let event = "pusher_internal:watchlist_events";
    say(event, None, &json(&data), None, out);
}

/// A message of the server: `data` is a text, which libraries other than pusher-js insist on.
pub(super) fn say(
    event: &str,
    channel: Option<&str>,
    data: &str,
    user: Option<&str>,
    out: &mut Vec<u8>,
) {
    let said = Said {
        event,
        channel,
        data,
        user_id: user,
    };
    // Writing strings to memory does not fail.
    let _ = serde_json::to_writer(out, &said);
}

/// What the application says, on a channel or on none.
fn say_message(message: &Message, channel: Option<&str>, user: Option<&str>, out: &mut Vec<u8>) {
    let event = message
        .event
        .as_ref()
        .map_or(UNNAMED, |event| event.as_str());
    say(event, channel, &text_of(&message.payload), user, out);
}

/// Who is on a channel, as its subscribers are told when they come.
pub(super) fn presence(page: &PresencePage) -> String {
    let mut users: Vec<(String, &str)> = Vec::new();
    for member in &page.members {
        users.push((user_id(member), info(member)));
    }
    // A user with several connections is one member.
    users.sort_by(|one, other| one.0.cmp(&other.0));
    users.dedup_by(|one, other| one.0 == other.0);
    let listed = users.len() as u64;
    let count = if page.more {
        listed.max(page.occupancy.users)
    } else {
        listed
    };
    let mut data = String::from(r#"{"presence":{"ids":["#);
    let list = |data: &mut String, write: &dyn Fn(&mut String, &(String, &str))| {
        for (place, user) in users.iter().enumerate() {
            if place > 0 {
                data.push(',');
            }
            write(data, user);
        }
    };
    list(&mut data, &|data, (id, _)| data.push_str(&json(id)));
    data.push_str(r#"],"hash":{"#);
    list(&mut data, &|data, (id, info)| {
        data.push_str(&json(id));
        data.push(':');
        data.push_str(info);
    });
    data.push_str(&format!(r#"}},"count":{count}}}}}"#));
    data
}

/// One JSON value as text.
pub(super) fn json(value: &impl Serialize) -> String {
    // These are structs of strings and numbers, which can always be written.
    serde_json::to_string(value).unwrap_or_default()
}

#[derive(Serialize)]
struct Said<'a> {
    event: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'a str>,
    data: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
}

#[derive(Serialize)]
struct WatchlistEvents<'a> {
    events: Vec<WatchlistEvent<'a>>,
}

#[derive(Serialize)]
struct WatchlistEvent<'a> {
    name: &'static str,
    user_ids: Vec<&'a str>,
}

#[derive(Serialize)]
struct SubscriptionCount {
    subscription_count: u64,
}

fn say_publication(publication: &Publication, out: &mut Vec<u8>) -> bool {
    let Some(channel) = channel_of(&publication.topic) else {
        return false;
    };
    let event = publication.message.event.as_ref();
    // What clients say on presence channels says who they are.
    let is_client_event = event.is_some_and(|event| event.as_str().starts_with("client-"));
    let user = if is_client_event && kind_of_topic(&publication.topic).has_members() {
        let from = publication.from.as_ref();
        from.and_then(|from| from.user.as_ref())
    } else {
        None
    };
    let user = user.map(id_of);
    say_message(&publication.message, Some(&channel), user, out);
    true
}

/// A user comes with its first connection and goes with its last.
fn say_change(change: &PresenceChange, out: &mut Vec<u8>) -> bool {
    let Some(channel) = channel_of(&change.topic).filter(|_| change.edge) else {
        return false;
    };
    let id = json(&user_id(&change.member));
    let (event, data) = match change.kind {
        PresenceKind::Joined => {
            let info = info(&change.member);
            let data = format!(r#"{{"user_id":{id},"user_info":{info}}}"#);
            ("pusher_internal:member_added", data)
        }
        PresenceKind::Left => (
            "pusher_internal:member_removed",
            format!(r#"{{"user_id":{id}}}"#),
        ),
        PresenceKind::Changed => return false,
    };
    say(event, Some(&channel), &data, None, out);
    true
}

/// Every member has an identity here; that of an anonymous one is its connection's name.
fn user_id(member: &Member) -> String {
    match &member.user {
        Some(user) => id_of(user).to_owned(),
        None => member.connection.to_string(),
    }
}

fn info(member: &Member) -> &str {
    member.info.as_deref().unwrap_or("null")
}
