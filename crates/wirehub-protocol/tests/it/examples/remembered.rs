//! What the hub remembers: sessions, history, retained values, batches.

use std::{sync::Arc, time::Duration};

use wirehub_model::{
    Batch, BatchEntry, ErrorCode, Gap, Heartbeat, History, Key, Offset, Publication, Recovery,
    Refusal, Reply, SessionOffer, Subscribed, TopicFilter, Welcome,
};

use super::{connection, json, position, publication, user};
use crate::said::Said;

pub(super) fn events() -> Vec<(&'static str, Said)> {
    [sessions(), history(), retained(), batches()].concat()
}

fn sessions() -> Vec<(&'static str, Said)> {
    let welcome = Welcome {
        connection: connection(),
        user: Some(user("u1")),
        heartbeat: Heartbeat {
            interval: Duration::from_secs(25),
            timeout: Duration::from_millis(7_500),
        },
        expires_in: None,
        session: Some(SessionOffer {
            token: "s_3k9x-7q2m4-9wz1c".parse().unwrap(),
            within: Duration::from_mins(1),
        }),
        spread: Some(Duration::from_millis(500)),
    };
    let begun = |topic, position, recovery| {
        let filter = TopicFilter::parse(topic).unwrap();
        let subscribed = Subscribed {
            position,
            recovery,
            ..Subscribed::default()
        };
        Said::Subscribed(filter, subscribed)
    };
    let resumed = |lost| Said::Reply(2, Reply::Resumed { lost });
    let gone = Refusal::new(
        ErrorCode::NotResumable,
        "the server keeps no such session; subscribe anew",
    );
    let behind = Recovery::Incomplete(Gap::NoPosition);
    vec![
        ("welcome with a session", Said::Welcome(Some(1), welcome)),
        ("the session goes on", resumed(0)),
        ("the session goes on, messages are lost", resumed(3)),
        (
            "a resumed subscription, nothing was missed",
            begun("orders/42", Some(position(19)), Some(Recovery::Complete)),
        ),
        (
            "a resumed subscription, something was missed",
            begun("news", Some(position(7)), Some(behind)),
        ),
        (
            "a resumed subscription with wildcards",
            begun("chat/+", None, Some(behind)),
        ),
        (
            "a subscription that the token asks for",
            begun("inbox/u1", Some(position(3)), None),
        ),
        ("the session is gone", Said::Refused(Some(2), gone)),
    ]
}

fn history() -> Vec<(&'static str, Said)> {
    let page = |publications: &[Publication], more| {
        let publications = publications.iter().cloned().map(Arc::new);
        let history = History {
            position: position(120),
            publications: publications.collect(),
            more,
        };
        Said::Reply(8, Reply::History(history))
    };
    let paid = at(
        69,
        publication("orders/42", Some("paid"), json(r#"{"amount": 12.50}"#)),
    );
    let sent = Publication {
        from: None,
        ..at(70, publication("orders/42", Some("sent"), json("null")))
    };
    vec![
        ("past publications", page(&[paid, sent], true)),
        ("no past publications", page(&[], false)),
    ]
}

fn retained() -> Vec<(&'static str, Said)> {
    let rate = keyed("rates", "BTC-EUR", 19, "97012.5");
    let status = Publication {
        from: None,
        ..publication("lamps/7", Some("status"), json(r#""on""#))
    };
    vec![
        ("a message with a key", Said::Publication(rate.clone())),
        (
            "the last message with a key, for a new subscriber",
            Said::Retained(rate),
        ),
        (
            "the last message of a topic, for a new subscriber",
            Said::Retained(status),
        ),
    ]
}

fn batches() -> Vec<(&'static str, Said)> {
    let batch = |filter, entries: Vec<(Publication, u32)>| {
        let entries = entries.into_iter().map(|(publication, count)| BatchEntry {
            publication: Arc::new(publication),
            count,
        });
        Said::Batch(Batch {
            filter: TopicFilter::parse(filter).unwrap(),
            entries: entries.collect(),
        })
    };
    vec![
        (
            "messages of one topic",
            batch(
                "rates",
                vec![
                    (keyed("rates", "BTC-EUR", 19, "97012.5"), 17),
                    (keyed("rates", "ETH-EUR", 20, "3120"), 1),
                ],
            ),
        ),
        (
            "messages of the topics that a filter matches",
            batch(
                "lamps/+",
                vec![
                    (at(4, publication("lamps/7", None, json(r#""on""#))), 1),
                    (at(9, publication("lamps/8", None, json(r#""off""#))), 2),
                ],
            ),
        ),
    ]
}

fn at(offset: u64, mut publication: Publication) -> Publication {
    publication.position.offset = Offset(offset);
    publication
}

/// Said by the application's own servers.
fn keyed(topic: &str, key: &str, offset: u64, data: &'static str) -> Publication {
    Publication {
        key: Some(Key::parse(key).unwrap()),
        from: None,
        ..at(offset, publication(topic, None, json(data)))
    }
}
