//! What each endpoint takes and answers.

use serde_json::{Value, json};
use wirehub::{NodeName, auth::ApiScope, events::OccurrenceKind};
use wirehub_model::CloseReason;

use super::schema::{
    Field, anything, boolean, bounded_seconds, closed, closed_with_recipient, component,
    connection as connection_name, count, described, epoch, filter, limit, list, maybe, needed,
    object, optional, or_null, position, seconds, silent_nodes, string, text, texts, topic,
};
use crate::api::{
    COMMANDS_MAX, DEADLINE, EXPIRY_MAX, LIMIT_DEFAULT, LIMIT_MAX, MOVES_MAX, TTL, commands,
};

/// How one endpoint is used, whatever its methods.
pub(crate) struct Operation {
    pub(super) summary: &'static str,
    /// Of the query.
    pub(super) parameters: Vec<Value>,
    /// The schema of the body; an endpoint without one reads none.
    pub(super) body: Option<Value>,
    pub(super) media_type: &'static str,
    /// The schema of the answer, or of each line of one that is a stream.
    pub(super) answer: Value,
}

fn asked(summary: &'static str, body: Value, answer: Value) -> Operation {
    Operation {
        body: Some(body),
        ..got(summary, Vec::new(), answer)
    }
}

const fn got(summary: &'static str, parameters: Vec<Value>, answer: Value) -> Operation {
    Operation {
        summary,
        parameters,
        body: None,
        media_type: "application/json",
        answer,
    }
}

pub(crate) fn publish() -> Operation {
    let body = closed([
        needed("topic", topic("Where to publish.")),
        needed("data", payload()),
        optional("event", text("The name of the event.")),
        optional(
            "tags",
            texts("What subscribers may choose it by: at most 32 names with values."),
        ),
        optional(
            "key",
            text("What it is about: a newer one with the same key stands for it."),
        ),
        optional(
            "idempotency_key",
            text("Names this very message: sent again, it is not published again."),
        ),
        optional(
            "ttl",
            bounded_seconds(TTL, "For how many seconds it is worth delivering."),
        ),
    ]);
    let answer = object([
        needed("epoch", epoch()),
        needed(
            "offset",
            count("The number of the publication in its topic."),
        ),
        maybe("duplicate", boolean("It was published before.")),
    ]);
    asked("Publish a message to a topic.", body, answer)
}

/// What is wrong with one of the commands does not make the request wrong, so any JSON value is a
/// command here.
pub(crate) fn batch() -> Operation {
    let names: Vec<_> = commands().map(|(name, _)| name).collect();
    let names = names.join("`, `");
    let command = format!(
        "An object with one field, which is the last part of the path it stands for: `{names}`. \
         Its value is what would be the body there."
    );
    let mut commands = list(&anything(&command));
    commands["maxItems"] = COMMANDS_MAX.into();
    let parallel = "Many are under way at a time, in no order; one after the other if left out.";
    let body = closed([
        needed("commands", commands),
        optional("parallel", boolean(parallel)),
    ]);
    let command =
        anything("By the name of the command what it answers, or `error` with what is wrong.");
    let answers = described(list(&command), "In the order of the commands.");
    let summary = "Do several things at once; each answers as if it had come by itself.";
    asked(summary, body, object([needed("answers", answers)]))
}

pub(crate) fn send() -> Operation {
    let body = closed([
        needed("to", closed_with_recipient([])),
        needed("data", payload()),
        optional("event", text("The name of the event.")),
    ]);
    let summary = "Send a message to a user or a connection.";
    asked(summary, body, component("Concerned"))
}

pub(crate) fn broadcast() -> Operation {
    let body = closed([
        needed("data", payload()),
        optional("event", text("The name of the event.")),
    ]);
    let summary = "Send a message to everybody who is connected.";
    asked(summary, body, component("Concerned"))
}

pub(crate) fn disconnect() -> Operation {
    let names: Vec<_> = CloseReason::ALL
        .iter()
        .map(|reason| reason.name())
        .collect();
    let reason = json!({
        "type": "string",
        "enum": names,
        "description": "Tells the client whether to come back; `disconnected` when left out.",
    });
    let body = closed_with_recipient([optional("reason", reason)]);
    let summary = "Close the connections of a user, or one.";
    asked(summary, body, component("Concerned"))
}

pub(crate) fn subscribe() -> Operation {
    let body = closed_with_recipient([
        needed("topic", filter("A topic or a filter.")),
        optional(
            "since",
            position("The client has all up to here and gets what came after. Only with a topic."),
        ),
        expires_in("After how many seconds the subscription ends; never when left out."),
        told_info(),
    ]);
    let summary = "Subscribe the connections of a user, or one, whatever their tokens allow.";
    asked(summary, body, component("Concerned"))
}

