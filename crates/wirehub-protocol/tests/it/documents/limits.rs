//! The table of limits.

use std::fmt::Write as _;

use wirehub_model::{EventName, Key, Limits, Topic};

use super::{DEPTH_MAX, RESUMED_TOPICS_MAX};

/// The bounds of a hub with the settings it has by itself.
pub(super) fn table() -> String {
    let limits = Limits::default();
    let rows = [
        sizes(&limits),
        counts(&limits),
        memories(&limits),
        rates(&limits),
    ]
    .concat();
    let mut table = "| at most | of | beyond it |\n|---|---|---|\n".to_owned();
    for (bound, unit, of, answer) in rows {
        writeln!(table, "| {bound}{unit} | {of} | {answer} |").unwrap();
    }
    table
}

/// A bound, its unit, what it bounds, and what happens beyond it.
type Row = (usize, &'static str, &'static str, &'static str);

fn sizes(limits: &Limits) -> Vec<Row> {
    let slow = "close 4413, or the oldest publications are dropped, as the topic's rules say";
    vec![
        (limits.message_bytes, " bytes", "a message", "close 1009"),
        (
            limits.frame_bytes,
            " bytes",
            "a WebSocket frame",
            "close 1009",
        ),
        (
            limits.message_bytes,
            " bytes",
            "the messages of a POST, together",
            "status 413",
        ),
        (
            limits.outbox_bytes,
            " bytes",
            "waiting for the client to read them",
            slow,
        ),
        (
            Topic::BYTES_MAX,
            " bytes",
            "a topic, filter or user",
            "`bad_request`",
        ),
        (
            EventName::BYTES_MAX,
            " bytes",
            "an event or method name",
            "`bad_request`",
        ),
        (
            Key::BYTES_MAX,
            " bytes",
            "a `key` or `idempotency_key`",
            "`bad_request`",
        ),
        (
            limits.state_bytes,
            " bytes",
            "what a member says about itself",
            "`too_large`",
        ),
        (
            DEPTH_MAX,
            " levels",
            "arrays and objects in `data` and `state`",
            "`bad_request`",
        ),
    ]
}

fn counts(limits: &Limits) -> Vec<Row> {
    let patience = limits.authentication_timeout.as_secs() as usize;
    let bad = limits.bad_messages as usize;
    vec![
        (
            limits.subscriptions,
            "",
            "subscriptions of a connection",
            "`limit_reached`",
        ),
        (
            limits.calls,
            "",
            "calls that wait for their answer",
            "`limit_reached`",
        ),
        (
            bad,
            "",
            "messages in a row that are not valid",
            "close 4400",
        ),
        (
            patience,
            " seconds",
            "until `connect`, without a token in the handshake",
            "close 4401",
        ),
    ]
}

fn memories(limits: &Limits) -> Vec<Row> {
    vec![
        (
            limits.recovery,
            "",
            "publications of a topic that are recovered at once",
            "`recovered` is `false`, for `too_much`",
        ),
        (
            limits.session_messages,
            "",
            "direct messages kept for a client that may come back",
            "the oldest are `lost`",
        ),
        (
            limits.session_bytes,
            " bytes",
            "those messages",
            "the oldest are `lost`",
        ),
        (
            RESUMED_TOPICS_MAX,
            "",
            "topics in a `resume`",
            "`bad_request`",
        ),
        (
            limits.idempotency_keys,
            "",
            "idempotency keys remembered for a topic",
            "the oldest are forgotten",
        ),
        (limits.members, "", "members of a topic", "`limit_reached`"),
        (
            limits.members_told,
            "",
            "members of a topic that are told one by one",
            "`occupancy` in place of it",
        ),
        (limits.members_listed, "", "members in one answer", "`more`"),
    ]
}

fn rates(limits: &Limits) -> Vec<Row> {
    let rates = [
        (limits.messages_per_second, "messages"),
        (
            limits.publications_per_second,
            "`publish`, `send` and `state`",
        ),
        (
            limits.subscriptions_per_second,
            "`subscribe`, `unsubscribe` and `resume`",
        ),
        (limits.calls_per_second, "`call`, `connect` and `refresh`"),
    ];
    let answer = "`rate_limited`; again and again: close 4429";
    let row = |(rate, of)| (rate as usize, " a second", of, answer);
    rates.map(row).to_vec()
}
