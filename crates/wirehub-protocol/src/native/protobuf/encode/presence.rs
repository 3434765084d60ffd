//! Who is on a topic.

use wirehub_model::{Member, Occupancy, PresenceChange, PresenceKind, PresencePage, Topic};

use super::{of_payload, of_user};
use crate::v1::{self, server_message::Kind};

/// How many there are.
pub(super) fn of_occupancy(topic: &Topic, occupancy: Occupancy) -> Kind {
    Kind::Occupancy(v1::Occupancy {
        topic: topic.as_str().to_owned(),
        connections: occupancy.connections,
        users: occupancy.users,
    })
}

/// Somebody came, changed or went.
pub(super) fn of_change(change: &PresenceChange) -> Kind {
    let message = v1::PresenceChange {
        topic: change.topic.as_str().to_owned(),
        member: Some(of_member(&change.member)),
        edge: change.edge,
        was: change.was.map_or_else(String::new, |id| id.to_string()),
    };
    match change.kind {
        PresenceKind::Joined => Kind::Joined(message),
        PresenceKind::Changed => Kind::Changed(message),
        PresenceKind::Left => Kind::Left(message),
    }
}

/// A part of the members.
pub(super) fn of_page(page: &PresencePage) -> v1::PresencePage {
    v1::PresencePage {
        connections: page.occupancy.connections,
        users: page.occupancy.users,
        members: page
            .members
            .iter()
            .map(|member| of_member(member))
            .collect(),
        more: page.more,
    }
}

fn of_member(member: &Member) -> v1::Member {
    v1::Member {
        connection: member.connection.to_string(),
        user: of_user(member.user.as_ref()),
        info: member
            .info
            .as_ref()
            .map_or_else(String::new, ToString::to_string),
        state: member.state.as_ref().map(of_payload),
    }
}
