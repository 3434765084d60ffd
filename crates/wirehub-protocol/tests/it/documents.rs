//! `docs/protocol.md` and `docs/close-codes.md` say what the code does.

mod limits;

use std::{collections::BTreeSet, fmt::Write as _};

use serde_json::{Value, value::RawValue};
use wirehub_model::{CloseReason, ErrorCode, Gap, Reconnect};
use wirehub_protocol::{Dialect, Frame};

use crate::{expect, transcripts};

const PROTOCOL: &str = "docs/protocol.md";

/// How deep `data` may nest; [`the_depth_in_the_table_holds`] sees to it.
const DEPTH_MAX: usize = 60;

/// How many topics `resume` may name; [`the_number_of_resumed_topics_in_the_table_holds`].
const RESUMED_TOPICS_MAX: usize = 1_000;

/// The JSON messages of the transcripts, of both sides, without those that are refused.
fn pinned() -> BTreeSet<String> {
    let files = transcripts::FILES
        .iter()
        .filter(|file| **file != "rejected.txt");
    let texts: Vec<_> = files.map(|file| transcripts::read(file)).collect();
    let lines = texts.iter().flat_map(|text| text.lines());
    let said = lines.filter_map(|line| {
        let said = line.strip_prefix("> json ");
        said.or_else(|| line.strip_prefix("< json "))
    });
    said.map(str::to_owned).collect()
}

/// What streams say for what a WebSocket has frames for. No dialect knows them; the hub's own tests
/// of its streams hear them.
const FRAMES: [&str; 3] = [
    r#"{"type":"stream","stream":"3k9x-0f8n6zv5k2q9w-d7hj4xr1bt3mc"}"#,
    r#"{"type":"close","code":1012,"reason":"service_restart"}"#,
    r#"{"type":"close"}"#,
];

/// Every JSON message in a text, wherever it stands.
fn messages(text: &str) -> Vec<&str> {
    let starts = text.match_indices(r#"{"type""#);
    let found = starts.map(|(start, _)| {
        let mut values =
            serde_json::Deserializer::from_str(&text[start..]).into_iter::<&RawValue>();
        values.next().unwrap().unwrap().get()
    });
    found.collect()
}

#[test]
fn every_example_is_in_a_transcript() {
    let document = expect::read(PROTOCOL);
    let pinned = pinned();
    let mut examples = messages(&document);
    for frame in FRAMES {
        assert!(examples.contains(&frame), "not shown: {frame}");
    }
    examples.retain(|example| !FRAMES.contains(example));
    for example in &examples {
        assert!(pinned.contains(*example), "in no transcript: {example}");
    }
    let kind = |text: &&str| serde_json::from_str::<Value>(text).unwrap()["type"].to_string();
    let shown: BTreeSet<_> = examples.iter().map(kind).collect();
    let spoken: BTreeSet<_> = pinned.iter().map(|text| kind(&text.as_str())).collect();
    assert_eq!(shown, spoken, "every type of message has an example");
}

#[test]
fn every_field_is_described() {
    let document = expect::read(PROTOCOL);
    for message in pinned() {
        describe(&document, &serde_json::from_str(&message).unwrap());
    }
}

/// What the application says, or names itself.
const FOREIGN: [&str; 4] = ["data", "state", "info", "topics"];

/// Finds the names of the fields in the document, except those within what is the application's.
fn describe(document: &str, value: &Value) {
    for (name, value) in value.as_object().into_iter().flatten() {
        let unknown_on_purpose = name == "colour";
        let described = document.contains(&format!("`{name}`"));
        assert!(described || unknown_on_purpose, "`{name}` is not described");
        if FOREIGN.contains(&name.as_str()) {
            continue;
        }
        match value {
            Value::Array(items) => items.iter().for_each(|item| describe(document, item)),
            value => describe(document, value),
        }
    }
}

#[test]
fn tables_are_those_of_the_code() {
    let mut document = expect::read(PROTOCOL);
    for (name, table) in [
        ("errors", errors()),
        ("reasons", reasons()),
        ("limits", limits::table()),
    ] {
        let begin = format!("<!-- {name}: made from the code -->\n");
        let end = format!("<!-- /{name} -->");
        let (before, rest) = document.split_once(&begin).unwrap();
        let (_, after) = rest.split_once(&end).unwrap();
        document = format!("{before}{begin}{table}{end}{after}");
    }
    expect::check(PROTOCOL, &document);
}

#[test]
fn the_depth_in_the_table_holds() {
    let nested = |levels: usize| {
        let (open, close) = ("[".repeat(levels), "]".repeat(levels));
        let text = format!(r#"{{"type":"publish","topic":"t","data":{open}{close}}}"#);
        Dialect::NativeJson.decode(Frame::Text(&text))
    };
    assert!(nested(DEPTH_MAX).is_ok());
    assert!(nested(DEPTH_MAX + 1).is_err());
}

#[test]
fn the_number_of_resumed_topics_in_the_table_holds() {
    let named = |count: usize| {
        let topics: Vec<_> = (0..count)
            .map(|topic| format!(r#""t/{topic}":1"#))
            .collect();
        let text = format!(
            r#"{{"type":"resume","session":"s_3k9x-7q2m4-9wz1c","topics":{{{}}}}}"#,
            topics.join(",")
        );
        Dialect::NativeJson.decode(Frame::Text(&text))
    };
    assert!(named(RESUMED_TOPICS_MAX).is_ok());
    assert!(named(RESUMED_TOPICS_MAX + 1).is_err());
}

fn errors() -> String {
    let mut table = "| `code` | meaning | `retry` |\n|---|---|---|\n".to_owned();
    for code in ErrorCode::ALL {
        let (name, meaning, retry) = (code.name(), code.meaning(), code.retry());
        writeln!(table, "| `{name}` | {meaning} | {retry} |").unwrap();
    }
    table
}

fn reasons() -> String {
    let mut table = "| `reason` | meaning |\n|---|---|\n".to_owned();
    for gap in Gap::ALL {
        writeln!(table, "| `{}` | {} |", gap.name(), gap.meaning()).unwrap();
    }
    table
}

#[test]
fn close_codes_are_those_of_the_code() {
    let mut document = "\
# Close codes

Why the server closes a connection, and what a client should do next. The code and the name stand
in the WebSocket close frame (RFC 6455 section 5.5.1), the name as its reason. Codes below 4000 are
registered for all of WebSocket; those above are Wirehub's own. When a connection ends without a
close frame, a client sees 1006 and connects again with growing delays.

This page is made from `CloseReason` in `wirehub-model`.

| code | name | meaning | connect again? |
|---|---|---|---|
"
    .to_owned();
    for reason in CloseReason::ALL {
        let next = match reason.reconnect() {
            Reconnect::Soon => "yes, after a short random delay",
            Reconnect::Backoff => "yes, with growing random delays",
            Reconnect::NewToken => "yes, with a new token",
            Reconnect::Never => "no",
        };
        let (code, name, meaning) = (reason.code(), reason.name(), reason.meaning());
        writeln!(document, "| {code} | `{name}` | {meaning} | {next} |").unwrap();
    }
    expect::check("docs/close-codes.md", &document);
}