pub(crate) fn unsubscribe() -> Operation {
    let body = closed_with_recipient([needed("topic", filter("A topic or a filter."))]);
    let summary = "End subscriptions of a user's connections, or of one.";
    asked(summary, body, component("Concerned"))
}

pub(crate) fn refresh() -> Operation {
    let body = closed_with_recipient([
        expires_in("For how many seconds they may stay; for ever when left out."),
        told_info(),
    ]);
    let summary = "Say how long the connections of a user, or one, may stay.";
    asked(summary, body, component("Concerned"))
}

pub(crate) fn history() -> Operation {
    let mut body = closed([
        needed("topic", topic("Whose history.")),
        optional("limit", limit(1..=LIMIT_MAX, LIMIT_DEFAULT)),
        optional(
            "after",
            position("From here on, the oldest first. Of another epoch, it is refused."),
        ),
        optional(
            "before",
            position("Up to here, the newest of them. Of another epoch, it is refused."),
        ),
    ]);
    let absent = |name: &str| json!({ "properties": { name: { "type": "null" } } });
    body["anyOf"] = json!([absent("after"), absent("before")]);
    let answer = object([
        needed("epoch", epoch()),
        needed(
            "offset",
            count("The number of the topic's last publication."),
        ),
        needed("messages", list(&component("Message"))),
        maybe("more", boolean("There are more.")),
    ]);
    asked("Read what was published to a topic.", body, answer)
}

pub(crate) fn presence() -> Operation {
    let after = described(connection_name(), "The last connection of the page before.");
    let body = closed([
        needed("topic", topic("Whose members.")),
        optional("limit", limit(0..=LIMIT_MAX, LIMIT_DEFAULT)),
        optional("after", after),
    ]);
    let answer = object([
        needed("connections", count("How many connections are there.")),
        needed("users", count("How many users are there.")),
        needed("members", list(&component("Member"))),
        maybe("more", boolean("There are more.")),
    ]);
    asked("See who is on a topic.", body, answer)
}

pub(crate) fn topics() -> Operation {
    let body = closed([
        optional("filter", filter("Which topics; all when left out.")),
        optional("limit", limit(1..=LIMIT_MAX, LIMIT_DEFAULT)),
        optional("after", topic("The last topic of the page before.")),
    ]);
    let answer = object([
        needed("topics", list(&component("OccupiedTopic"))),
        maybe("more", boolean("There are more.")),
        silent_nodes("Its subscribers are missing."),
    ]);
    let summary = "List topics that somebody subscribes to, on any node.";
    asked(summary, body, answer)
}

pub(crate) fn forget() -> Operation {
    let body = closed([needed("topic", topic("Whose history and last values."))]);
    let summary = "Forget what a topic remembers; its offsets go on.";
    asked(summary, body, object([]))
}

pub(crate) fn drain() -> Operation {
    let moves = json!({
        "type": "integer",
        "minimum": 1,
        "maximum": MOVES_MAX,
        "description": "How many clients are asked to move in a second; without it what the \
                        settings say, or else what this hub itself would take.",
    });
    let deadline = "When those who are left are hung up on, in seconds from now; without it what \
                    the settings say, or longer where the moves take longer.";
    let body = closed([
        optional("node", node_name()),
        optional("moves_per_second", moves),
        optional("deadline", bounded_seconds(DEADLINE, deadline)),
    ]);
    let summary = "Send all clients to other hubs, and take no new ones.";
    asked(summary, body, progress())
}

pub(crate) fn stay() -> Operation {
    let summary = "Send nobody away any more, and take new clients.";
    asked(summary, closed([optional("node", node_name())]), progress())
}

pub(crate) fn draining() -> Operation {
    let summary = "See how far a hub is with sending its clients away.";
    got(summary, vec![parameter("node", &node_name())], progress())
}

fn node_name() -> Value {
    json!({
        "type": "string",
        "pattern": "^[A-Za-z0-9._-]+$",
        "maxLength": NodeName::BYTES_MAX,
        "description": "Which hub of the cluster; without it the one that is asked.",
    })
}

/// How far a drain is.
fn progress() -> Value {
    object([
        maybe("node", string("Which hub, where there are several.")),
        needed("draining", boolean("Clients are sent away.")),
        needed("connections", count("How many there are.")),
        maybe(
            "began_with",
            count("How many there were when the drain began."),
        ),
        maybe("elapsed", seconds("For how long it goes on.")),
        maybe(
            "moves_per_second",
            or_null(count(
                "How many are asked to move in a second; none: all at once.",
            )),
        ),
        maybe(
            "deadline",
            seconds("After how long the rest is hung up on."),
        ),
        maybe(
            "stops",
            boolean("The hub stops afterwards: it cannot be called off."),
        ),
    ])
}

