//! Publishing: one message of the log for as many publications as there are.

use std::collections::HashMap;

use futures_util::future::join_all;
use wirehub_broker::{Appended, BrokerError, Idempotency, Retention};
use wirehub_model::Topic;

use crate::{
    failure::damaged,
    jetstream::Purge,
    kept::KeptName,
    log_page::{LogEntry, LogPage, Mark, PageKind, TopicRow},
    topic_job::Publish,
    topic_log::{ATTEMPTS, Standing, StoreError, TopicLog},
};

/// Publications that stay in the log although they are not kept, and bytes of them: for nodes that
/// have missed some, and so that it is not tidied up after each one.
const LEFT: u64 = 64;
const LEFT_BYTES: u64 = 64 * 1024;

/// What is to be stored.
struct Draft {
    page: LogPage,
    places: Vec<Appended>,
    removals: Vec<(String, Purge)>,
}

impl TopicLog {
    /// Publishes what may be written together.
    pub(crate) async fn publish(&self, topic: &Topic, mut jobs: Vec<Publish>) {
        if let Err(error) = self.publish_all(topic, &mut jobs).await {
            for job in jobs {
                // Whoever asked may have stopped waiting.
                _ = job.reply.send(Err(error.clone()));
            }
        }
    }

    async fn publish_all(&self, topic: &Topic, jobs: &mut Vec<Publish>) -> Result<(), BrokerError> {
        for attempt in 0..ATTEMPTS {
            let Some(rules) = jobs.first().map(|job| job.rules) else {
                return Ok(());
            };
            let before = self.guess(topic, rules).await?;
            self.settle(topic, &before).await?;
            // After it was looked how the topic stands: who has published a name since is in the
            // way.
            self.answer_duplicates(topic, &before, jobs).await?;
            let Some(draft) = self.draft(topic, &before, jobs) else {
                return Ok(());
            };
            match self.store(topic, &before, &draft.page).await {
                Ok(number) => {
                    for (job, place) in jobs.drain(..).zip(draft.places) {
                        _ = job.reply.send(Ok(place));
                    }
                    self.follow_up(topic, number, draft.page, draft.removals)
                        .await;
                    return Ok(());
                }
                Err(StoreError::Broker(error)) => return Err(error),
                Err(StoreError::Conflict) => {
                    self.yield_to_others(attempt).await;
                    if let Some(standing) = self.look(topic).await? {
                        self.know(topic, standing);
                    }
                }
            }
        }
        Err(BrokerError::Overloaded)
    }

    /// What is left to be done when publications have their places. When it fails, whoever writes
    /// next does it.
    async fn follow_up(
        &self,
        topic: &Topic,
        number: u64,
        page: LogPage,
        removals: Vec<(String, Purge)>,
    ) {
        let standing = Standing {
            number,
            kind: PageKind::Said,
            row: page.row,
            is_stored: true,
            unsettled: Some(page.into()),
        };
        self.know(topic, standing.clone());
        if let Err(error) = self.settle(topic, &standing).await {
            tracing::debug!(%error, topic = topic.as_str(), "names and values are stored later");
        }
        for (subject, which) in removals {
            self.remove(&subject, which).await;
        }
    }

    /// Answers those whose names are remembered.
    async fn answer_duplicates(
        &self,
        topic: &Topic,
        before: &Standing,
        jobs: &mut Vec<Publish>,
    ) -> Result<(), BrokerError> {
        let named = jobs.iter().enumerate();
        let named = named.filter_map(|(index, job)| Some((index, job.name.as_ref()?)));
        let looks = named.map(|(index, name)| async move {
            let subject = self.subjects.name(topic, name);
            let found = self.js.last(&self.stream, &subject).await?;
            let name = found
                .map(|found| KeptName::decode(&found.payload))
                .transpose();
            let name = name.map_err(|error| damaged(topic, "a name", error))?;
            Ok::<_, BrokerError>((index, name))
        });
        let now = self.clock.now();
        let epoch = before.row.position.epoch;
        let mut known = HashMap::new();
        for look in join_all(looks).await {
            let (index, name) = look?;
            known.extend(name.map(|name| (index, name)));
        }
        known.retain(|_, name| name.until > now && name.position.epoch == epoch);
        let mut index = 0..;
        let is_known = |_: &mut Publish| index.next().is_some_and(|at| known.contains_key(&at));
        let duplicates: Vec<Publish> = jobs.extract_if(.., is_known).collect();
        let mut places: Vec<_> = known.iter().collect();
        places.sort_by_key(|(index, _)| **index);
        for (job, (_, name)) in duplicates.into_iter().zip(places) {
            _ = job.reply.send(Ok(Appended {
                position: name.position,
                duplicate: true,
            }));
        }
        Ok(())
    }

    /// The message for publications; `None` when there are none.
    fn draft(&self, topic: &Topic, before: &Standing, jobs: &[Publish]) -> Option<Draft> {
        let now = self.clock.now();
        let node = jobs.first()?.node.clone();
        let mut row = before.row;
        let (mut publications, mut places) = (Vec::new(), Vec::new());
        let mut names: HashMap<&Idempotency, Appended> = HashMap::new();
        for job in jobs {
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
            let place = Appended {
                position: row.position,
                duplicate: false,
            };
            places.push(place);
            let ttl = job.rules.idempotency_ttl;
            let name = job.name.as_ref().filter(|_| !ttl.is_zero());
            names.extend(name.map(|name| (name, place)));
            row.named += u64::from(name.is_some());
            row.keyed += u64::from(job.is_keyed && job.rules.keys > 0);
            publications.push(LogEntry {
                publication: job.written.clone(),
                name: name.map(|name| (name.clone(), now.saturating_add(ttl))),
            });
        }
        row.held = 0;
        let removals = self.tidy(topic, before, &mut row);
        Some(Draft {
            page: LogPage {
                id: self.js.draw(),
                kind: PageKind::Said,
                node,
                row,
                publications,
            },
            places,
            removals,
        })
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
