//! What JetStream is asked:
//! <https://docs.nats.io/reference/reference-protocols/nats_api_reference>.

use std::time::Duration;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::{
    failure::Failure,
    put::{Put, PutError},
    requests::{Expects, Letter, Requests},
    stored_message::{Found, StoredMessage},
    timestamp,
    wire::Message,
};

/// Batches that this process has on their way at once: a server takes fifty for a stream.
const BATCHES: usize = 16;
/// The codes of errors that mean something: <https://github.com/nats-io/nats-server>, errors.json.
const WRONG_LAST: [u64; 2] = [10_071, 10_164];
const NOT_FOUND: [u64; 2] = [10_037, 10_059];
const BUSY: [u64; 3] = [10_163, 10_167, 10_210];
const TOO_LARGE: u64 = 10_054;
const NOT_ENABLED: [u64; 3] = [10_035, 10_039, 10_076];

/// JetStream, as this process asks it.
pub(crate) struct JetStream {
    requests: Requests,
    batches: Semaphore,
    random: std::hash::RandomState,
    batch: std::sync::atomic::AtomicU64,
}

/// The error in an answer.
#[derive(Debug, Deserialize)]
pub(crate) struct ApiError {
    #[serde(default)]
    pub(crate) err_code: u64,
    #[serde(default)]
    pub(crate) description: String,
}

#[derive(Deserialize)]
struct Envelope<T> {
    error: Option<ApiError>,
    #[serde(flatten)]
    answer: Option<T>,
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        let code = error.err_code;
        if BUSY.contains(&code) {
            return Self::Busy;
        }
        if NOT_ENABLED.contains(&code) {
            return Self::Nobody;
        }
        Self::Refused(format!("the NATS server: {} ({code})", error.description))
    }
}

impl JetStream {
    pub(crate) fn new(requests: Requests) -> Self {
        Self {
            requests,
            batches: Semaphore::new(BATCHES),
            random: std::hash::RandomState::new(),
            batch: std::sync::atomic::AtomicU64::new(0),
        }
    }

    pub(crate) const fn requests(&self) -> &Requests {
        &self.requests
    }

    /// A number that nobody else has drawn.
    pub(crate) fn draw(&self) -> u64 {
        let number = self
            .batch
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        std::hash::BuildHasher::hash_one(&self.random, number)
    }

