//! The JSON object that a request carries.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use axum::{
    extract::{FromRequest, Request},
    http::StatusCode,
};
use bytes::Bytes;
use serde::{
    Deserialize,
    de::{self, DeserializeSeed, IgnoredAny, MapAccess},
};
use serde_json::value::RawValue;
use wirehub_model::ErrorCode;

use crate::{
    nearest::{nearest, shown},
    problem::Problem,
};

/// The body of a request, whatever its content type says.
#[derive(Debug)]
pub(crate) struct Body(Bytes);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body = Bytes::from_request(request, state).await;
        body.map(Self)
            .map_err(|rejection| match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
                    ErrorCode::TooLarge,
                    "the body is larger than this listener takes",
                ),
                _ => Problem::bad(format!("the body did not come: {}", rejection.body_text())),
            })
    }
}

impl Body {
    /// The bytes as they came.
    pub(crate) fn into_bytes(self) -> Bytes {
        self.0
    }

    /// The body as it came.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads the body as an object that has no other fields than the known ones.
    pub(crate) fn object<'a>(
        &'a self,
        known: &'static [&'static str],
    ) -> Result<Object<'a>, Problem> {
        let text = std::str::from_utf8(&self.0)
            .map_err(|error| Problem::bad(format!("the body is not UTF-8: {error}")))?;
        if text.trim().is_empty() {
            return Err(Problem::bad("the body is empty")
                .hint(format!("send a JSON object with {}", listed(known))));
        }
        Object::read("the body", text, known)
    }
}

/// A JSON object whose values are read when they are asked for.
#[derive(Debug)]
pub(crate) struct Object<'a> {
    fields: Vec<(&'static str, &'a RawValue)>,
}

impl<'a> Object<'a> {
    /// Reads an object; `what` names it in answers.
    pub(crate) fn read(
        what: &str,
        text: &'a str,
        known: &'static [&'static str],
    ) -> Result<Self, Problem> {
        if !text.trim_start().starts_with('{') {
            let found = kind(text);
            return Err(Problem::bad(format!(
                "{what} must be a JSON object, not {found}"
            )));
        }
        let mut wrong = None;
        let mut json = serde_json::Deserializer::from_str(text);
        let fields = Fields {
            known,
            wrong: &mut wrong,
        };
        let fields = fields.deserialize(&mut json).and_then(|fields| {
            json.end()?;
            Ok(fields)
        });
        let fields =
            fields.map_err(|error| Problem::bad(format!("{what} is not valid JSON: {error}")))?;
        match wrong {
            None => Ok(Self { fields }),
            Some(Wrong::Twice(name)) => Err(Problem::bad(format!("`{name}` is there twice"))),
            Some(Wrong::Unknown(name)) => {
                let problem = Problem::bad(format!("{what} has no field `{}`", shown(&name)));
                Err(match nearest(&name, known.iter().copied()) {
                    Some(name) => problem.did_you_mean(Some(name)),
                    None => problem.hint(format!("the fields are {}", listed(known))),
                })
            }
        }
    }

    /// The value of a field, with `null` standing for none.
    fn present(&self, name: &str) -> Option<&'a RawValue> {
        self.raw(name).filter(|value| value.get() != "null")
    }

    /// The value of a field as it was written.
    pub(crate) fn raw(&self, name: &str) -> Option<&'a RawValue> {
        let mut fields = self.fields.iter();
        fields
            .find(|(known, _)| *known == name)
            .map(|(_, value)| *value)
    }

    /// The text of a field.
    pub(crate) fn text(&self, name: &str) -> Result<Option<Cow<'a, str>>, Problem> {
        let value = self.present(name);
        value
            .map(|value| read(name, value, "a string"))
            .transpose()
            .map(|text| text.map(|Text(text)| text))
    }

    /// The texts of an object whose names are anybody's choice; none where there is no such field.
    pub(crate) fn texts_by_name(
        &self,
        name: &str,
    ) -> Result<BTreeMap<Cow<'a, str>, Cow<'a, str>>, Problem> {
        let Some(value) = self.present(name) else {
            return Ok(BTreeMap::new());
        };
        let texts: BTreeMap<Text<'a>, Text<'a>> = read(name, value, "an object of strings")?;
        let texts = texts.into_iter();
        Ok(texts.map(|(Text(name), Text(text))| (name, text)).collect())
    }

    /// The text of a field that must be there.
    pub(crate) fn needed_text(&self, name: &str) -> Result<Cow<'a, str>, Problem> {
        self.text(name)?.ok_or_else(|| missing(name))
    }

    /// The number of a field.
    pub(crate) fn number(&self, name: &str) -> Result<Option<f64>, Problem> {
        let value = self.present(name);
        value.map(|value| read(name, value, "a number")).transpose()
    }

    /// The truth value of a field.
    pub(crate) fn truth(&self, name: &str) -> Result<Option<bool>, Problem> {
        let value = self.present(name);
        let value = value.map(|value| read(name, value, "a truth value"));
        value.transpose()
    }

    /// The values in the array of a field.
    pub(crate) fn list(&self, name: &str) -> Result<Option<Vec<&'a RawValue>>, Problem> {
        let value = self.present(name);
        value.map(|value| read(name, value, "an array")).transpose()
    }

    /// The only field there is, with its value.
    pub(crate) fn only(&self) -> Option<(&'static str, &'a RawValue)> {
        match self.fields.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }

    /// The object of a field.
    pub(crate) fn object(
        &self,
        name: &str,
        known: &'static [&'static str],
    ) -> Result<Option<Self>, Problem> {
        let value = self.present(name);
        let what = format!("`{name}`");
        value
            .map(|value| Object::read(&what, value.get(), known))
            .transpose()
    }

    /// The object of a field that must be there.
    pub(crate) fn needed_object(
        &self,
        name: &str,
        known: &'static [&'static str],
    ) -> Result<Self, Problem> {
        self.object(name, known)?.ok_or_else(|| missing(name))
    }
}

