//! What a node hears, in order, on a thread of its own.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, mpsc::Receiver},
};

use tokio::sync::Notify;
use wirehub_broker::{BrokerError, Delivery, Reply, Sink, meeting::Guest};
use wirehub_model::{PresenceChange, Topic, TopicFilter};

use crate::{
    crowd_page::CrowdPage, host::Place, interest::Interest, listening::Listening,
    log_page::LogPage, server::Server, wire::Message,
};

/// Messages that are read at a time when some were missed.
const PAGE: usize = 256;

/// What comes in.
pub(crate) enum Heard {
    /// From the server.
    Came(Message),
    /// A connection was opened: what is open is wanted over it too.
    Connecting,
    /// All of it is heard over the connection.
    Connected,
    /// From here on something may come under this number.
    Begun(u64, Interest),
    /// What comes under this number is not wanted any more.
    Ended(u64),
    /// A topic stood there when it was opened.
    Stands(Topic, Place),
    /// A topic is looked at, whether something of it was missed.
    Look(Topic),
    /// Everything before has been pushed.
    Done(Reply<()>),
}

/// What a node hears, and how far it has heard.
pub(crate) struct Hearing {
    pub(crate) broken: Arc<Notify>,
    server: Arc<Server>,
    guest: Guest,
    interests: HashMap<u64, Interest>,
    topics: HashMap<Topic, Listening>,
    filters: BTreeSet<TopicFilter>,
    /// News of members and words from other nodes came already, and some may have been missed.
    was_connected: bool,
}

impl Hearing {
    pub(crate) fn new(server: Arc<Server>, guest: Guest) -> Self {
        Self {
            broken: Arc::new(Notify::new()),
            server,
            guest,
            interests: HashMap::new(),
            topics: HashMap::new(),
            filters: BTreeSet::new(),
            was_connected: false,
        }
    }

    /// Works until nobody says anything any more.
    pub(crate) fn run(mut self, heard: &Receiver<Heard>) {
        while let Ok(heard) = heard.recv() {
            match heard {
                Heard::Came(message) => self.came(&message),
                Heard::Connecting => {
                    for listening in self.topics.values_mut() {
                        listening.is_behind = true;
                    }
                }
                Heard::Connected => {
                    self.catch_up_all();
                    if std::mem::replace(&mut self.was_connected, true) {
                        self.guest.sink.push(Delivery::Missed);
                    }
                }
                Heard::Begun(number, interest) => self.begun(number, interest),
                Heard::Ended(number) => self.ended(number),
                Heard::Stands(topic, place) => {
                    if let Some(listening) = self.topics.get_mut(&topic) {
                        listening.last.get_or_insert(place);
                    }
                }
                Heard::Look(topic) => _ = self.catch_up(&topic),
                Heard::Done(reply) => _ = reply.send(Ok(())),
            }
        }
    }

    fn begun(&mut self, number: u64, interest: Interest) {
        match &interest {
            Interest::Live(topic) => {
                self.topics
                    .entry(topic.clone())
                    .or_insert_with(|| Listening::new(topic.clone(), self.guest.node.clone()));
            }
            Interest::Filter(filter) => _ = self.filters.insert(filter.clone()),
            Interest::Seen(_) | Interest::Inbox | Interest::Everyone => {}
        }
        self.interests.insert(number, interest);
    }

    fn ended(&mut self, number: u64) {
        match self.interests.remove(&number) {
            Some(Interest::Live(topic)) => _ = self.topics.remove(&topic),
            Some(Interest::Filter(filter)) => _ = self.filters.remove(&filter),
            _ => {}
        }
    }

    fn came(&mut self, message: &Message) {
        match self.interests.get(&message.subscription) {
            Some(Interest::Live(topic)) => self.live(&topic.clone(), message),
            Some(Interest::Seen(topic)) => self.seen(topic, message),
            Some(Interest::Filter(filter)) => self.matched(filter, message),
            Some(Interest::Inbox) => self.guest.hear(&message.payload, false),
            Some(Interest::Everyone) => self.guest.hear(&message.payload, true),
            // It was ended just now.
            None => {}
        }
    }