    /// Asks the API; `Ok(Err(_))` when the server says no.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        verb: &str,
        stream: &str,
        ask: &Value,
    ) -> Result<Result<T, ApiError>, Failure> {
        let letter = Letter {
            subject: format!("$JS.API.{verb}.{stream}"),
            headers: Vec::new(),
            payload: ask.to_string().into(),
        };
        let answer = one(self.requests.ask(vec![letter], Expects::One).await?)?;
        read(&answer.payload)
    }

    /// Stores messages of one stream, all or none of them. Returns the number of the first.
    pub(crate) async fn put(&self, puts: &[Put]) -> Result<u64, PutError> {
        let mut letters: Vec<Letter> = puts.iter().map(Put::letter).collect();
        let count = letters.len() as u64;
        let _permit = if count > 1 {
            let id = format!("{:016x}", self.draw());
            for (index, letter) in letters.iter_mut().enumerate() {
                letter.headers.push(("Nats-Batch-Id", id.clone()));
                letter
                    .headers
                    .push(("Nats-Batch-Sequence", (index + 1).to_string()));
            }
            if let Some(last) = letters.last_mut() {
                last.headers.push(("Nats-Batch-Commit", "1".to_owned()));
            }
            self.batches.acquire().await.ok()
        } else {
            None
        };
        #[derive(Deserialize)]
        struct Stored {
            seq: u64,
        }
        let answers = self.requests.ask(letters, Expects::One).await;
        let answer = answers.and_then(one).map_err(PutError::Failed)?;
        match read::<Stored>(&answer.payload).map_err(PutError::Failed)? {
            Ok(stored) => Ok((stored.seq + 1).saturating_sub(count)),
            Err(error) if WRONG_LAST.contains(&error.err_code) => Err(PutError::Conflict),
            Err(error) if error.err_code == TOO_LARGE => Err(PutError::TooLarge),
            Err(error) => Err(PutError::Failed(error.into())),
        }
    }

    /// The last message of a subject, as whoever decides what is stored knows it.
    pub(crate) async fn last(
        &self,
        stream: &str,
        subject: &str,
    ) -> Result<Option<StoredMessage>, Failure> {
        self.get(stream, &json!({ "last_by_subj": subject })).await
    }

    /// The message with a number.
    pub(crate) async fn at(
        &self,
        stream: &str,
        number: u64,
    ) -> Result<Option<StoredMessage>, Failure> {
        self.get(stream, &json!({ "seq": number })).await
    }

    async fn get(&self, stream: &str, ask: &Value) -> Result<Option<StoredMessage>, Failure> {
        match self.call::<Found>("STREAM.MSG.GET", stream, ask).await? {
            Ok(found) => found.message.read().map(Some),
            Err(error) if NOT_FOUND.contains(&error.err_code) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Messages of a subject, which may have wildcards, from a number on; `limit` at most. Whether
    /// there are more.
    pub(crate) async fn range(
        &self,
        stream: &str,
        subject: &str,
        from: u64,
        limit: usize,
    ) -> Result<(Vec<StoredMessage>, bool), Failure> {
        let ask = json!({ "seq": from.max(1), "batch": limit, "next_by_subj": subject });
        let letter = Letter {
            subject: format!("$JS.API.DIRECT.GET.{stream}"),
            headers: Vec::new(),
            payload: ask.to_string().into(),
        };
        let mut answers = self.requests.ask(vec![letter], Expects::Many).await?;
        let Some(end) = answers.pop() else {
            return Err(odd("nothing"));
        };
        match end.status() {
            Some(404) => return Ok((Vec::new(), false)),
            Some(204) => {}
            status => return Err(odd(&format!("a status of {}", status.unwrap_or_default()))),
        }
        let left = end
            .header("Nats-Num-Pending")
            .and_then(|left| left.parse().ok());
        let has_more = left.is_some_and(|left: u64| left > 0);
        let read = answers.into_iter().map(StoredMessage::read_direct);
        Ok((read.collect::<Result<_, _>>()?, has_more))
    }

    /// All of them, in parts.
    pub(crate) async fn all(
        &self,
        stream: &str,
        subject: &str,
        mut from: u64,
    ) -> Result<Vec<StoredMessage>, Failure> {
        let mut all = Vec::new();
        loop {
            let (some, has_more) = self.range(stream, subject, from, PART).await?;
            let Some(last) = some.last() else {
                return Ok(all);
            };
            from = last.number + 1;
            all.extend(some);
            if !has_more {
                return Ok(all);
            }
        }
    }

    /// Removes messages of a subject, which may have wildcards: those before a number, or all but
    /// the newest.
    pub(crate) async fn purge(
        &self,
        stream: &str,
        subject: &str,
        which: Purge,
    ) -> Result<(), Failure> {
        let ask = match which {
            Purge::Before(number) => json!({ "filter": subject, "seq": number }),
            Purge::AllBut(0) => json!({ "filter": subject }),
            Purge::AllBut(count) => json!({ "filter": subject, "keep": count }),
        };
        let done = self.call::<Value>("STREAM.PURGE", stream, &ask).await?;
        done.map(|_| ()).map_err(Into::into)
    }

    /// Removes one message.
    pub(crate) async fn delete(&self, stream: &str, number: u64) -> Result<(), Failure> {
        let ask = json!({ "seq": number, "no_erase": true });
        let done = self
            .call::<Value>("STREAM.MSG.DELETE", stream, &ask)
            .await?;
        done.map(|_| ()).map_err(Into::into)
    }

    /// The subjects of a stream that a pattern matches and that hold a message.
    pub(crate) async fn subjects(
        &self,
        stream: &str,
        pattern: &str,
    ) -> Result<Vec<String>, Failure> {
        #[derive(Deserialize)]
        struct Info {
            #[serde(default)]
            total: usize,
            state: State,
        }
        #[derive(Deserialize)]
        struct State {
            subjects: Option<std::collections::BTreeMap<String, u64>>,
        }
        let mut all = Vec::new();
        loop {
            let ask = json!({ "subjects_filter": pattern, "offset": all.len() });
            let info = self.call::<Info>("STREAM.INFO", stream, &ask).await?;
            let info = info.map_err(Failure::from)?;
            let some = info.state.subjects.unwrap_or_default();
            let is_last = some.is_empty() || all.len() + some.len() >= info.total;
            all.extend(some.into_keys());
            if is_last {
                return Ok(all);
            }
        }
    }

    /// What time it is, since the Unix epoch, by the clock of the server that leads a stream;
    /// `None` when there is no such stream.
    pub(crate) async fn time(&self, stream: &str) -> Result<Option<Duration>, Failure> {
        #[derive(Deserialize)]
        struct Info {
            ts: String,
        }
        match self.call::<Info>("STREAM.INFO", stream, &json!({})).await? {
            Ok(info) => {
                let time = timestamp::read(&info.ts);
                time.map(Some).ok_or_else(|| odd("a time that is none"))
            }
            Err(error) if NOT_FOUND.contains(&error.err_code) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Messages that are read at once.
const PART: usize = 500;

/// What is removed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purge {
    Before(u64),
    AllBut(usize),
}

fn one(mut answers: Vec<Message>) -> Result<Message, Failure> {
    answers.pop().ok_or_else(|| odd("nothing"))
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<Result<T, ApiError>, Failure> {
    let read = serde_json::from_slice::<Envelope<Value>>(bytes);
    let read = read.map_err(|error| odd(&error.to_string()))?;
    if let Some(error) = read.error {
        return Ok(Err(error));
    }
    let answer = serde_json::from_value(read.answer.unwrap_or_default());
    answer.map(Ok).map_err(|error| odd(&error.to_string()))
}

pub(crate) fn odd(what: &str) -> Failure {
    Failure::Refused(format!(
        "the NATS server answers with {what} where it must not"
    ))
}
