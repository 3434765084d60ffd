//! Requests of every kind.

use std::time::Duration;

use bytes::Bytes;
use proptest::{option, prelude::*};
use wirehub_model::{
    Address, Command, HistoryPage, HistoryQuery, Message, Pace, Payload, PresenceQuery, Publish,
    Resume, Secret, Subscribe,
};
use wirehub_protocol::Request;

use super::{
    NUMBER_MAX, connection, filter, key, message, name, offset, payload, position, session, topic,
    user,
};

pub(crate) fn request() -> impl Strategy<Value = Request> {
    (option::of(0..=NUMBER_MAX), command()).prop_map(|(id, command)| Request { id, command })
}

fn command() -> impl Strategy<Value = Command> {
    let token = || any::<String>().prop_map(Secret::new);
    let method = name().prop_map(|name| name.as_str().to_owned());
    let call = (method, payload()).prop_map(|(method, payload)| Command::Call {
        method,
        message: Message::of(payload),
    });
    prop_oneof![
        (option::of(token()), option::of(resume())).prop_map(|(token, resume)| Command::Connect {
            token,
            resume,
            since: Vec::new(),
            subscribe: Vec::new(),
        }),
        resume().prop_map(Command::Resume),
        token().prop_map(|token| Command::Refresh { token }),
        subscribe().prop_map(Command::Subscribe),
        filter().prop_map(|filter| Command::Unsubscribe { filter }),
        (topic(), offset()).prop_map(|(topic, offset)| Command::Ack { topic, offset }),
        publish().prop_map(Command::Publish),
        (address(), message()).prop_map(|(to, message)| Command::Send { to, message }),
        call,
        (topic(), 0..=1_000_u32, option::of(connection())).prop_map(|(topic, limit, after)| {
            Command::Presence(PresenceQuery {
                topic,
                limit,
                after,
            })
        }),
        (topic(), option::of(state())).prop_map(|(topic, state)| Command::State { topic, state }),
        (topic(), 1..=1_000_u32, page()).prop_map(|(topic, limit, page)| {
            Command::History(HistoryQuery { topic, limit, page })
        }),
        Just(Command::Ping),
    ]
}

fn resume() -> impl Strategy<Value = Box<Resume>> {
    // Topics come out in the order of their names.
    let offsets = prop::collection::btree_map(topic(), offset(), 0..4);
    (session(), 0..=NUMBER_MAX, offsets).prop_map(|(session, received, offsets)| {
        Box::new(Resume {
            session,
            received,
            offsets: offsets.into_iter().collect(),
        })
    })
}

fn subscribe() -> impl Strategy<Value = Subscribe> {
    let since = option::of(position());
    let state = option::of(state());
    let (presence, ack) = (any::<bool>(), any::<bool>());
    (filter(), since, presence, state, ack, option::of(pace())).prop_map(
        |(filter, since, presence, state, ack, pace)| Subscribe {
            since,
            presence,
            state,
            ack,
            pace,
            ..Subscribe::to(filter)
        },
    )
}

fn pace() -> impl Strategy<Value = Pace> {
    let every = (100_u64..=3_600_000).prop_map(Duration::from_millis);
    (every, option::of(1..=32_u8)).prop_map(|(every, level)| Pace { every, level })
}

fn publish() -> impl Strategy<Value = Publish> {
    let ttl = option::of((1_u64..31_536_000_000).prop_map(Duration::from_millis));
    let (key, idempotency_key) = (option::of(key()), option::of(key()));
    (topic(), message(), key, idempotency_key, ttl, any::<bool>()).prop_map(
        |(topic, message, key, idempotency_key, ttl, echo)| Publish {
            topic,
            message,
            key,
            idempotency_key,
            ttl,
            echo,
            trace: None,
        },
    )
}

fn page() -> impl Strategy<Value = HistoryPage> {
    prop_oneof![
        Just(HistoryPage::Newest),
        position().prop_map(HistoryPage::After),
        position().prop_map(HistoryPage::Before),
    ]
}

fn address() -> impl Strategy<Value = Address> {
    prop_oneof![
        user().prop_map(Address::User),
        connection().prop_map(Address::Connection)
    ]
}

/// What a client says about itself; saying `null` is saying nothing.
fn state() -> impl Strategy<Value = Payload> {
    payload().prop_filter("says nothing", |payload| {
        *payload != Payload::Json(Bytes::from_static(b"null"))
    })
}
