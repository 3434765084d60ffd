//! The log of a topic: one writer wins, and the others look again.
//!
//! A topic's publications stand on one subject of a stream. Each message says how the topic stands
//! with it, and is only stored behind the one that its writer knew to be the last. So whoever
//! stores a message has given the offsets in it, and nobody else has given them.
//!
//! Names and values have subjects of their own, so that they are found, and outlive the log. They
//! stand in the log first: whoever writes has stored those of the message before, if its writer has
//! not, and they are only stored as long as that message is the last one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tokio::time::{self, Instant};
use wirehub_broker::{BrokerError, NodeName, Retention};
use wirehub_model::{Epoch, Topic};

use crate::{
    NatsSettings,
    failure::{Failure, damaged},
    jetstream::{JetStream, Purge},
    log_page::{LogPage, PageKind, TopicRow},
    put::{Put, PutError},
    server_clock::ServerClock,
    stored_message::StoredMessage,
    subjects::Subjects,
};

/// Attempts to be the one whose message is stored. Each that fails is one of somebody else.
pub(crate) const ATTEMPTS: u64 = 64;
/// The longest pause between two, in milliseconds.
const PAUSE_MAX: u64 = 16;
/// The pause after which it is looked for an answer that was cut off.
const AGAIN: Duration = Duration::from_millis(20);
/// As good as forever.
const FOREVER: Duration = Duration::from_secs(100 * 366 * 86_400);
/// Topics whose standing is remembered between two publications.
const KNOWN: usize = 100_000;

/// How a topic stands, with the number of the message that says so: zero when there is none.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) number: u64,
    pub(crate) kind: PageKind,
    pub(crate) row: TopicRow,
    /// The server knows it like that.
    pub(crate) is_stored: bool,
    /// The message, unless the names and values in it are known to be stored.
    pub(crate) unsettled: Option<Arc<LogPage>>,
}

/// Why a message of a log was not stored.
pub(crate) enum StoreError {
    /// Another one was.
    Conflict,
    Broker(BrokerError),
}

/// The logs of all topics.
pub(crate) struct TopicLog {
    pub(crate) js: Arc<JetStream>,
    pub(crate) subjects: Subjects,
    pub(crate) clock: Arc<ServerClock>,
    pub(crate) stream: String,
    pub(crate) names: usize,
    /// Who writes what no node asked for.
    pub(crate) writer: NodeName,
    pub(crate) forget_after: Duration,
    patience: Duration,
    known: Mutex<HashMap<Topic, Standing>>,
}

impl Standing {
    /// The number of the message that holds the last publication; zero for none.
    pub(crate) const fn held(&self) -> u64 {
        match self.kind {
            PageKind::Said => self.number,
            _ => self.row.held,
        }
    }
}

