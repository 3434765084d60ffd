//! JSON Schema (2020-12, which OpenAPI 3.1 uses), in words of this API.

use std::ops::RangeInclusive;

use serde_json::{Map, Value, json};
use wirehub_model::{Tags, Topic};

/// `char::is_control`, as a part of a class in a pattern.
const CONTROL: &str = r"\u0000-\u001f\u007f-\u009f";

/// One field of an object.
pub(super) struct Field {
    name: &'static str,
    schema: Value,
    needed: bool,
}

/// A field that is always there.
pub(super) const fn needed(name: &'static str, schema: Value) -> Field {
    Field {
        name,
        schema,
        needed: true,
    }
}

/// A field that may be left out of an answer.
pub(super) const fn maybe(name: &'static str, schema: Value) -> Field {
    Field {
        name,
        schema,
        needed: false,
    }
}

/// Nodes of a cluster that did not answer, and what that means.
pub(super) fn silent_nodes(meaning: &str) -> Field {
    let node = string(&format!("A node that did not answer. {meaning}"));
    maybe("silent_nodes", list(&node))
}

/// A field that may be left out of a request. `null` says the same.
pub(super) fn optional(name: &'static str, schema: Value) -> Field {
    maybe(name, or_null(schema))
}

/// An object that may get more fields with a newer hub.
pub(super) fn object(fields: impl IntoIterator<Item = Field>) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for field in fields {
        if field.needed {
            required.push(Value::from(field.name));
        }
        properties.insert(field.name.to_owned(), field.schema);
    }
    let mut schema = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    schema
}

/// An object that has no other fields, as requests do.
pub(super) fn closed(fields: impl IntoIterator<Item = Field>) -> Value {
    let mut schema = object(fields);
    schema["additionalProperties"] = false.into();
    schema
}

/// A closed object that names whom it is for by exactly one of `user` and `connection`.
pub(super) fn closed_with_recipient(fields: impl IntoIterator<Item = Field>) -> Value {
    let whom = [
        optional("user", text("A user.")),
        optional("connection", connection()),
    ];
    let mut schema = closed(whom.into_iter().chain(fields));
    let only = |one: &str, other: &str| {
        let (text, absent) = (json!({ "type": "string" }), json!({ "type": "null" }));
        json!({ "required": [one], "properties": { one: text, other: absent } })
    };
    schema["oneOf"] = json!([only("user", "connection"), only("connection", "user")]);
    schema
}

/// The schema, or `null`.
pub(super) fn or_null(mut schema: Value) -> Value {
    match schema.get("type") {
        Some(kind) if schema.get("enum").is_none() => {
            schema["type"] = json!([kind, "null"]);
            schema
        }
        _ => json!({ "anyOf": [schema, { "type": "null" }] }),
    }
}

pub(super) fn described(mut schema: Value, description: &str) -> Value {
    schema["description"] = description.into();
    schema
}

/// A schema among the components.
pub(super) fn component(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

pub(super) fn list(of: &Value) -> Value {
    json!({ "type": "array", "items": of })
}

pub(super) fn boolean(description: &str) -> Value {
    json!({ "type": "boolean", "description": description })
}

/// Any text.
pub(super) fn string(description: &str) -> Value {
    json!({ "type": "string", "description": description })
}

/// Texts by names that are anybody's choice.
pub(super) fn texts(description: &str) -> Value {
    let names = json!({ "minLength": 1 });
    let text = json!({ "type": "string" });
    json!({
        "type": "object",
        "propertyNames": names,
        "additionalProperties": text,
        "maxProperties": Tags::COUNT_MAX,
        "description": description,
    })
}

/// Any JSON value.
pub(super) fn anything(description: &str) -> Value {
    json!({ "description": description })
}

/// A number that counts something.
pub(super) fn count(description: &str) -> Value {
    json!({ "type": "integer", "minimum": 0, "description": description })
}

/// A time in seconds, with fractions.
pub(super) fn seconds(description: &str) -> Value {
    json!({ "type": "number", "minimum": 0, "description": description })
}

/// A time in seconds that a request gives.
pub(super) fn bounded_seconds(bounds: RangeInclusive<f64>, description: &str) -> Value {
    let (least, most) = bounds.into_inner();
    json!({ "type": "number", "minimum": least, "maximum": most, "description": description })
}

pub(super) fn limit(bounds: RangeInclusive<u32>, default: u32) -> Value {
    let (least, most) = bounds.into_inner();
    json!({
        "type": "integer",
        "minimum": least,
        "maximum": most,
        "default": default,
        "description": "How many to answer with at most.",
    })
}

/// A short name without control characters: a user, an event, a key. All have the same bound.
pub(super) fn text(description: &str) -> Value {
    named(&format!("^[^{CONTROL}]+$"), description)
}

/// The name of a topic.
pub(super) fn topic(description: &str) -> Value {
    named(&format!("^[^+#{CONTROL}]+$"), description)
}

/// A topic or a filter.
pub(super) fn filter(description: &str) -> Value {
    let level = format!("[^/+#{CONTROL}]*");
    named(&format!(r"^(({level}|\+)/)*({level}|\+|#)$"), description)
}

/// Lengths are told in characters, and bounded in bytes of UTF-8.
fn named(pattern: &str, description: &str) -> Value {
    let most = Topic::BYTES_MAX;
    json!({
        "type": "string",
        "minLength": 1,
        "maxLength": most,
        "pattern": pattern,
        "description": format!("{description} At most {most} bytes of UTF-8."),
    })
}

/// The name of a connection.
pub(super) fn connection() -> Value {
    let description = "The name of a connection, as the hub gave it.";
    number_in_base32("c_", description)
}

/// What an offset counts from.
pub(super) fn epoch() -> Value {
    number_in_base32("", "Changes when a topic is counted anew.")
}

/// 64 bits in Crockford's alphabet, without leading zeros.
fn number_in_base32(prefix: &str, description: &str) -> Value {
    let digit = "[0-9a-hjkmnp-tv-z]";
    let first = "[1-9a-hjkmnp-tv-z]";
    let pattern = format!("^{prefix}(0|{first}{digit}{{0,11}}|[1-9a-f]{digit}{{12}})$");
    json!({ "type": "string", "pattern": pattern, "description": description })
}

/// The place of a publication in its topic.
pub(super) fn position(description: &str) -> Value {
    let offset = json!({ "type": "integer", "minimum": 0, "maximum": 9_007_199_254_740_991_u64 });
    let schema = closed([
        needed("epoch", epoch()),
        needed("offset", described(offset, "The number of a publication.")),
    ]);
    described(schema, description)
}