/// Says that a field is not there.
pub(crate) fn missing(name: &str) -> Problem {
    Problem::bad(format!("`{name}` is missing"))
}

/// Text with or without escapes.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

fn read<'a, T: Deserialize<'a>>(
    name: &str,
    value: &'a RawValue,
    wanted: &str,
) -> Result<T, Problem> {
    serde_json::from_str(value.get()).map_err(|error| {
        let found = kind(value.get());
        Problem::bad(if found == wanted {
            format!("`{name}` cannot be read: {error}")
        } else {
            format!("`{name}` must be {wanted}, not {found}")
        })
    })
}

/// What a JSON text is, by its first character.
fn kind(text: &str) -> &'static str {
    match text.trim_start().as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b'-' | b'0'..=b'9') => "a number",
        Some(b't' | b'f') => "a truth value",
        Some(b'n') => "null",
        _ => "something else",
    }
}

fn listed(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// What is wrong with an object that is valid JSON.
#[derive(Debug)]
enum Wrong {
    Unknown(String),
    Twice(&'static str),
}

/// Collects the known fields, so that an object takes no more memory than those; of the others it
/// keeps the first name.
struct Fields<'w> {
    known: &'static [&'static str],
    wrong: &'w mut Option<Wrong>,
}

impl<'de> DeserializeSeed<'de> for Fields<'_> {
    type Value = Vec<(&'static str, &'de RawValue)>;

    fn deserialize<D: de::Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> de::Visitor<'de> for Fields<'_> {
    type Value = Vec<(&'static str, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields: Self::Value = Vec::new();
        while let Some(Text(name)) = map.next_key()? {
            let wrong = match self.known.iter().find(|known| **known == name) {
                Some(known) if fields.iter().all(|(taken, _)| taken != known) => {
                    fields.push((known, map.next_value()?));
                    continue;
                }
                Some(known) => Wrong::Twice(known),
                None => Wrong::Unknown(name.into_owned()),
            };
            map.next_value::<IgnoredAny>()?;
            self.wrong.get_or_insert(wrong);
        }
        Ok(fields)
    }
}
