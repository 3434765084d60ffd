//! How an occurrence is written down for a broker.

use wirehub_core::OccurrenceKind;

use crate::Occurred;

/// How an occurrence is written down for a broker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// A CloudEvent in JSON, with all there is to say.
    #[default]
    CloudEvent,
    /// A word and what it is about: `DISCONNECT:` and the connection.
    Words,
}

impl Form {
    /// Writes one down.
    #[must_use]
    pub fn write(self, occurred: &Occurred) -> String {
        match self {
            Self::CloudEvent => occurred.to_json(),
            Self::Words => format!("{}:{}", word(occurred.kind()), occurred.subject()),
        }
    }

    /// What media type that is.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::CloudEvent => "application/cloudevents+json; charset=utf-8",
            Self::Words => "text/plain; charset=utf-8",
        }
    }
}

/// The word for a kind.
const fn word(kind: OccurrenceKind) -> &'static str {
    match kind {
        OccurrenceKind::Connected => "CONNECT",
        OccurrenceKind::Disconnected => "DISCONNECT",
        OccurrenceKind::Resumed => "RESUME",
        OccurrenceKind::SessionEnded => "SESSION_END",
        OccurrenceKind::Subscribed => "SUBSCRIBE",
        OccurrenceKind::Unsubscribed => "UNSUBSCRIBE",
        OccurrenceKind::Occupied => "OCCUPY",
        OccurrenceKind::Vacated => "VACATE",
        OccurrenceKind::Joined => "JOIN",
        OccurrenceKind::Left => "LEAVE",
        OccurrenceKind::Changed => "CHANGE",
        OccurrenceKind::Published => "PUBLISH",
        OccurrenceKind::Announced => "ANNOUNCE",
        OccurrenceKind::FoundEmpty => "FIND_EMPTY",
        OccurrenceKind::Counted => "COUNT",
        OccurrenceKind::Limited => "LIMIT",
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use wirehub_core::Occurrence;
    use wirehub_model::{CloseCause, ConnectionId, Topic};

    use super::*;
    use crate::Source;

    #[test]
    fn words_are_those_of_a_line() {
        let source = Source::new("n", 1);
        let written = |occurrence| {
            Form::Words.write(&Occurred::new(&source, SystemTime::UNIX_EPOCH, occurrence))
        };
        let connection = ConnectionId::new(3, 9, 11);
        let gone = Occurrence::Disconnected {
            connection,
            user: None,
            cause: CloseCause::Lost,
            may_resume: true,
        };
        assert_eq!(written(gone), format!("DISCONNECT:{connection}"));
        let topic = Topic::parse("chat/1").unwrap();
        assert_eq!(written(Occurrence::Occupied(topic)), "OCCUPY:chat/1");
    }
}
