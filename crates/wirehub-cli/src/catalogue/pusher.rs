//! What the keys of a Pusher app mean.

use super::{
    Setting,
    events::{GIVE_UP_AFTER, PLAIN_HTTP, QUEUE, TIMEOUT},
    fixed, live, secret,
};

/// The keys of a `[[pusher.apps]]` entry.
pub(crate) const PUSHER_APP: &[Setting] = &[
    live("id", "What the app's servers put into paths."),
    live(
        "key",
        "What its clients connect with, at `/app/KEY`. It is no secret.",
    ),
    secret(
        "secret",
        "What its servers sign with, 16 bytes or more.",
        true,
    ),
    live(
        "scope",
        "Keeps its channels and users apart: with `shop`, the channel `news` is the topic \
         `~shop/news`. Empty: the topics of the whole hub; one app at most.",
    ),
    live(
        "public",
        "Filters of topics that its clients may hear as public channels, which need no signature. \
         Empty: those that a namespace lets `anyone` subscribe to.",
    ),
    live(
        "client_events",
        "Clients may speak to each other on private and presence channels.",
    ),
    live(
        "connections",
        "Connections it may have; 0: as many as the hub has.",
    ),
    live(
        "payload_bytes",
        "The largest `data` of an event of its servers.",
    ),
];

/// The keys of a `[[pusher.webhooks]]` entry.
pub(crate) const APP_WEBHOOK: &[Setting] = &[
    fixed("app", "The `id` of the app."),
    fixed("url", "Where events are sent: https://HOST/PATH."),
    fixed(
        "events",
        "`channel_occupied`, `channel_vacated`, `member_added`, `member_removed`, `client_event`. \
         Empty: all.",
    ),
    TIMEOUT,
    GIVE_UP_AFTER,
    QUEUE,
    PLAIN_HTTP,
];
