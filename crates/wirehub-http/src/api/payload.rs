//! What somebody said, in an answer.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::ser;
use serde_json::value::RawValue;
use wirehub_model::Payload;

/// The JSON value of a payload as it was written, or the bytes of a binary one in base64.
pub(super) fn parts<E: ser::Error>(
    payload: &Payload,
) -> Result<(Option<&RawValue>, Option<String>), E> {
    match payload {
        Payload::Json(text) => Ok((Some(json(text)?), None)),
        Payload::Binary(bytes) => Ok((None, Some(STANDARD.encode(bytes)))),
    }
}

/// One JSON value as it was written.
pub(super) fn json<E: ser::Error>(text: &[u8]) -> Result<&RawValue, E> {
    serde_json::from_slice(text).map_err(E::custom)
}
