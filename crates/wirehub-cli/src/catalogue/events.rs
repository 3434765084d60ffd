//! What the keys of webhooks and event files mean.

use super::{Setting, fixed, secret};

pub(super) const KINDS: &str = "What is told: `connected`, `disconnected`, `resumed`, `session_ended`, \
                     `subscribed`, `unsubscribed`, `topic_occupied`, `topic_vacated`, \
                     `member_joined`, `member_left`, `member_changed`, `published`, `limited`. \
                     Empty: all but `published`.";

pub(super) const TOPICS: &str = "Filters: of what is about a topic, only what is about one that matches. \
                      Empty: all topics.";

pub(super) const TIMEOUT: Setting =
    fixed("timeout", "How long the receiver may take for an answer.");

pub(super) const GIVE_UP_AFTER: Setting = fixed(
    "give_up_after",
    "How long the receiver may not take some before they become dead letters.",
);

pub(super) const QUEUE: Setting = fixed(
    "queue",
    "The most that may wait; more are dropped, and counted.",
);

pub(super) const PLAIN_HTTP: Setting = fixed(
    "plain_http",
    "`http` may be used to other machines: the network is your own.",
);

/// The keys of an `[[events.webhooks]]` entry.
pub(crate) const WEBHOOK: &[Setting] = &[
    fixed("name", "Its name in the log and in metrics."),
    fixed(
        "url",
        "Where batches of CloudEvents are sent: https://HOST/PATH.",
    ),
    secret(
        "secret",
        "What they are signed with, as Standard Webhooks says: `whsec_` and base64, or a text; 24 \
         bytes or more.",
        false,
    ),
    secret(
        "previous_secret",
        "Signs them as well, while receivers change to the new one.",
        false,
    ),
    fixed("kinds", KINDS),
    fixed("topics", TOPICS),
    TIMEOUT,
    GIVE_UP_AFTER,
    QUEUE,
    PLAIN_HTTP,
];

/// The keys of an `[[events.files]]` entry.
pub(crate) const EVENT_FILE: &[Setting] = &[
    fixed(
        "path",
        "The file, with one CloudEvent a line. Its directory has to exist.",
    ),
    fixed("kinds", KINDS),
    fixed("topics", TOPICS),
    fixed("max_bytes", "From this size on another file is begun."),
    fixed(
        "keep",
        "How many older files are kept beside it, with `.1`, `.2` … behind the name.",
    ),
];
