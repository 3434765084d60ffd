//! What the application says, between JSON and the text that Pusher makes of it.
//!
//! In Pusher `data` is a text. Libraries try to read it as JSON and hand it over as it is where
//! that fails, so a text that is no JSON and the JSON string of it are the same to an application.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use wirehub_model::{Payload, Refusal};

use crate::native::field;

/// What a text of Pusher's says: the JSON value it holds, or, where it holds none, itself.
///
/// # Errors
/// When the value nests too deep.
pub fn payload_of(text: &str) -> Result<Payload, Refusal> {
    let value = if is_json(text) {
        Bytes::copy_from_slice(text.trim_ascii().as_bytes())
    } else {
        Bytes::from(string(text))
    };
    field::json("data", value)
}

/// The text that stands for a payload in `data`, see [`payload_of`].
#[must_use]
pub fn text_of(payload: &Payload) -> Cow<'_, str> {
    let json = match payload {
        Payload::Json(json) => String::from_utf8_lossy(json),
        Payload::Binary(bytes) => Cow::Owned(string(&STANDARD.encode(bytes))),
    };
    if json.trim_ascii_start().starts_with('"')
        && let Ok(text) = serde_json::from_str::<String>(&json)
        && !is_json(&text)
    {
        return Cow::Owned(text);
    }
    json
}

/// What a client says: `data` is any value, or a text as above.
pub(super) fn read(value: Option<&RawValue>) -> Result<Payload, Refusal> {
    let Some(value) = value.map(RawValue::get) else {
        return Ok(field::null());
    };
    if value.starts_with('"') {
        let text = serde_json::from_str::<String>(value)
            .map_err(|_| field::bad("`data` holds half of a surrogate pair"))?;
        return payload_of(&text);
    }
    field::json("data", Bytes::copy_from_slice(value.as_bytes()))
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

fn string(text: &str) -> String {
    // Writing a string fails only where writing to memory does.
    serde_json::to_string(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &'static str) -> Payload {
        Payload::Json(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn a_text_is_the_value_it_holds_or_itself() {
        for (text, value) in [
            (r#"{"a": 1}"#, json(r#"{"a": 1}"#)),
            ("hello", json(r#""hello""#)),
            ("", json(r#""""#)),
            ("5", json("5")),
            (r#""5""#, json(r#""5""#)),
        ] {
            assert_eq!(payload_of(text), Ok(value.clone()), "{text}");
            assert_eq!(text_of(&value), text);
        }
    }

    #[test]
    fn applications_get_the_value_that_was_said() {
        // What `JSON.parse` makes of the text, or the text itself where it fails.
        let parse = |text: &str| {
            serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::from(text))
        };
        for value in [
            r#""hello""#,
            r#""{}""#,
            r#""1""#,
            r#" "x" "#,
            "null",
            "[1, 2]",
            r#""\"a\"""#,
        ] {
            let said = serde_json::from_str::<serde_json::Value>(value).unwrap();
            assert_eq!(parse(&text_of(&json(value))), said, "{value}");
        }
        // Four digits are base64 of three bytes, and must not become a number.
        let bytes = Payload::Binary(Bytes::from_static(b"\xd7\x6d\xf8"));
        assert_eq!(text_of(&bytes), r#""1234""#);
        assert_eq!(
            text_of(&Payload::Binary(Bytes::from_static(b"hi!"))),
            "aGkh"
        );
    }

    #[test]
    fn what_nests_too_deep_is_refused() {
        let deep = "[".repeat(61) + &"]".repeat(61);
        assert!(payload_of(&deep).is_err());
        let value: &RawValue = serde_json::from_str(&deep).unwrap();
        assert!(read(Some(value)).is_err());
    }
}
