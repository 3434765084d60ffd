//! What a record of Kafka says.

use rdkafka::{Message as _, Timestamp, message::BorrowedMessage};
use wirehub_broker::stored::DecodeError;
use wirehub_model::Epoch;

use crate::{
    logs::{Lane, Logs},
    node_word::NodeWord,
    said::Said,
    topic_word::TopicWord,
};

/// What a record says, and where it stands.
pub(crate) struct Heard {
    pub(crate) lane: Option<Lane>,
    pub(crate) time: Timestamp,
    /// The Kafka offset behind it.
    pub(crate) next: i64,
    pub(crate) word: Result<(Said, Word), DecodeError>,
}

/// A word of one of the two kinds.
pub(crate) enum Word {
    Topic(Epoch, TopicWord),
    Node(NodeWord),
}

impl Heard {
    /// Reads a record.
    pub(crate) fn read(logs: &Logs, record: &BorrowedMessage<'_>) -> Self {
        let lane = logs.lane(record.topic(), record.partition());
        let value = record.payload().unwrap_or_default();
        let word = if lane == Some(logs.of_nodes()) {
            NodeWord::decode(value).map(|(said, word)| (said, Word::Node(word)))
        } else {
            let decoded = TopicWord::decode(record.key().unwrap_or_default(), value);
            decoded.map(|(said, epoch, word)| (said, Word::Topic(epoch, word)))
        };
        Self {
            lane,
            time: record.timestamp(),
            next: record.offset() + 1,
            word,
        }
    }
}
