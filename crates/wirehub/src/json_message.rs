//! Messages made of values.

use serde::Serialize;
use wirehub_model::{EventName, Message, Payload};

/// A message with an event name and a value as JSON. A name that breaks the rules of
/// [`EventName`] is left out.
///
/// # Errors
/// When the value cannot be written as JSON.
pub fn json_message(event: &str, value: &impl Serialize) -> Result<Message, serde_json::Error> {
    Ok(Message {
        event: EventName::parse(event),
        ..Message::of(Payload::Json(serde_json::to_vec(value)?.into()))
    })
}
