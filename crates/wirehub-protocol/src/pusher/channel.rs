//! The name of a topic among clients and servers of Pusher, who call it a channel.
//!
//! A channel is made of letters, digits and `_-=@,.;`. Its `.` is the topic's `/`, so the channel
//! `private-orders.42` is the topic `private-orders/42`. What a channel cannot hold is escaped as
//! `=XX`, one for each byte of UTF-8: a `.` of the topic is `=2E`, a `:` is `=3A`.
//!
//! A `=` is itself, except where it would read as such an escape: there a `3D` is put behind it,
//! and taken away on the way back. So `a=b` and even `a=41` are the same on both sides, only `=2E`
//! is `=3D2E`. No two channels are one topic, and every topic has its channel, except those that
//! begin with `$`, which are the hub's own.
//!
//! Apps of their own [scope](Scope) keep their channels apart from those of others.

use std::sync::Arc;

use wirehub_model::{Asked, Topic, TopicError};

use super::user::SERVER_TO_USER;

/// Bytes of the longest channel that the libraries of servers take.
const BYTES_MAX: usize = 200;

/// Whose channels are meant: those of the whole hub, or of an app that has its own. The topics of
/// a scope lie beneath a level of their own: the channel `news` of the scope `shop` is the topic
/// `~shop/news`. Cloning shares the text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scope(Option<Arc<str>>);

impl Scope {
    /// The longest name, so that every channel within has its topic.
    pub const BYTES_MAX: usize = 40;

    /// The scope of this name; `None` when it is not 1 to [`Scope::BYTES_MAX`] letters, digits,
    /// `_` and `-`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        is_scope(name).then(|| Self(Some(name.into())))
    }

    /// The name, unless it is the whole hub.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

/// What a channel demands and does, by how its name begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChannelKind {
    /// Who gets in.
    pub door: ChannelDoor,
    /// The last event is kept for whoever comes.
    pub cache: bool,
}

/// Who gets into a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChannelDoor {
    /// Everybody.
    Public,
    /// Whoever has a signature of the application's.
    Private,
    /// The same, and the server cannot read what is said.
    Encrypted,
    /// Whoever has a signature that says who it is; everybody sees who is there.
    Presence,
    /// The user that it belongs to, once it has signed in.
    User,
}

impl ChannelKind {
    /// The kind of a channel of this name.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let doors = [
            ("private-encrypted-", ChannelDoor::Encrypted),
            ("private-", ChannelDoor::Private),
            ("presence-", ChannelDoor::Presence),
            (SERVER_TO_USER, ChannelDoor::User),
        ];
        let found = doors
            .into_iter()
            .find_map(|(prefix, door)| Some((name.strip_prefix(prefix)?, door)));
        let (rest, door) = found.unwrap_or((name, ChannelDoor::Public));
        Self {
            door,
            cache: door != ChannelDoor::User && rest.starts_with("cache-"),
        }
    }

    /// Whether a client needs a signature for it.
    #[must_use]
    pub const fn needs_auth(self) -> bool {
        !matches!(self.door, ChannelDoor::Public | ChannelDoor::User)
    }

    /// Whether clients may speak on it: what they say on an encrypted one nobody could read, and on
    /// a public one anybody could say it.
    #[must_use]
    pub const fn takes_client_events(self) -> bool {
        matches!(self.door, ChannelDoor::Private | ChannelDoor::Presence)
    }

    /// Whether it is told who is there.
    #[must_use]
    pub const fn has_members(self) -> bool {
        matches!(self.door, ChannelDoor::Presence)
    }
}

/// Why a text names no channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    /// There is no text.
    #[error("channel is empty")]
    Empty,
    /// It is longer than the libraries of servers take.
    #[error("channel has {0} bytes, more than {BYTES_MAX}")]
    TooLong(usize),
    /// It holds something else than letters, digits and `_-=@,.;`.
    #[error("channel may hold letters, digits and _ - = @ , . ; and nothing else")]
    Character,
    /// It lies in the scope of another app.
    #[error("channel belongs to another app")]
    Elsewhere,
}

