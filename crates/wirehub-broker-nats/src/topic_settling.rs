//! Storing the names and the values of the last message of a log where they are found.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::future::join_all;
use wirehub_broker::{BrokerError, Record};
use wirehub_model::{Key, Topic};

use crate::{
    kept::{KeptName, KeptValue},
    log_page::LogPage,
    put::{Put, PutError},
    topic_log::{Standing, TopicLog, lasting},
    topic_reading::record,
};

impl TopicLog {
    /// Makes sure that the names and values of the last message are stored. They are only stored
    /// while it is the last: whoever has written another one has stored them before.
    pub(crate) async fn settle(
        &self,
        topic: &Topic,
        standing: &Standing,
    ) -> Result<(), BrokerError> {
        let Some(page) = &standing.unsettled else {
            return Ok(());
        };
        let puts = self.puts(topic, page, standing.number)?;
        let stored = puts
            .iter()
            .map(|put| self.js.put(std::slice::from_ref(put)));
        for result in join_all(stored).await {
            match result {
                Ok(_) | Err(PutError::Conflict) => {}
                Err(PutError::TooLarge) => {
                    let (bytes, max) = (page.encode().len(), self.js.requests().max_payload());
                    return Err(BrokerError::TooLarge { bytes, max });
                }
                Err(PutError::Failed(failure)) => return Err(failure.into()),
            }
        }
        self.settled(topic, standing.number);
        Ok(())
    }

    fn puts(&self, topic: &Topic, page: &LogPage, number: u64) -> Result<Vec<Put>, BrokerError> {
        let fence = Some((number, Some(self.subjects.log(topic))));
        let rules = &page.row.rules;
        let mut puts = Vec::new();
        for (place, one) in page.places() {
            let Some((name, until)) = &one.name else {
                continue;
            };
            let kept = KeptName {
                position: place,
                until: *until,
            };
            puts.push(Put {
                subject: self.subjects.name(topic, name),
                payload: kept.encode().into(),
                expects: fence.clone(),
                life: lasting(rules.idempotency_ttl),
                is_only: true,
            });
        }
        for (key, (_, value)) in keyed(topic, page)? {
            puts.push(Put {
                subject: self.subjects.value(topic, &key),
                payload: value.encode().into(),
                expects: fence.clone(),
                life: rules.retained_ttl.and_then(lasting),
                is_only: true,
            });
        }
        Ok(puts)
    }
}

/// The last publication with each key in a message.
pub(crate) fn keyed(
    topic: &Topic,
    page: &LogPage,
) -> Result<BTreeMap<Key, (Arc<Record>, KeptValue)>, BrokerError> {
    let mut keyed = BTreeMap::new();
    if page.row.rules.keys == 0 {
        return Ok(keyed);
    }
    for (place, one) in page.places() {
        let record = record(topic, place, &one.publication)?;
        if let Some(key) = &record.key {
            let value = KeptValue {
                position: place,
                publication: one.publication.clone(),
            };
            keyed.insert(key.clone(), (Arc::clone(&record), value));
        }
    }
    Ok(keyed)
}
