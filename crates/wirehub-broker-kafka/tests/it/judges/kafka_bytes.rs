//! Any records in the topics of the hubs.

use wirehub_broker_kafka::{
    checkpoint::Checkpoint, chunk::Chunk, node_word::NodeWord, topic_word::TopicWord,
};

/// A record is one word or checkpoint, which is written the same way again, or an error. The first
/// byte says whose topic it stands in, the second how long its key is.
pub(crate) fn judge(data: &[u8]) {
    let [kind, length, record @ ..] = data else {
        return;
    };
    let again = match kind % 4 {
        0 => NodeWord::decode(record)
            .ok()
            .map(|(said, word)| word.encode(said)),
        1 => return judge_topic(usize::from(*length), record),
        2 => Checkpoint::decode(record).ok().map(|kept| kept.encode()),
        _ => Chunk::decode(record).ok().map(|chunk| chunk.encode()),
    };
    if let Some(again) = again {
        assert_eq!(again, record);
    }
}

fn judge_topic(length: usize, record: &[u8]) {
    let (key, value) = record.split_at(length.min(record.len()));
    if let Ok((said, epoch, word)) = TopicWord::decode(key, value) {
        let topic = word.topic().map_or("", |topic| topic.as_str());
        assert_eq!(topic.as_bytes(), key);
        assert_eq!(word.encode(said, epoch), value);
    }
}
