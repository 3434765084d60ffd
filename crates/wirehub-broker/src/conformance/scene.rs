//! What cases are set up with.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use wirehub_model::{
    ConnectionId, HistoryRules, Key, Member, Message, Offset, Payload, Topic, UserId,
};

use super::{Inbox, Subject};
use crate::{Append, Appended, Broker, Idempotency, Link, NodeName, Record, Retention};

/// A lease that does not run out during a case which is not about leases.
const LONG: Duration = Duration::from_secs(1_000_000_000);

/// A node and where it receives.
pub(crate) struct Node {
    pub(crate) link: Arc<dyn Link>,
    pub(crate) inbox: Arc<Inbox>,
}

/// Attaches a node.
pub(crate) async fn node(subject: &impl Subject, name: &str) -> Node {
    let (link, inbox) = attach(&*subject.broker(), name).await;
    Node { link, inbox }
}

/// Attaches a node to a broker, with a lease that does not run out.
pub async fn attach(broker: &dyn Broker, name: &str) -> (Arc<dyn Link>, Arc<Inbox>) {
    let inbox = Inbox::new();
    let sink = Arc::clone(&inbox);
    let link = broker.attach(named(name), LONG, sink).await.unwrap();
    (link, inbox)
}

/// Attaches a node with a lease and a sink of its own.
pub(crate) async fn node_with(
    subject: &impl Subject,
    name: &str,
    lease: Duration,
    inbox: Arc<Inbox>,
) -> Node {
    let sink = Arc::clone(&inbox);
    let broker = subject.broker();
    let link = broker.attach(named(name), lease, sink).await.unwrap();
    Node { link, inbox }
}

pub(crate) fn named(name: &str) -> NodeName {
    NodeName::parse(name).unwrap()
}

/// A topic of this name.
#[must_use]
pub fn topic(name: &str) -> Topic {
    Topic::parse(name).unwrap()
}

pub(crate) fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}

/// A retention that keeps nothing.
pub(crate) const NOTHING: Retention = Retention {
    history: HistoryRules {
        size: 0,
        ttl: Duration::from_secs(300),
        bytes: 1024 * 1024,
    },
    retained: false,
    keys: 0,
    retained_ttl: None,
    idempotency_ttl: Duration::from_secs(300),
};

/// Keeps many publications, the last one, and those with keys.
pub const KEEP: Retention = Retention {
    history: HistoryRules {
        size: 100_000,
        ttl: Duration::from_secs(3600),
        bytes: 100 * 1024 * 1024,
    },
    retained: true,
    keys: 5,
    retained_ttl: None,
    idempotency_ttl: Duration::from_secs(300),
};

/// A retention that keeps so many publications for some minutes.
pub(crate) const fn history(size: usize) -> Retention {
    Retention {
        history: HistoryRules {
            size,
            ..NOTHING.history
        },
        ..NOTHING
    }
}

/// A publication of a text.
pub(crate) fn append(
    subject: &impl Subject,
    topic: &Topic,
    text: &str,
    retention: Retention,
) -> Append {
    append_at(subject.wall(), topic, text, retention)
}

/// The same, accepted at some time since the Unix epoch.
#[must_use]
pub fn append_at(now: Duration, topic: &Topic, text: &str, retention: Retention) -> Append {
    Append {
        topic: topic.clone(),
        message: Message::of(Payload::Binary(Bytes::copy_from_slice(text.as_bytes()))),
        key: None,
        idempotency: None,
        from: None,
        accepted_at: now,
        expires_at: None,
        echo: true,
        retention,
    }
}

/// Gives a publication a name.
#[must_use]
pub fn once(mut append: Append, scope: &str, name: &str) -> Append {
    append.idempotency = Some(Idempotency {
        scope: scope.into(),
        key: key(name),
    });
    append
}

/// Gives a publication a key.
#[must_use]
pub fn about(mut append: Append, about: &str) -> Append {
    append.key = Some(key(about));
    append
}

/// Publishes one and expects it to work.
pub(crate) async fn publish(link: &Arc<dyn Link>, append: Append) -> Appended {
    let mut answers = link.append(vec![append]).await.unwrap();
    assert_eq!(answers.len(), 1);
    answers.remove(0).unwrap()
}

/// Publishes texts `from` to `to` as numbers, one call each.
pub(crate) async fn publish_numbers(
    subject: &impl Subject,
    link: &Arc<dyn Link>,
    topic: &Topic,
    numbers: std::ops::RangeInclusive<u32>,
    retention: Retention,
) {
    for number in numbers {
        publish(link, append(subject, topic, &number.to_string(), retention)).await;
    }
}

/// The text of a publication.
#[must_use]
pub fn text(record: &Record) -> String {
    String::from_utf8(record.message.payload.bytes().to_vec()).unwrap()
}

/// The texts of publications.
pub(crate) fn texts(records: &[Arc<Record>]) -> Vec<String> {
    records.iter().map(|record| text(record)).collect()
}

/// The offsets of publications.
pub(crate) fn offsets(records: &[Arc<Record>]) -> Vec<u64> {
    let offsets = records.iter();
    offsets.map(|record| record.position.offset.0).collect()
}

pub(crate) const fn offset(number: u64) -> Offset {
    Offset(number)
}

/// The member of a connection with this number, and its user.
#[must_use]
pub fn member(number: u32, user: Option<&str>) -> Member {
    Member {
        connection: ConnectionId::new(0, number, 1),
        user: user.map(|user| UserId::parse(user).unwrap()),
        info: None,
        state: None,
    }
}
