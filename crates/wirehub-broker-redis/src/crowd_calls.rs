//! What the server is asked about members, and what it answers.

use std::sync::Arc;

use redis::Value;
use wirehub_broker::{
    BrokerError, Members, MembersQuery, NodeName,
    stored::{decode_member, encode_member},
};
use wirehub_model::{ConnectionId, Member, Occupancy, Topic};

use crate::{
    command::Command,
    failure::answered_of,
    keys::Keys,
    reply::{bytes, list, number, text},
    scripts::ScriptName,
};

/// Digits of a connection in a place, so that the order of texts is that of connections.
const DIGITS: usize = 16;

/// The most members of one page.
const PAGE_MAX: usize = 10_000;

/// A member as it is held by an incarnation of a node: its connection and its topic.
pub(crate) struct Held {
    pub(crate) topic: Topic,
    pub(crate) connection: ConnectionId,
}

impl Held {
    pub(crate) fn written(&self) -> Vec<u8> {
        let connection = self.connection.number();
        format!("{connection:016x}{}", self.topic.as_str()).into_bytes()
    }

    pub(crate) fn read(written: &str) -> Option<Self> {
        let (connection, topic) = written.split_at_checked(DIGITS)?;
        Some(Self {
            topic: Topic::parse(topic).ok()?,
            connection: connection_of(connection)?,
        })
    }
}

/// A member comes or changes. It is noted under this number that the node holds it before that, so
/// that whoever ends the node finds it.
pub(crate) fn enter(
    keys: &Keys,
    topic: &Topic,
    member: &Member,
    (node, incarnation): (&NodeName, &str),
    (number, bound): (u64, usize),
) -> Vec<Command> {
    let held = Held {
        topic: topic.clone(),
        connection: member.connection,
    };
    let user = member.user.as_ref().map(|user| user.as_str());
    let length = user.map_or(-1, |user| i64::try_from(user.len()).unwrap_or_default());
    let mut value = format!("{incarnation} {length} {}", user.unwrap_or_default()).into_bytes();
    value.extend_from_slice(&encode_member(member));
    let notes = keys.held(incarnation);
    let mut note = redis::cmd("HSET");
    note.arg(&notes).arg(held.written()).arg(number);
    let arguments = vec![
        place(member.connection, node).into_bytes(),
        value,
        node.as_str().into(),
        bound.to_string().into_bytes(),
    ];
    vec![
        Command::Plain(notes, note),
        Command::Script(ScriptName::Enter, keys.crowd(topic), arguments),
    ]
}

pub(crate) fn entered(topic: &Topic, value: Value, bound: usize) -> Result<(), BrokerError> {
    match number(Some(answered_of(topic, value)?))? {
        0 => Err(BrokerError::TooManyMembers(bound)),
        _ => Ok(()),
    }
}

/// A member goes. When that is done its note goes too, by [`release`].
pub(crate) fn leave(keys: &Keys, held: &Held, (node, incarnation): (&NodeName, &str)) -> Command {
    let arguments = vec![
        place(held.connection, node).into_bytes(),
        incarnation.into(),
        node.as_str().into(),
    ];
    Command::Script(ScriptName::Leave, keys.crowd(&held.topic), arguments)
}

/// Members that have gone are held no longer, unless they were noted again after this number.
pub(crate) fn release<'a>(
    keys: &Keys,
    incarnation: &str,
    held: impl Iterator<Item = &'a Held>,
    number: u64,
) -> Command {
    let number = number.to_string().into_bytes();
    let arguments = held
        .flat_map(|held| [held.written(), number.clone()])
        .collect();
    Command::Script(ScriptName::Release, vec![keys.held(incarnation)], arguments)
}

/// Whom a stay of a node holds.
pub(crate) fn holds(keys: &Keys, incarnation: &str) -> Command {
    let notes = keys.held(incarnation);
    let mut holds = redis::cmd("HKEYS");
    holds.arg(&notes);
    Command::Plain(notes, holds)
}

/// A page of members.
pub(crate) fn members(keys: &Keys, query: &MembersQuery) -> Command {
    let after = query.after.as_ref();
    let after = after.map(|(connection, node)| place(*connection, node));
    let arguments = vec![
        after.unwrap_or_default().into_bytes(),
        query.limit.min(PAGE_MAX).to_string().into_bytes(),
    ];
    Command::Script(ScriptName::Members, keys.crowd(&query.topic), arguments)
}

pub(crate) fn listed(topic: &Topic, value: Value) -> Result<Members, BrokerError> {
    let mut parts = list(answered_of(topic, value)?)?;
    let (connections, users) = (number(parts.next())?, number(parts.next())?);
    let version = number(parts.next())?;
    let mut page = list(parts.next().unwrap_or_default())?;
    let mut members = Vec::new();
    while let (Some(place), member) = (page.next(), page.next()) {
        let place = text(Some(place))?;
        let node = place
            .get(DIGITS..)
            .and_then(|node| NodeName::parse(node).ok());
        let member = decode_member(&bytes(member)?);
        let damaged = |reason: String| BrokerError::Damaged {
            topic: topic.clone(),
            reason,
        };
        let node = node.ok_or_else(|| damaged("a place of a member".to_owned()))?;
        let member = member.map_err(|error| damaged(format!("a member: {error}")))?;
        members.push((node, Arc::new(member)));
    }
    Ok(Members {
        occupancy: Occupancy { connections, users },
        members,
        more: number(parts.next())? == 1,
        version,
    })
}

fn place(connection: ConnectionId, node: &NodeName) -> String {
    format!("{:016x}{node}", connection.number())
}

fn connection_of(digits: &str) -> Option<ConnectionId> {
    let number = u64::from_str_radix(digits, 16).ok()?;
    Some(ConnectionId::from_number(number))
}
