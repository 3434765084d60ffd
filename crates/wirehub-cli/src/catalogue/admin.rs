//! What the keys of an API key mean.

use super::{Setting, live};

/// The keys of an `[[admin.keys]]` entry.
pub(crate) const API_KEY: &[Setting] = &[
    live("name", "What people call it."),
    live(
        "hash",
        "`sha256:` and the SHA-256 of the key in hex. `wirehub key new` makes both.",
    ),
    live(
        "scopes",
        "What it may do: `publish`; `send` (to users, connections and everybody); `read` (info, \
         connections, topics, history, presence, events); `connections` (disconnect, subscribe, \
         unsubscribe, refresh); `forget`; `drain`; `debug` (profiles, tasks, leaks). Empty: nothing.",
    ),
    live(
        "topics",
        "Filters of the topics it may touch where a request is about topics. Empty: all.",
    ),
];