/// The topic that a channel of a scope is.
///
/// # Errors
/// When the text names no channel, or one of another app.
pub fn topic_of(scope: &Scope, channel: &str) -> Result<Topic, ChannelError> {
    check(channel)?;
    let mut name = match scope.name() {
        Some(scope) => format!("~{scope}/"),
        None => String::with_capacity(channel.len()),
    };
    let mut rest = channel;
    while let Some(first) = rest.chars().next() {
        let taken = match escape_at(rest, rest.len() == channel.len()) {
            Some(Escape { text, c: Some(c) }) => {
                name.push(c);
                text.len()
            }
            Some(Escape { text, c: None }) => {
                name.push('=');
                name.push_str(text.get("=3D".len()..).unwrap_or_default());
                text.len()
            }
            None => {
                name.push(if first == '.' { '/' } else { first });
                first.len_utf8()
            }
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    if scope.name().is_none() && scope_of(&name).is_some() {
        return Err(ChannelError::Elsewhere);
    }
    Topic::parse(&name).map_err(|error| match error {
        TopicError::TooLong(length) => ChannelError::TooLong(length),
        _ => ChannelError::Character,
    })
}

/// The channel that a topic is in its scope; none for a topic that begins with `$`.
#[must_use]
pub fn channel_of(topic: &Topic) -> Option<String> {
    let name = within_scope(topic.as_str());
    if name.is_empty() || name.starts_with('$') {
        return None;
    }
    let mut channel = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let taken = match escape_at(rest, rest.len() == name.len()) {
            Some(Escape { text, .. }) => {
                channel.push_str("=3D");
                channel.push_str(text.get(1..).unwrap_or_default());
                text.len()
            }
            None => {
                push_in_channel(&mut channel, first);
                first.len_utf8()
            }
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    Some(channel)
}

/// The kind of the channel that a topic is.
#[must_use]
pub fn kind_of_topic(topic: &Topic) -> ChannelKind {
    // What the kinds are told by is spelled the same on both sides.
    ChannelKind::of(within_scope(topic.as_str()))
}

/// What the name of a topic asks for, beside what its namespace gives.
#[must_use]
pub fn asked_by_name(topic: &Topic) -> Asked {
    let kind = kind_of_topic(topic);
    Asked {
        presence: kind.has_members(),
        retained: kind.cache,
    }
}

/// The topic's name without the level of its scope.
fn within_scope(name: &str) -> &str {
    scope_of(name).map_or(name, |(_, rest)| rest)
}

/// The scope that a topic's name begins with, and the rest of the name.
pub(super) fn scope_of(name: &str) -> Option<(&str, &str)> {
    let (scope, rest) = name.strip_prefix('~')?.split_once('/')?;
    is_scope(scope).then_some((scope, rest))
}

fn is_scope(name: &str) -> bool {
    (1..=Scope::BYTES_MAX).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

fn check(channel: &str) -> Result<(), ChannelError> {
    match channel.len() {
        0 => Err(ChannelError::Empty),
        length if length > BYTES_MAX => Err(ChannelError::TooLong(length)),
        _ if channel.chars().all(is_in_channel) => Ok(()),
        _ => Err(ChannelError::Character),
    }
}

/// Whether a channel may hold the character.
const fn is_in_channel(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '=' | '@' | ',' | '.' | ';')
}

/// Whether a topic may hold the character, and a channel holds it only escaped. At the start, `$`
/// makes a topic the hub's own.
fn is_escaped(c: char, start: bool) -> bool {
    match c {
        '.' => true,
        '/' | '+' | '#' => false,
        '$' => !start,
        _ => !is_in_channel(c) && !c.is_control(),
    }
}

/// A text that reads as an escape.
struct Escape<'a> {
    /// All of it, with the `=` in front.
    text: &'a str,
    /// What it stands for; `None` for a `=` and what stands behind the `3D`.
    c: Option<char>,
}

/// The escape that a text begins with; `start` says that the text is the beginning of the name.
fn escape_at(text: &str, start: bool) -> Option<Escape<'_>> {
    let mut code = text.strip_prefix('=')?;
    let mut is_layered = false;
    while let Some(behind) = code.strip_prefix("3D") {
        (code, is_layered) = (behind, true);
    }
    let (c, length) = character(code)?;
    let text = text.get(..text.len() - code.len() + length)?;
    is_escaped(c, start).then_some(Escape {
        text,
        c: (!is_layered).then_some(c),
    })
}

/// The character whose bytes a text names, `C3=A9` for instance, and how long that is.
fn character(code: &str) -> Option<(char, usize)> {
    let digits = |code: &str| {
        let pair = code.as_bytes().first_chunk::<2>()?;
        let [high, low] = pair.map(digit);
        Some(high? << 4 | low?)
    };
    let mut bytes = [digits(code)?, 0, 0, 0];
    let (mut count, mut rest) = (1, code.get(2..)?);
    loop {
        if let Ok(text) = std::str::from_utf8(bytes.get(..count)?) {
            return Some((text.chars().next()?, code.len() - rest.len()));
        }
        rest = rest.strip_prefix('=')?;
        *bytes.get_mut(count)? = digits(rest)?;
        (count, rest) = (count + 1, rest.get(2..)?);
    }
}

/// The value of a digit as escapes are written, in upper case.
const fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Puts a character of a topic into the name of a channel.
fn push_in_channel(channel: &mut String, c: char) {
    if c == '/' {
        channel.push('.');
    } else if is_in_channel(c) && c != '.' {
        channel.push(c);
    } else {
        let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            channel.push('=');
            channel.extend([byte >> 4, byte & 15].map(|nibble| digit(nibble).to_ascii_uppercase()));
        }
    }
}

#[cfg(test)]
mod tests;
