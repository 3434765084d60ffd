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

fn in_words(error: &ServerError) -> String {
    let details = error.details().unwrap_or_default();
    format!("{} {details}", error.code())
}
