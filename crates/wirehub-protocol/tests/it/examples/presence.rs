//! Who is on a topic.

use std::sync::Arc;

use bytes::Bytes;
use wirehub_model::{
    Member, Occupancy, Payload, PresenceChange, PresenceKind, PresencePage, Reply, Subscribed,
    Topic,
};

use super::{connection, json, position, user};
use crate::said::Said;

pub(super) fn events() -> Vec<(&'static str, Said)> {
    [answers(), changes()].concat()
}

fn answers() -> Vec<(&'static str, Said)> {
    let occupancy = |connections, users| Occupancy { connections, users };
    let page = PresencePage {
        occupancy: occupancy(2, 1),
        members: vec![named(Some(json(r#"{"typing":true}"#))), anonymous()],
        more: false,
    };
    let subscribed = Subscribed {
        position: Some(position(18)),
        presence: Some(page),
        ..Subscribed::default()
    };
    let first = PresencePage {
        occupancy: occupancy(3, 2),
        members: vec![named(None)],
        more: true,
    };
    let counts = PresencePage {
        occupancy: occupancy(12_345, 11_000),
        members: Vec::new(),
        more: true,
    };
    vec![
        (
            "subscribed, and who is there",
            Said::Reply(2, Reply::Subscribed(subscribed)),
        ),
        ("some who are there", Said::Reply(6, Reply::Presence(first))),
        (
            "how many are there",
            Said::Reply(6, Reply::Presence(counts)),
        ),
    ]
}

fn changes() -> Vec<(&'static str, Said)> {
    let topic = Topic::parse("orders/42").unwrap();
    let change = |kind, member, edge| {
        Said::Presence(PresenceChange {
            topic: topic.clone(),
            kind,
            member,
            edge,
            was: None,
        })
    };
    let moved = PresenceChange {
        topic: topic.clone(),
        kind: PresenceKind::Changed,
        member: named(None),
        edge: false,
        was: Some("c_2h8v".parse().unwrap()),
    };
    let typing = json(r#"{"typing":true}"#);
    let cursor = Payload::Binary(Bytes::from_static(&[0, 255, 254]));
    let many = Occupancy {
        connections: 12_345,
        users: 11_000,
    };
    vec![
        (
            "somebody came",
            change(PresenceKind::Joined, named(None), true),
        ),
        (
            "somebody changed",
            change(PresenceKind::Changed, named(Some(typing)), false),
        ),
        (
            "somebody changed to bytes",
            change(PresenceKind::Changed, named(Some(cursor)), false),
        ),
        ("somebody came back", Said::Presence(moved)),
        (
            "somebody went, the user is still there",
            change(PresenceKind::Left, named(None), false),
        ),
        ("how many are on a busy topic", Said::Occupancy(topic, many)),
    ]
}

fn named(state: Option<Payload>) -> Arc<Member> {
    Arc::new(Member {
        connection: connection(),
        user: Some(user("u1")),
        info: Some(r#"{"name": "Ada"}"#.into()),
        state,
    })
}

fn anonymous() -> Arc<Member> {
    Arc::new(Member {
        connection: "c_7q2m".parse().unwrap(),
        user: None,
        info: None,
        state: None,
    })
}
