//! What errors of the server mean.

use redis::{RedisError, ServerError, Value};
use wirehub_broker::BrokerError;
use wirehub_model::Topic;

/// Nothing can be done at the moment.
pub(crate) fn unavailable(reason: &str) -> BrokerError {
    BrokerError::Unavailable {
        reason: reason.to_owned(),
    }
}

/// The connection failed.
pub(crate) fn of_connection(error: &RedisError) -> BrokerError {
    unavailable(&format!("the Redis server: {error}"))
}

/// Takes an answer, unless it is an error.
pub(crate) fn answered(value: Value) -> Result<Value, BrokerError> {
    match value {
        Value::ServerError(error) => Err(unavailable(&in_words(&error))),
        value => Ok(value),
    }
}

/// Takes an answer about a topic, unless it is an error.
pub(crate) fn answered_of(topic: &Topic, value: Value) -> Result<Value, BrokerError> {
    match value {
        Value::ServerError(error) if is_damage(&error) => Err(BrokerError::Damaged {
            topic: topic.clone(),
            reason: in_words(&error),
        }),
        value => answered(value),
    }
}

/// Something under our keys is not ours: a script said so, or stumbled over it.
fn is_damage(error: &ServerError) -> bool {
    let details = error.details().unwrap_or_default();
    matches!(error.code(), "DAMAGED" | "WRONGTYPE")
        || (error.code() == "ERR" && details.contains("script"))
}

/// Whether the connection is of no use after this answer: scripts are to be loaded anew, or another
/// server has become the one that takes writes.
pub(crate) fn ends_connection(value: &Value) -> bool {
    let Value::ServerError(error) = value else {
        return false;
    };
    matches!(
        error.code(),
        "NOSCRIPT" | "READONLY" | "MASTERDOWN" | "LOADING" | "NOAUTH"
    )
}

fn in_words(error: &ServerError) -> String {
    let details = error.details().unwrap_or_default();
    format!("{} {details}", error.code())
}
