//! What is kept of a topic, as it is given out.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use tokio::time;
use wirehub_broker::{BrokerError, Opened, Record, RecordPage, Retention, stored::decode_entry};
use wirehub_model::{HistoryPage, Position, Topic};

use crate::{
    failure::{damaged, unavailable},
    kept::KeptValue,
    log_page::{LogPage, PageKind},
    topic_log::{Standing, TopicLog, read},
    topic_settling::keyed,
};

/// How often a server is asked that has not followed the one that leads yet, and how long it has in
/// between.
const LOOKS: usize = 50;
const PAUSE: Duration = Duration::from_millis(20);

impl TopicLog {
    /// What is kept of a topic that stands like that.
    pub(crate) async fn opened(
        &self,
        topic: &Topic,
        standing: &Standing,
    ) -> Result<Opened, BrokerError> {
        Ok(Opened {
            position: standing.row.position,
            history: self.history(topic, standing).await?.into(),
            values: self.values(topic, standing).await?,
        })
    }

    /// A page of what is kept of its history.
    pub(crate) async fn page(
        &self,
        topic: &Topic,
        page: HistoryPage,
        limit: usize,
    ) -> Result<RecordPage, BrokerError> {
        let (position, history) = match self.look(topic).await? {
            None => (self.begin(NOTHING).row.position, VecDeque::new()),
            Some(standing) => {
                let history = self.history(topic, &standing).await?;
                (standing.row.position, history)
            }
        };
        Ok(RecordPage::of(position, history.into_iter(), page, limit))
    }

    async fn history(
        &self,
        topic: &Topic,
        standing: &Standing,
    ) -> Result<VecDeque<Arc<Record>>, BrokerError> {
        let row = &standing.row;
        let begins = row.begins.max(row.forgotten);
        let mut history: VecDeque<(Position, Bytes)> = VecDeque::new();
        if row.rules.history.is_on() && row.position.offset > begins {
            for page in self.pages(topic, standing).await? {
                for (place, one) in page.places() {
                    if place.epoch != row.position.epoch || place.offset <= begins {
                        continue;
                    }
                    // What was removed meanwhile leaves no gap in the middle.
                    if history
                        .back()
                        .is_some_and(|(last, _)| last.offset.next() != place.offset)
                    {
                        history.clear();
                    }
                    history.push_back((place, one.publication.clone()));
                }
            }
        }
        // The rest was not kept.
        let spare = history.len().saturating_sub(row.rules.history.size);
        let kept = history.into_iter().skip(spare);
        let records = kept.map(|(place, publication)| record(topic, place, &publication));
        let mut records: VecDeque<Arc<Record>> = records.collect::<Result<_, _>>()?;
        trim(&mut records, &row.rules, self.clock.now());
        Ok(records)
    }

    /// The messages of a log that publish something, up to the one that a standing is of.
    async fn pages(&self, topic: &Topic, standing: &Standing) -> Result<Vec<LogPage>, BrokerError> {
        let subject = self.subjects.log(topic);
        for _ in 0..LOOKS {
            let from = standing.row.removed + 1;
            let mut found = self.js.all(&self.stream, &subject, from).await?;
            if found
                .last()
                .is_some_and(|last| last.number >= standing.number)
            {
                found.retain(|found| found.number <= standing.number);
                let pages = found.iter().map(|found| read(topic, found));
                return pages.collect();
            }
            time::sleep(PAUSE).await;
        }
        Err(unavailable(
            "a server of the NATS cluster is behind the others",
        ))
    }

    async fn values(
        &self,
        topic: &Topic,
        standing: &Standing,
    ) -> Result<Vec<Arc<Record>>, BrokerError> {
        let (row, rules) = (&standing.row, &standing.row.rules);
        let last = self.last_page(topic, standing).await?;
        let mut values = BTreeMap::new();
        if rules.keys > 0 {
            let subject = self.subjects.values(topic);
            for found in self.js.all(&self.stream, &subject, 1).await? {
                let value = KeptValue::decode(&found.payload);
                let value = value.map_err(|error| damaged(topic, "a value", error))?;
                let place = value.position;
                let is_current = place.epoch == row.position.epoch
                    && place.offset > row.forgotten
                    && place.offset <= row.position.offset;
                if is_current {
                    values.insert(found.subject, record(topic, place, &value.publication)?);
                }
            }
            // They may be stored only now.
            for (key, (record, _)) in last
                .iter()
                .map(|page| keyed(topic, page))
                .next()
                .transpose()?
                .into_iter()
                .flatten()
            {
                values.insert(self.subjects.value(topic, &key), record);
            }
        }
        let mut values: Vec<Arc<Record>> = values.into_values().collect();
        values.sort_by_key(|value| value.position.offset);
        values.drain(..values.len().saturating_sub(rules.keys));
        if rules.retained
            && let Some((place, one)) = last.as_ref().and_then(|page| page.places().last())
        {
            values.push(record(topic, place, &one.publication)?);
        }
        let now = self.clock.now();
        values.retain(|value| !rules.is_over(value, now));
        // A publication may be the last one and the last with its key.
        values.dedup_by_key(|value| value.position.offset);
        Ok(values)
    }

    /// The message with the last publication, if that is worth something and still there.
    async fn last_page(
        &self,
        topic: &Topic,
        standing: &Standing,
    ) -> Result<Option<LogPage>, BrokerError> {
        let (row, number) = (&standing.row, standing.held());
        let is_wanted = row.rules.retained || row.rules.keys > 0;
        if !is_wanted || number == 0 || row.position.offset <= row.forgotten {
            return Ok(None);
        }
        let found = self.js.at(&self.stream, number).await?;
        let subject = self.subjects.log(topic);
        let Some(found) = found.filter(|found| found.subject == subject) else {
            return Ok(None);
        };
        let page = read(topic, &found)?;
        let is_it = page.kind == PageKind::Said && page.row.position == row.position;
        Ok(is_it.then_some(page))
    }
}

/// What a topic keeps that nobody publishes to.
const NOTHING: Retention = Retention {
    history: wirehub_model::HistoryRules {
        size: 0,
        ttl: Duration::ZERO,
        bytes: 0,
    },
    retained: false,
    keys: 0,
    retained_ttl: None,
    idempotency_ttl: Duration::ZERO,
};

/// Reads a publication at its place.
pub(crate) fn record(
    topic: &Topic,
    place: Position,
    publication: &[u8],
) -> Result<Arc<Record>, BrokerError> {
    let entry = decode_entry(publication, topic, place);
    let entry = entry.map_err(|error| damaged(topic, "a publication", error))?;
    Ok(entry.record)
}

/// Leaves out what the rules do not want, or not any more.
fn trim(history: &mut VecDeque<Arc<Record>>, rules: &Retention, now: Duration) {
    let size = |record: &Arc<Record>| record.message.payload.bytes().len();
    let mut bytes: usize = history.iter().map(size).sum();
    let rules = &rules.history;
    while let Some(first) = history.front() {
        let is_old = first.accepted_at.saturating_add(rules.ttl) <= now;
        if history.len() <= rules.size && bytes <= rules.bytes && !is_old {
            break;
        }
        bytes -= size(first);
        history.pop_front();
    }
}
