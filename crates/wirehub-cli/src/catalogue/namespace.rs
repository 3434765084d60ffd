//! What the keys of a namespace mean.

use super::{Setting, live};

/// The keys of a `[[namespaces]]` entry.
pub(crate) const NAMESPACE: &[Setting] = &[
    live(
        "pattern",
        "Which topics: a filter like `orders/#`. The first that matches decides.",
    ),
    live(
        "subscribe",
        "Who may subscribe: `nobody`, `capability` (of the token), `user`, `anyone`.",
    ),
    live("publish", "Who may publish: the same words."),
    live(
        "read_history",
        "Who may read past publications: the same words.",
    ),
    live(
        "read_presence",
        "Who may see who is on a topic: the same words.",
    ),
    live("payload_bytes", "The largest payload of a publication."),
    live(
        "subscribers",
        "Subscribers of one topic or filter on one shard.",
    ),
    live(
        "ttl",
        "How long a publication is worth delivering when its publisher did not say, or `off`.",
    ),
    live(
        "overflow",
        "What happens to a slow reader: `disconnect`, `drop_oldest`, or `latest`, which drops what a \
         newer publication with the same key stands for, then the oldest.",
    ),
    live(
        "history.size",
        "How many publications of a topic are kept for those who missed them; 0 keeps none. The \
         newest stay, within this and the two bounds below.",
    ),
    live("history.ttl", "For how long they are kept."),
    live(
        "history.bytes",
        "How many bytes of payload are kept of a topic: `payload_bytes` or more.",
    ),
    live(
        "retained",
        "Whoever subscribes gets the last publication of a topic.",
    ),
    live(
        "keys",
        "Whoever subscribes gets the last publication with each key: this many keys in a topic, up \
         to 100000; 0 keeps none.",
    ),
    live(
        "retained_ttl",
        "How long the last ones are kept, or `off`: until newer ones come.",
    ),
    live(
        "idempotency_ttl",
        "How long a publication with an idempotency key is not published again.",
    ),
    live("presence", "Whether it is known who is on a topic."),
    live(
        "deltas",
        "Subscribers that ask for it are told what changed since the publication before, where that \
         is shorter; Centrifugo's clients do, with `delta: \"fossil\"`. A shard keeps the last \
         publication of a topic while somebody takes deltas of it.",
    ),
    live(
        "tags_filter",
        "Subscribers may choose publications by their tags, as Centrifugo's clients do with a \
         `tagsFilter`. Each filter is asked for every publication.",
    ),
    live(
        "window.time",
        "Publications wait for each other this long at most, up to 1m, and go out as one message; \
         `off` sends each at once.",
    ),
    live("window.count", "They go earlier when there are this many."),
    live(
        "window.latest",
        "Of those with the same key, and of those without one, only the newest goes.",
    ),
];
