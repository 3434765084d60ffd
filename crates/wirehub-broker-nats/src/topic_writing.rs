//! Publishing: one message of the log for as many publications as there are.

use std::collections::{BTreeMap, HashMap};

use futures_util::future::join_all;
use wirehub_broker::{Appended, BrokerError, Idempotency, Retention};
use wirehub_model::{Key, Topic};

use crate::{
    failure::damaged,
    jetstream::{Purge, Put},
    kept::{KeptName, KeptValue},
    log_page::{LogPage, Mark, PageKind, TopicRow},
    topic_job::Publish,
    topic_log::{ATTEMPTS, Standing, StoreError, TopicLog, lasting},
};

/// Publications that stay in the log although they are not kept, and bytes of them: for nodes that
/// have missed some, and so that it is not tidied up after each one.
const LEFT: u64 = 64;
const LEFT_BYTES: u64 = 64 * 1024;

/// A publication that waits for its place, and what is known of its name: the number of the message
/// that holds it, zero for none.
struct Wanted {
    job: Publish,
    name_number: u64,
    name: Option<KeptName>,
}

/// What is to be stored.
struct Draft {
    page: LogPage,
    others: Vec<Put>,
    places: Vec<Appended>,
    removals: Vec<(String, Purge)>,
}

impl TopicLog {
    /// Publishes what may be written together.
    pub(crate) async fn publish(&self, topic: &Topic, jobs: Vec<Publish>) {
        let wanted = jobs.into_iter().map(|job| Wanted {
            job,
            name_number: 0,
            name: None,
        });
        let mut wanted: Vec<Wanted> = wanted.collect();
        let result = self.publish_all(topic, &mut wanted).await;
        let places = match result {
            Ok(places) => places.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error); wanted.len()],
        };
        for (one, place) in wanted.into_iter().zip(places) {
            // Whoever asked may have stopped waiting.
            _ = one.job.reply.send(place);
        }
    }

    /// Publishes; what turns out to have been published before is answered here.
    async fn publish_all(
        &self,
        topic: &Topic,
        wanted: &mut Vec<Wanted>,
    ) -> Result<Vec<Appended>, BrokerError> {
        for attempt in 0..ATTEMPTS {
            let Some(rules) = wanted.first().map(|one| one.job.rules) else {
                return Ok(Vec::new());
            };
            let before = self.guess(topic, rules).await?;
            self.answer_duplicates(&before, wanted);
            if wanted.is_empty() {
                continue;
            }
            let draft = self.draft(topic, &before, wanted);
            let stored = self.store(topic, &before, &draft.page, draft.others);
            match stored.await {
                Ok(number) => {
                    let standing = Standing {
                        number,
                        kind: PageKind::Said,
                        row: draft.page.row,
                        is_stored: true,
                    };
                    self.know(topic, standing);
                    for (subject, which) in draft.removals {
                        self.remove(&subject, which).await;
                    }
                    return Ok(draft.places);
                }
                Err(StoreError::Broker(error)) => return Err(error),
                Err(StoreError::Conflict) => {
                    self.yield_to_others(attempt).await;
                    self.look_up_names(topic, wanted).await?;
                    // After the names: whoever has published one since is behind this.
                    if let Some(standing) = self.look(topic).await? {
                        self.know(topic, standing);
                    }
                }
            }
        }
        Err(BrokerError::Overloaded)
    }

    /// Answers those whose names are remembered.
    fn answer_duplicates(&self, before: &Standing, wanted: &mut Vec<Wanted>) {
        let now = self.clock.now();
        let epoch = before.row.position.epoch;
        let is_known = |one: &mut Wanted| {
            let known = one.name.filter(|name| name.position.epoch == epoch);
            known.is_some_and(|name| name.until > now)
        };
        for known in wanted.extract_if(.., is_known) {
            if let Some(name) = known.name {
                _ = known.job.reply.send(Ok(Appended {
                    position: name.position,
                    duplicate: true,
                }));
            }
        }
    }

    /// Looks what names are remembered.
    async fn look_up_names(&self, topic: &Topic, wanted: &mut [Wanted]) -> Result<(), BrokerError> {
        let named = wanted.iter_mut().filter(|one| one.job.name.is_some());
        let looks = named.map(|one| async move {
            let Some(name) = &one.job.name else {
                return Ok(());
            };
            let subject = self.subjects.name(topic, name);
            let found = self.js.last(&self.stream, &subject).await?;
            (one.name_number, one.name) = (0, None);
            if let Some(found) = found {
                let name = KeptName::decode(&found.payload);
                let name = name.map_err(|error| damaged(topic, "a name", error))?;
                (one.name_number, one.name) = (found.number, Some(name));
            }
            Ok(())
        });
        join_all(looks).await.into_iter().collect()
    }

    fn draft(&self, topic: &Topic, before: &Standing, wanted: &[Wanted]) -> Draft {
        let now = self.clock.now();
        let mut row = before.row;
        let (mut publications, mut places, mut others) = (Vec::new(), Vec::new(), Vec::new());
        let mut names: HashMap<&Idempotency, Appended> = HashMap::new();
        let mut values: BTreeMap<&Key, KeptValue> = BTreeMap::new();
        for one in wanted {
            let job = &one.job;
            if let Some(first) = job.name.as_ref().and_then(|name| names.get(name)) {
                places.push(Appended {
                    duplicate: true,
                    ..*first
                });
                continue;
            }
            row.keep(job.rules);
            row.position.offset = row.position.offset.next();
            row.bytes += job.size as u64;
            publications.push(job.written.clone());
            let place = Appended {
                position: row.position,
                duplicate: false,
            };
            places.push(place);
            if let Some(key) = job.key.as_ref().filter(|_| job.rules.keys > 0) {
                row.keyed += 1;
                let value = KeptValue {
                    position: row.position,
                    publication: job.written.clone(),
                };
                values.insert(key, value);
            }
            let ttl = job.rules.idempotency_ttl;
            if let Some(name) = job.name.as_ref().filter(|_| !ttl.is_zero()) {
                row.named += 1;
                names.insert(name, place);
                let kept = KeptName {
                    position: row.position,
                    until: now.saturating_add(ttl),
                };
                others.push(Put {
                    subject: self.subjects.name(topic, name),
                    payload: kept.encode().into(),
                    expects: Some((one.name_number, None)),
                    life: lasting(ttl),
                    is_only: true,
                });
            }
        }
        let life = row.rules.retained_ttl.and_then(lasting);
        others.extend(values.into_iter().map(|(key, value)| Put {
            subject: self.subjects.value(topic, key),
            payload: value.encode().into(),
            expects: None,
            life,
            is_only: true,
        }));
        row.held = 0;
        let removals = self.tidy(topic, before, &mut row);
        let node = wanted.first().map(|one| one.job.node.clone());
        Draft {
            page: LogPage {
                id: self.js.draw(),
                kind: PageKind::Said,
                node: node.unwrap_or_else(|| self.writer().clone()),
                row,
                publications,
            },
            others,
            places,
            removals,
        }
    }

    /// What may be removed once a row is stored, so that at most about twice of what is kept is
    /// there.
    fn tidy(&self, topic: &Topic, before: &Standing, row: &mut TopicRow) -> Vec<(String, Purge)> {
        let mut removals = Vec::new();
        let Retention { history, keys, .. } = row.rules;
        let behind = row.position.offset.0 - row.mark.offset.0;
        let is_long = behind >= (history.size as u64).max(LEFT);
        let is_large = row.bytes - row.mark.bytes >= (history.bytes as u64).max(LEFT_BYTES);
        if is_long || is_large {
            removals.push((self.subjects.log(topic), Purge::Before(row.mark.number + 1)));
            row.removed = row.mark.number;
            row.mark = Mark {
                number: before.number,
                offset: before.row.position.offset,
                bytes: before.row.bytes,
            };
        }
        if row.named >= (self.names as u64).max(LEFT) {
            row.named = 0;
            removals.push((self.subjects.names(topic), Purge::AllBut(self.names)));
        }
        if row.keyed >= (keys as u64).max(LEFT) {
            row.keyed = 0;
            removals.push((self.subjects.values(topic), Purge::AllBut(keys)));
        }
        removals
    }
}
