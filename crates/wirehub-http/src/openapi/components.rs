//! What several operations answer with.

use serde_json::{Value, json};
use wirehub::{Phase, Transport};
use wirehub_model::ErrorCode;

use super::schema::{
    Field, anything, connection, count, list, maybe, needed, object, or_null, seconds,
    silent_nodes, string, topic,
};

/// The schemas by name.
pub(super) fn schemas() -> Value {
    json!({
        "Problem": problem(),
        "Concerned": object([
            needed(
                "connections",
                count("How many connections the request concerned, on all nodes."),
            ),
            silent_nodes("It is not known what became of the request there."),
        ]),
        "Message": message(),
        "Member": member(),
        "Connection": object(listed_connection()),
        "ConnectionDetails": connection_details(),
        "OccupiedTopic": object([
            needed("topic", topic("The topic.")),
            needed("subscribers", count("How many subscribe to it.")),
        ]),
    })
}

fn problem() -> Value {
    let names = ErrorCode::ALL.map(ErrorCode::name);
    let names = names.into_iter().chain(["method_not_allowed"]);
    let names: Vec<_> = names.collect();
    let error = object([
        needed("code", json!({ "type": "string", "enum": names })),
        needed("message", string("What is wrong, in a sentence.")),
        maybe("hint", string("What to do about it.")),
    ]);
    object([needed("error", error)])
}

/// A publication. Its payload is JSON or, in base64, what a client published as bytes.
fn message() -> Value {
    let from = object([
        maybe("user", string("The user who published it.")),
        needed("connection", connection()),
    ]);
    object([
        maybe("event", string("The name of the event.")),
        maybe("key", string("What it is about.")),
        maybe("data", anything("The payload, as it was published.")),
        maybe("binary", string("The payload in base64, if it is no JSON.")),
        needed("offset", count("Its number in the topic.")),
        maybe("from", from),
    ])
}

fn member() -> Value {
    object([
        needed("connection", connection()),
        maybe("user", string("The user.")),
        maybe("info", anything("What the user's token says about it.")),
        maybe("state", anything("What the client says about itself.")),
        maybe(
            "state_binary",
            string("The same in base64, if it is no JSON."),
        ),
    ])
}

fn listed_connection() -> Vec<Field> {
    vec![
        needed("connection", connection()),
        maybe(
            "node",
            string("The node that serves it, where there are several."),
        ),
        needed("user", or_null(string("The user, if there is one."))),
        needed(
            "state",
            json!({ "type": "string", "enum": Phase::ALL.map(Phase::name) }),
        ),
        needed(
            "transport",
            json!({ "type": "string", "enum": Transport::ALL.map(Transport::name) }),
        ),
        needed("age", seconds("Seconds since it was opened.")),
        needed(
            "silence",
            seconds("Seconds since the client's last sign of life."),
        ),
        needed(
            "round_trip",
            or_null(seconds("Seconds from the last heartbeat to its answer.")),
        ),
        needed("subscriptions", count("How many it has.")),
        needed(
            "waiting_bytes",
            count("Bytes that wait for the client to read them."),
        ),
    ]
}

fn connection_details() -> Value {
    let more = [
        maybe("info", anything("What others see of its user.")),
        maybe(
            "expires_in",
            seconds("Seconds until its credentials expire."),
        ),
        needed(
            "subscribed",
            list(&string("A filter that it subscribes to.")),
        ),
    ];
    object(listed_connection().into_iter().chain(more))
}
