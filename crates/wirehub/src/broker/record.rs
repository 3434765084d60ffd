//! Publications and errors, as the broker has them and as shards do.

use std::sync::Arc;

use wirehub_broker::{BrokerError, Record};
use wirehub_model::{ErrorCode, Publication, Publisher, Refusal};

use crate::clock::Clock;

/// Whose idempotency keys these are: nobody can use up those of others.
pub(super) fn scope(from: Option<&Publisher>) -> Arc<str> {
    match from {
        None => "application".into(),
        Some(Publisher { user: None, .. }) => "anonymous".into(),
        Some(Publisher {
            user: Some(user), ..
        }) => format!("user:{user}").into(),
    }
}

pub(super) fn publication(record: &Record, clock: Clock) -> Publication {
    Publication {
        topic: record.topic.clone(),
        message: record.message.clone(),
        key: record.key.clone(),
        position: record.position,
        from: record.from.clone(),
        accepted_at: clock.moment_at(record.accepted_at),
        expires_at: record.expires_at.map(|end| clock.moment_at(end)),
        trace: None,
    }
}

/// What a client is told when the broker does not do what it is asked.
pub(super) fn refusal(error: &BrokerError) -> Refusal {
    let code = match error {
        BrokerError::NotStored { .. } => ErrorCode::NotStored,
        BrokerError::TooManyTopics(_) | BrokerError::TooManyInterests(_) => ErrorCode::LimitReached,
        BrokerError::TooLarge { .. } => ErrorCode::TooLarge,
        error if error.is_worth_a_retry() => ErrorCode::Overloaded,
        _ => ErrorCode::Internal,
    };
    Refusal::new(code, error.to_string())
}