    fn page(topic: &Topic, message: &Message) -> Option<(LogPage, u64)> {
        let number = message
            .header("Nats-Sequence")
            .and_then(|text| text.parse().ok());
        match (LogPage::decode(&message.payload), number) {
            (Ok(page), Some(number)) => Some((page, number)),
            (Err(error), _) => {
                let topic = topic.as_str();
                tracing::warn!(topic, %error, "what is said of a topic cannot be read");
                None
            }
            (Ok(_), None) => {
                let topic = topic.as_str();
                tracing::warn!(topic, "somebody else speaks on a subject of Wirehub");
                None
            }
        }
    }

    /// Something happened on a topic that is open. What was missed before it is fetched first.
    fn live(&mut self, topic: &Topic, message: &Message) {
        let Some((page, number)) = Self::page(topic, message) else {
            return;
        };
        let Some(listening) = self.topics.get(topic) else {
            return;
        };
        let is_due = listening.is_behind || listening.misses(&page);
        if is_due && !self.catch_up(topic) {
            // It is read with what was missed before it, once that works.
            return;
        }
        if let Some(listening) = self.topics.get_mut(topic) {
            listening.take(&page, number, true, &*self.guest.sink);
        }
    }

    /// Something happened on a topic that a filter matches. One that is open is heard by itself; of
    /// several filters the first one counts.
    fn matched(&self, filter: &TopicFilter, message: &Message) {
        let Some(topic) = self.server.subjects.live_topic(&message.subject) else {
            return;
        };
        let mut filters = self.filters.iter();
        let first = filters.find(|filter| filter.matches(&topic));
        if self.topics.contains_key(&topic) || first != Some(filter) {
            return;
        }
        if let Some((page, number)) = Self::page(&topic, message) {
            Listening::new(topic, self.guest.node.clone()).take(
                &page,
                number,
                true,
                &*self.guest.sink,
            );
        }
    }

    fn seen(&self, topic: &Topic, message: &Message) {
        let page = match CrowdPage::decode(&message.payload) {
            Ok(page) => page,
            Err(error) => {
                let topic = topic.as_str();
                tracing::warn!(topic, %error, "who has come cannot be read");
                return;
            }
        };
        for (version, news) in page.versions() {
            let change = PresenceChange {
                topic: topic.clone(),
                kind: news.kind,
                member: Arc::new(news.member),
                edge: news.edge,
                was: None,
            };
            self.guest.sink.push(Delivery::Presence {
                node: news.node,
                change,
                version,
            });
        }
    }

    fn catch_up_all(&mut self) {
        let behind = self.topics.values().filter(|listening| listening.is_behind);
        let behind: Vec<Topic> = behind.map(|listening| listening.topic.clone()).collect();
        for topic in behind {
            if !self.catch_up(&topic) {
                return;
            }
        }
    }

    /// Pushes what was published to a topic since it was heard last, as far as it is there; whether
    /// the server could be asked.
    fn catch_up(&mut self, topic: &Topic) -> bool {
        let Some(listening) = self.topics.get_mut(topic) else {
            return true;
        };
        match fetch(&self.server, listening, &*self.guest.sink) {
            Ok(()) => {
                listening.is_behind = false;
                true
            }
            Err(error) => {
                tracing::debug!(%error, topic = topic.as_str(), "what was missed cannot be read yet");
                listening.is_behind = true;
                // All is done anew over another connection.
                self.broken.notify_one();
                false
            }
        }
    }
}

/// Reads what followed the last message that was heard of a topic, and pushes it.
fn fetch(server: &Server, listening: &mut Listening, sink: &dyn Sink) -> Result<(), BrokerError> {
    let Some((_, mut last)) = listening.last else {
        return Ok(());
    };
    let log = &server.log;
    let subject = server.subjects.log(&listening.topic);
    loop {
        let asked = log.js.range(&log.stream, &subject, last + 1, PAGE);
        // This thread is there to wait.
        let (found, has_more) = server.runtime.block_on(asked)?;
        for message in &found {
            match LogPage::decode(&message.payload) {
                Ok(page) => listening.take(&page, message.number, false, sink),
                Err(error) => {
                    let topic = listening.topic.as_str();
                    tracing::warn!(topic, %error, "what was missed cannot be read");
                }
            }
            last = message.number;
        }
        if !has_more || found.is_empty() {
            return Ok(());
        }
    }
}
