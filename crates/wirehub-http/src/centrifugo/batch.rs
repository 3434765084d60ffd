//! Several commands at once.

use futures_util::{StreamExt as _, stream};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
    ser::SerializeMap as _,
};
use serde_json::value::{RawValue, to_raw_value};

use super::{
    failure::Failure,
    method::Method,
    params::{Params, Text},
    reply::Outcome,
};
use crate::admin::{AT_ONCE, Admin};

#[derive(Deserialize)]
struct Batch<'a> {
    #[serde(borrow, default)]
    commands: Vec<Entry<'a>>,
    #[serde(default)]
    parallel: Option<bool>,
}

/// `{"publish":{…}}`: the first field whose value is an object.
struct Entry<'a>(Option<(Text<'a>, &'a RawValue)>);

#[derive(Serialize)]
struct Replies<'a> {
    replies: Vec<Reply<'a>>,
}

/// `{"publish":{…}}` again, or `{"error":{…}}`.
struct Reply<'a> {
    name: &'a str,
    outcome: Result<Outcome, Failure>,
}

/// `{"commands":[{"publish":{…}},…],"parallel"?}`
pub(super) async fn batch(admin: &Admin, params: Params<'_>) -> Result<Outcome, Failure> {
    let Batch { commands, parallel } = params.take()?;
    let at_once = if parallel.unwrap_or_default() {
        AT_ONCE
    } else {
        1
    };
    let replies: Vec<_> = commands.iter().map(|entry| reply(admin, entry)).collect();
    let replies = stream::iter(replies).buffered(at_once).collect().await;
    let answer = to_raw_value(&Replies { replies });
    answer
        .map(Outcome::Answer)
        .map_err(|error| Failure::bad(error.to_string()))
}

async fn reply<'a>(admin: &Admin, entry: &'a Entry<'_>) -> Reply<'a> {
    let Some((Text(name), params)) = &entry.0 else {
        let outcome = Err(Failure::not_found());
        return Reply { name: "", outcome };
    };
    let outcome = match Method::by_name(name) {
        Some(Method::Batch) | None => Err(Failure::not_found()),
        Some(method) => method.perform(admin, Params::within(params)).await,
    };
    Reply { name, outcome }
}

impl<'de: 'a, 'a> Deserialize<'de> for Entry<'a> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_map(EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = Entry<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a command in an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut command = None;
        while let Some((name, params)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
            if params.get().starts_with('{') {
                command.get_or_insert((name, params));
            }
        }
        Ok(Entry(command))
    }
}

impl Serialize for Reply<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match &self.outcome {
            Ok(outcome) => map.serialize_entry(self.name, outcome.json())?,
            Err(failure) => map.serialize_entry("error", failure)?,
        }
        map.end()
    }
}
