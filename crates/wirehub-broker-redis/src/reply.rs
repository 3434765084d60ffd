//! Reading what the server answers.

use redis::Value;
use wirehub_broker::BrokerError;

use crate::{failure::unavailable, wire::Answered};

/// Takes an answer apart. What is not as it should be is an error: somebody else may have answered.
pub(crate) fn list(value: Value) -> Result<std::vec::IntoIter<Value>, BrokerError> {
    match value {
        Value::Array(values) | Value::Set(values) => Ok(values.into_iter()),
        other => Err(odd(&other)),
    }
}

/// A text of bytes.
pub(crate) fn bytes(value: Option<Value>) -> Result<Vec<u8>, BrokerError> {
    match value {
        Some(Value::BulkString(bytes)) => Ok(bytes),
        Some(Value::SimpleString(text)) => Ok(text.into_bytes()),
        Some(Value::Okay) => Ok(b"OK".to_vec()),
        Some(Value::Int(number)) => Ok(number.to_string().into_bytes()),
        other => Err(odd(&other.unwrap_or_default())),
    }
}

/// A text.
pub(crate) fn text(value: Option<Value>) -> Result<String, BrokerError> {
    let bytes = bytes(value)?;
    String::from_utf8(bytes).map_err(|_| unavailable("the server answers with a text that is none"))
}

/// A number.
pub(crate) fn number(value: Option<Value>) -> Result<u64, BrokerError> {
    let text = text(value)?;
    let wrong = |_| unavailable("the server answers with a number that is none");
    text.parse().map_err(wrong)
}

/// The one answer to one command.
pub(crate) fn one(mut answers: Vec<Answered>) -> Result<Value, BrokerError> {
    let missing = || Err(unavailable("the server did not answer"));
    answers.pop().unwrap_or_else(missing)
}

fn odd(value: &Value) -> BrokerError {
    let kind = match value {
        Value::Nil => "nothing",
        Value::Array(_) => "a list",
        Value::ServerError(_) => "an error",
        _ => "something else",
    };
    unavailable(&format!("the server answers with {kind} where it must not"))
}
