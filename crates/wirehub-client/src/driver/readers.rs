//! Who reads which topic in this process.

use std::{collections::BTreeMap, sync::Arc};

use tokio::sync::oneshot;
use wirehub_model::{Topic, TopicFilter};

use crate::{Error, Message, Subscribed, Update, ask::Wish, inbox::Inbox};

/// All subscriptions of one client, each with its readers.
#[derive(Debug, Default)]
pub(crate) struct Readers {
    topics: BTreeMap<String, Entry>,
    /// The filters with wildcards among them, which have to be tried one by one.
    filters: Vec<TopicFilter>,
}

#[derive(Debug)]
struct Entry {
    wish: Wish,
    readers: Vec<Reader>,
    /// What the server answered first.
    began: Option<Subscribed>,
}

#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) number: u64,
    pub(crate) inbox: Arc<Inbox<Update>>,
    /// Still to be told that it began.
    pub(crate) began: Option<oneshot::Sender<Result<Subscribed, Error>>>,
}

/// What a new reader means for the session.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Added {
    /// The topic is new: subscribe to it.
    First,
    /// It joined those who are there.
    Joined,
}

impl Reader {
    /// Nothing will come.
    pub(crate) fn refuse(mut self, error: Error) {
        self.begin(Err(error));
        self.inbox.end();
    }

    fn begin(&mut self, result: Result<Subscribed, Error>) {
        if let Some(began) = self.began.take() {
            // Who gave up waiting has its own command on the way.
            let _ = began.send(result);
        }
    }
}

impl Readers {
    /// Adds a reader.
    pub(crate) fn add(&mut self, topic: &str, wish: &Wish, mut reader: Reader) -> Added {
        let Some(entry) = self.topics.get_mut(topic) else {
            let filter = TopicFilter::parse(topic).ok();
            self.filters
                .extend(filter.filter(|filter| filter.as_topic().is_none()));
            let entry = Entry {
                wish: wish.clone(),
                readers: vec![reader],
                began: None,
            };
            self.topics.insert(topic.to_owned(), entry);
            return Added::First;
        };
        if entry.wish != *wish {
            reader.begin(Err(Error::Refused {
                code: "already_subscribed".into(),
                message: format!("this client has `{topic}` already, with other options"),
                retry: false,
            }));
            return Added::Joined;
        }
        if let Some(began) = &entry.began {
            reader.begin(Ok(began.clone()));
        }
        entry.readers.push(reader);
        Added::Joined
    }

    /// Removes a reader; tells whether it was the topic's last.
    pub(crate) fn remove(&mut self, topic: &str, number: u64) -> bool {
        let Some(entry) = self.topics.get_mut(topic) else {
            return false;
        };
        let before = entry.readers.len();
        entry.readers.retain(|reader| reader.number != number);
        let last = entry.readers.is_empty() && before > 0;
        if last {
            self.forget(topic);
        }
        last
    }

    /// The server answered, or the subscription went on.
    pub(crate) fn began(&mut self, topic: &str, subscribed: &Subscribed) {
        let Some(entry) = self.topics.get_mut(topic) else {
            return;
        };
        for reader in &mut entry.readers {
            if reader.began.is_some() {
                reader.begin(Ok(subscribed.clone()));
            } else {
                reader.inbox.push(Update::Subscribed(subscribed.clone()));
            }
        }
        // Who joins later is not told who was there then.
        entry.began = Some(Subscribed {
            presence: None,
            ..subscribed.clone()
        });
    }

    /// The server ended the subscription, or refused it.
    pub(crate) fn ended(&mut self, topic: &str, error: &Error) {
        let Some(entry) = self.forget(topic) else {
            return;
        };
        for mut reader in entry.readers {
            reader.begin(Err(error.clone()));
            reader.inbox.push(Update::Ended(error.clone()));
            reader.inbox.end();
        }
    }

    /// The client ends.
    pub(crate) fn stop(&mut self, error: &Error) {
        for (_, entry) in std::mem::take(&mut self.topics) {
            for mut reader in entry.readers {
                reader.begin(Err(error.clone()));
                reader.inbox.push(Update::Ended(error.clone()));
                reader.inbox.end();
            }
        }
        self.filters.clear();
    }

    /// Tells the readers of exactly this topic or filter.
    pub(crate) fn tell(&self, topic: &str, update: &Update) {
        let readers = self.topics.get(topic).into_iter();
        for reader in readers.flat_map(|entry| &entry.readers) {
            reader.inbox.push(update.clone());
        }
    }

    /// Gives a message to all who read its topic; tells whether there was anybody.
    ///
    /// The server sends it once, however many filters match, so each reader is found here.
    pub(crate) fn deliver(&self, topic: &str, message: &Message) -> bool {
        let mut found = false;
        let mut give = |entry: &Entry| {
            found = true;
            // Who has not been told that it began gets what comes behind the answer.
            for reader in entry.readers.iter().filter(|reader| reader.began.is_none()) {
                reader.inbox.push(Update::Message(message.clone()));
            }
        };
        if let Some(entry) = self.topics.get(topic) {
            give(entry);
        }
        if !self.filters.is_empty()
            && let Ok(topic) = Topic::parse(topic)
        {
            let matching = self.filters.iter().filter(|filter| filter.matches(&topic));
            for entry in matching.filter_map(|filter| self.topics.get(filter.as_str())) {
                give(entry);
            }
        }
        found
    }

    fn forget(&mut self, topic: &str) -> Option<Entry> {
        self.filters.retain(|filter| filter.as_str() != topic);
        self.topics.remove(topic)
    }
}
