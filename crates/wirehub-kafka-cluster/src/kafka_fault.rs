//! What to do when a Kafka cluster does not do something.

use rdkafka::{error::KafkaError, types::RDKafkaErrorCode as Code};

use crate::Complaint;

/// What went wrong, in a sentence that says what to do; `topic` is what it was about.
#[must_use]
pub fn advice(error: &KafkaError, complaint: &Complaint, topic: &str) -> String {
    let code = error.rdkafka_error_code();
    let what = match code {
        Some(Code::UnknownTopic | Code::UnknownTopicOrPartition | Code::UnknownPartition) => {
            format!("make the topic {topic:?}")
        }
        Some(Code::TopicAuthorizationFailed | Code::ClusterAuthorizationFailed) => {
            format!("allow the user to use the topic {topic:?}")
        }
        Some(Code::GroupAuthorizationFailed) => "allow the user to use the group".to_owned(),
        Some(Code::Authentication | Code::SaslAuthenticationFailed) => {
            "correct the user and the password".to_owned()
        }
        Some(Code::SSL) => "correct `tls` and `ca`".to_owned(),
        Some(
            Code::MessageTimedOut
            | Code::BrokerTransportFailure
            | Code::AllBrokersDown
            | Code::Resolve
            | Code::OperationTimedOut,
        ) => "start the servers, or correct `servers`".to_owned(),
        _ => String::new(),
    };
    let said = complaint.take();
    let said = said.map_or_else(|| error.to_string(), |said| format!("{error}: {said}"));
    let then = if what.is_empty() { "" } else { "; " };
    format!("the Kafka cluster does not answer well ({said}){then}{what}")
}

/// Whether it is about the size of a record.
#[must_use]
pub fn is_too_large(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(Code::MessageSizeTooLarge | Code::InvalidMessageSize)
    )
}
