//! Any records in the topics of the hubs.

use wirehub_broker_kafka::{node_word::NodeWord, topic_word::TopicWord};

/// A record is one word, which is written the same way again, or an error. The first byte says
/// whose topic it stands in, the second how long its key is.
pub(crate) fn judge(data: &[u8]) {
    let [kind, length, record @ ..] = data else {
        return;
    };
    if kind % 2 == 0 {
        if let Ok((said, word)) = NodeWord::decode(record) {
            assert_eq!(word.encode(said), record);
        }
        return;
    }
    let (key, value) = record.split_at(usize::from(*length).min(record.len()));
    if let Ok((said, epoch, word)) = TopicWord::decode(key, value) {
        assert_eq!(word.topic().as_str().as_bytes(), key);
        assert_eq!(word.encode(said, epoch), value);
    }
}