pub(crate) fn info() -> Operation {
    let cluster = object([
        needed("node", string("The name of this hub among them.")),
        needed("nodes", list(&object(node()))),
        needed("silent_nodes", list(&string("A node that did not answer."))),
    ]);
    let of_this = [
        needed("tasks", counts("What runs in the process, by kind.")),
        maybe(
            "cluster",
            described(cluster, "All hubs that meet at the same broker."),
        ),
    ];
    let mut answer = glance();
    answer.extend(of_this);
    got(
        "See what runs here, and how much of it.",
        Vec::new(),
        object(answer),
    )
}

fn node() -> Vec<Field> {
    let mut node = vec![needed("node", string("Its name."))];
    node.extend(glance());
    node
}

/// What is said of every hub.
fn glance() -> Vec<Field> {
    let messages = object([
        needed("received", count("From clients.")),
        needed("published", count("To topics.")),
        needed("delivered", count("To subscribers.")),
    ]);
    vec![
        needed("version", string("Of the hub.")),
        needed("uptime", seconds("Seconds since the hub started.")),
        needed("draining", boolean("The hub sends its clients away.")),
        needed("shards", count("How many there are.")),
        needed(
            "silent_shards",
            list(&count(
                "A shard that does not answer; the numbers lack its own.",
            )),
        ),
        needed("connections", counts("How many there are in each state.")),
        needed("subscriptions", count("How many there are.")),
        needed("topics", count("How many have a subscriber or a memory.")),
        needed("messages", described(messages, "Since the hub started.")),
    ]
}

fn counts(description: &str) -> Value {
    let each = json!({ "type": "object", "additionalProperties": count("How many.") });
    described(each, description)
}

pub(crate) fn connections() -> Operation {
    let parameters = vec![
        parameter("limit", &limit(1..=LIMIT_MAX, LIMIT_DEFAULT)),
        parameter("after", &count("The `next` of the page before.")),
        parameter(
            "user",
            &text("Whose connections; the only parameter, then."),
        ),
    ];
    let answer = object([
        needed("connections", list(&component("Connection"))),
        needed("next", or_null(count("Where the next page begins."))),
        silent_nodes("Its connections are missing."),
    ]);
    got("List connections of all nodes.", parameters, answer)
}

pub(crate) fn connection() -> Operation {
    let mut parameter = parameter("connection", &connection_name());
    parameter["required"] = true.into();
    got(
        "Look closer at a connection.",
        vec![parameter],
        component("ConnectionDetails"),
    )
}

pub(crate) fn key() -> Operation {
    let scopes = ApiScope::ALL.map(ApiScope::name);
    let answer = object([
        needed("scopes", list(&json!({ "type": "string", "enum": scopes }))),
        needed(
            "topics",
            list(&string("A filter of topics that it may touch.")),
        ),
    ]);
    let summary = "See what the key may do; without topics it may touch all.";
    got(summary, Vec::new(), answer)
}

pub(crate) fn settings() -> Operation {
    let setting = object([
        needed("key", string("The name of the setting.")),
        needed("value", string("Its value; those of secrets are hidden.")),
        needed("origin", string("Where the value came from.")),
        needed("meaning", string("What the setting does.")),
        needed("reload", boolean("It can change while the hub runs.")),
        maybe("waits", string("The value from the next start on.")),
    ]);
    let answer = object([needed("settings", list(&setting))]);
    got("See the settings that hold.", Vec::new(), answer)
}

pub(crate) fn events() -> Operation {
    let kinds = OccurrenceKind::ALL.map(OccurrenceKind::name).join("`, `");
    let kinds = format!("What to hear, with commas between: `{kinds}`. All when left out.");
    let parameters = vec![
        parameter("kinds", &string(&kinds)),
        parameter(
            "topics",
            &string("Filters, with commas between: of what is about a topic, only what matches."),
        ),
        parameter(
            "connections",
            &string("Connections, with commas between: only what is about one of them."),
        ),
    ];
    let event = object([]);
    Operation {
        media_type: "application/x-ndjson",
        ..got(
            "Hear what happens: one CloudEvent a line, until you leave.",
            parameters,
            described(
                event,
                "A CloudEvent, or `{\"missed\":N}` where some were left out.",
            ),
        )
    }
}

fn payload() -> Value {
    anything("The payload: any JSON value, delivered as it was written.")
}

fn told_info() -> Field {
    maybe(
        "info",
        anything("What others see of the user; up to 2 KiB of JSON."),
    )
}

fn expires_in(description: &str) -> Field {
    optional("expires_in", bounded_seconds(0.0..=EXPIRY_MAX, description))
}

/// One parameter of a query, which may be left out.
fn parameter(name: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "query", "schema": schema })
}