impl TopicLog {
    pub(crate) fn new(
        js: Arc<JetStream>,
        subjects: Subjects,
        clock: Arc<ServerClock>,
        settings: &NatsSettings,
        writer: NodeName,
    ) -> Self {
        Self {
            js,
            stream: subjects.topics_stream(),
            subjects,
            clock,
            names: settings.bounds.names,
            writer,
            forget_after: settings.bounds.forget_after,
            patience: settings.bounds.answer_timeout,
            known: Mutex::default(),
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Topic, Standing>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A topic stands like that, as far as this process knows.
    pub(crate) fn know(&self, topic: &Topic, standing: Standing) {
        let mut known = self.known();
        if known.len() >= KNOWN && !known.contains_key(topic) {
            // Whoever is published to again is looked up again.
            known.clear();
        }
        known.insert(topic.clone(), standing);
    }

    /// The names and values of a message are stored.
    pub(crate) fn settled(&self, topic: &Topic, number: u64) {
        let mut known = self.known();
        if let Some(standing) = known.get_mut(topic).filter(|one| one.number == number) {
            standing.unsettled = None;
        }
    }

    /// How a topic stands, as far as this process knows; otherwise as the server does.
    pub(crate) async fn guess(
        &self,
        topic: &Topic,
        rules: Retention,
    ) -> Result<Standing, BrokerError> {
        let known = self.known().get(topic).cloned();
        match known {
            Some(standing) => Ok(standing),
            None => Ok(self.look(topic).await?.unwrap_or_else(|| self.begin(rules))),
        }
    }

    /// A topic that begins.
    pub(crate) fn begin(&self, rules: Retention) -> Standing {
        Standing {
            number: 0,
            kind: PageKind::Stands,
            row: TopicRow::new(Epoch::new(self.js.draw()), rules),
            is_stored: false,
            unsettled: None,
        }
    }

    /// How a topic stands by what the server knows.
    pub(crate) async fn look(&self, topic: &Topic) -> Result<Option<Standing>, BrokerError> {
        Ok(self.last(topic).await?.map(|(standing, _)| standing))
    }

    /// The same, and since when.
    pub(crate) async fn last(
        &self,
        topic: &Topic,
    ) -> Result<Option<(Standing, Duration)>, BrokerError> {
        let before = self.known().get(topic).map(|known| known.number);
        let found = self
            .js
            .last(&self.stream, &self.subjects.log(topic))
            .await?;
        let Some(found) = found else {
            self.known().remove(topic);
            return Ok(None);
        };
        let page = read(topic, &found)?;
        let mut standing = Standing {
            number: found.number,
            kind: page.kind,
            row: page.row,
            is_stored: true,
            unsettled: Some(Arc::new(page)),
        };
        if before.is_some_and(|before| before > found.number) {
            // The server has lost what it had stored: its offsets may have been given.
            standing.is_stored = false;
            let row = &mut standing.row;
            row.position.epoch = Epoch::new(self.js.draw());
            (row.begins, row.forgotten) = (row.position.offset, row.position.offset);
        }
        Ok(Some((standing, found.at)))
    }

    /// Lets others go first, the longer the more often they were quicker.
    pub(crate) async fn yield_to_others(&self, attempt: u64) {
        let longest = attempt.min(PAUSE_MAX);
        if longest > 1 {
            time::sleep(Duration::from_millis(self.js.draw() % longest)).await;
        }
    }

    /// Stores a message behind the one that a standing is of. Whether that was done is found out
    /// when the answer is cut off.
    pub(crate) async fn store(
        &self,
        topic: &Topic,
        before: &Standing,
        page: &LogPage,
    ) -> Result<u64, StoreError> {
        let put = Put {
            subject: self.subjects.log(topic),
            payload: page.encode().into(),
            expects: Some((before.number, None)),
            life: self.life(&page.row.rules),
            is_only: false,
        };
        let until = Instant::now() + self.patience;
        let mut is_uncertain = false;
        loop {
            let failure = match self.js.put(std::slice::from_ref(&put)).await {
                Ok(number) => return Ok(number),
                Err(PutError::Conflict) if is_uncertain => {
                    let found = self.find(topic, before.number, page.id).await?;
                    return found.ok_or(StoreError::Conflict);
                }
                Err(PutError::Conflict) => return Err(StoreError::Conflict),
                Err(PutError::TooLarge) => {
                    let (bytes, max) = (put.payload.len(), self.js.requests().max_payload());
                    return Err(StoreError::Broker(BrokerError::TooLarge { bytes, max }));
                }
                Err(PutError::Failed(failure)) => failure,
            };
            // It is only stored once, since it has to be behind the same message.
            is_uncertain |= matches!(failure, Failure::Cut(_));
            let is_final = matches!(failure, Failure::Refused(_) | Failure::Stopped);
            if !is_uncertain || is_final || Instant::now() >= until {
                return Err(failure.into());
            }
            time::sleep(AGAIN).await;
        }
    }

    /// The number of a message behind another one.
    async fn find(&self, topic: &Topic, after: u64, id: u64) -> Result<Option<u64>, StoreError> {
        let subject = self.subjects.log(topic);
        let found = self.js.all(&self.stream, &subject, after + 1).await?;
        let is_it = |found: &&StoredMessage| {
            LogPage::decode(&found.payload).is_ok_and(|page| page.id == id)
        };
        Ok(found.iter().find(is_it).map(|found| found.number))
    }

    /// How long a message of a log is kept: as long as it may be given out, and then as long as an
    /// unused topic keeps its place.
    pub(crate) fn life(&self, rules: &Retention) -> Option<Duration> {
        let mut life = rules.idempotency_ttl;
        if rules.history.is_on() {
            life = life.max(rules.history.ttl);
        }
        if rules.retained || rules.keys > 0 {
            life = life.max(rules.retained_ttl.unwrap_or(Duration::MAX));
        }
        lasting(life.saturating_add(self.forget_after))
    }

    /// Removes what nobody is given any more. When that fails, it is removed with the next.
    pub(crate) async fn remove(&self, subject: &str, which: Purge) {
        if let Err(error) = self.js.purge(&self.stream, subject, which).await {
            tracing::debug!(?error, subject, "what is not kept any more is still there");
        }
    }
}

/// How long something is kept; `None` when that is as good as forever.
pub(crate) fn lasting(life: Duration) -> Option<Duration> {
    (life < FOREVER).then_some(life)
}

/// Reads a message of a log.
pub(crate) fn read(topic: &Topic, found: &StoredMessage) -> Result<LogPage, BrokerError> {
    let payload: &Bytes = &found.payload;
    LogPage::decode(payload).map_err(|error| damaged(topic, "a message of its log", error))
}

impl From<BrokerError> for StoreError {
    fn from(error: BrokerError) -> Self {
        Self::Broker(error)
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        Self::Broker(failure.into())
    }
}
