//! What a node hears, in order, on a thread of its own.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, mpsc::Receiver},
};

use redis::{PushInfo, PushKind, Value};
use wirehub_broker::{
    BrokerError, Delivery, Entry, Record, Reply,
    meeting::Guest,
    stored::{decode_entry, decode_member},
};
use wirehub_model::{Position, PresenceChange, Topic, TopicFilter};

use crate::{
    catch_up::{self, Unread},
    interests::Want,
    listening::{Listening, Place},
    news::TopicNews,
    overheard::Overheard,
    server::Server,
};

/// What comes in.
pub(crate) enum Heard {
    /// From a server.
    Push(PushInfo),
    /// What is not heard any more, until a server says that it is again.
    Lost(HashSet<Want>),
    /// Something that was lost is heard again.
    Again,
    /// A filter counts from the moment on that its pattern does.
    Filter(TopicFilter),
    /// A filter counts no longer.
    NoFilter(TopicFilter),
    /// A topic is closed while there is no connection.
    Closed(Topic),
    /// A topic stood there when it was opened.
    Stands(Topic, Position),
    /// Everything before has been pushed.
    Done(Reply<()>),
}

/// What a node hears, and how far it has heard.
pub(crate) struct Hearing {
    pub(crate) unread: Arc<Unread>,
    server: Arc<Server>,
    guest: Guest,
    topics: HashMap<String, Listening>,
    overheard: Overheard,
}

impl Hearing {
    pub(crate) fn new(server: Arc<Server>, guest: Guest) -> Self {
        let overheard = Overheard::new(server.keys.clone());
        Self {
            unread: Arc::default(),
            server,
            guest,
            topics: HashMap::new(),
            overheard,
        }
    }

    /// Works until nobody says anything any more.
    pub(crate) fn run(mut self, heard: &Receiver<Heard>) {
        while let Ok(heard) = heard.recv() {
            match heard {
                Heard::Push(info) => self.pushed(info),
                Heard::Lost(wants) => wants.iter().for_each(|want| self.lost(want)),
                Heard::Again => self.guest.sink.push(Delivery::Missed),
                Heard::Filter(filter) => self.overheard.add(filter),
                Heard::NoFilter(filter) => self.overheard.remove(&filter),
                Heard::Closed(topic) => {
                    self.topics.remove(&self.server.keys.channel(&topic));
                }
                Heard::Stands(topic, position) => self.stands(&topic, position),
                Heard::Done(reply) => _ = reply.send(Ok(())),
            }
        }
    }

    fn lost(&mut self, want: &Want) {
        match want {
            Want::Channel(channel) => {
                if let Some(listening) = self.topics.get_mut(channel) {
                    listening.is_behind = true;
                }
            }
            Want::Pattern(pattern) => self.overheard.lose(pattern),
        }
    }

    fn stands(&mut self, topic: &Topic, position: Position) {
        let channel = self.server.keys.channel(topic);
        if let Some(listening) = self.topics.get_mut(&channel) {
            listening.last.get_or_insert(position);
        }
    }

    fn pushed(&mut self, info: PushInfo) {
        let mut parts = info.data.into_iter().map(|part| match part {
            Value::BulkString(bytes) => bytes,
            Value::SimpleString(text) => text.into_bytes(),
            _ => Vec::new(),
        });
        let mut next = || parts.next().unwrap_or_default();
        let name = String::from_utf8(next()).unwrap_or_default();
        match info.kind {
            PushKind::SMessage => self.message(&name, &next()),
            PushKind::PMessage => {
                let channel = String::from_utf8(next()).unwrap_or_default();
                self.matched(&name, &channel, &next());
            }
            PushKind::SSubscribe => self.subscribed(name),
            PushKind::SUnsubscribe => _ = self.topics.remove(&name),
            PushKind::PSubscribe => self.overheard.begin(name),
            PushKind::PUnsubscribe => self.overheard.end(&name),
            _ => {}
        }
    }

    /// From here on the server says what happens on a topic.
    fn subscribed(&mut self, channel: String) {
        if let Some(listening) = self.topics.get_mut(&channel) {
            if std::mem::take(&mut listening.is_behind) {
                _ = self.catch_up(&channel);
            }
        } else if let Some(topic) = self.server.keys.topic(&channel) {
            self.topics.insert(channel, Listening::new(topic));
        }
    }

    fn message(&mut self, channel: &str, said: &[u8]) {
        let Some(listening) = self.topics.get(channel) else {
            let is_for_all = channel == self.server.keys.everyone();
            return self.guest.hear(said, is_for_all);
        };
        let topic = listening.topic.clone();
        match TopicNews::read(said) {
            Some(TopicNews::Publication(position, from, publication)) => {
                // What cannot be read is not ours, and says nothing of where the topic stands.
                if let Some(record) = self.record(&topic, position, from, publication)
                    && self.is_next(channel, position)
                {
                    self.guest.sink.push(Delivery::Publication(record));
                }
            }
            Some(TopicNews::Forgotten(position)) => {
                self.guest.sink.push(Delivery::Forgotten(topic, position));
            }
            Some(TopicNews::Member {
                version,
                kind,
                edge,
                node,
                member,
            }) => match decode_member(member) {
                Ok(member) => {
                    let change = PresenceChange {
                        topic,
                        kind,
                        member: Arc::new(member),
                        edge,
                        was: None,
                    };
                    self.guest.sink.push(Delivery::Presence {
                        node,
                        change,
                        version,
                    });
                }
                Err(error) => tracing::warn!(channel, %error, "a member cannot be read"),
            },
            None => tracing::warn!(channel, "somebody else speaks in a channel of Wirehub"),
        }
    }

    /// Something was said in a channel that a pattern matches. A topic that is open is heard by its
    /// own name.
    fn matched(&mut self, pattern: &str, channel: &str, said: &[u8]) {
        if self.topics.contains_key(channel) {
            return;
        }
        let Some(topic) = self.server.keys.topic(channel) else {
            return;
        };
        if !self.overheard.hears(pattern, &topic) {
            return;
        }
        match TopicNews::read(said) {
            Some(TopicNews::Publication(position, from, publication)) => {
                let record = self.record(&topic, position, from, publication);
                if let Some(record) = record {
                    self.guest.sink.push(Delivery::Publication(record));
                }
            }
            Some(TopicNews::Forgotten(position)) => {
                self.guest.sink.push(Delivery::Forgotten(topic, position));
            }
            Some(TopicNews::Member { .. }) => {}
            None => tracing::warn!(channel, "somebody else speaks in a channel of Wirehub"),
        }
    }

    /// Whether a publication is the next one of its topic. What was missed before it is fetched,
    /// and then it may be known already.
    fn is_next(&mut self, channel: &str, position: Position) -> bool {
        for may_fetch in [true, false] {
            let Some(listening) = self.topics.get_mut(channel) else {
                return false;
            };
            match listening.place(position) {
                Place::Known => return false,
                Place::Missing if may_fetch => {}
                Place::Missing | Place::Next => {
                    listening.last = Some(position);
                    return true;
                }
            }
            if !self.catch_up(channel) {
                // It is read with what was missed before it, once that works.
                return false;
            }
        }
        false
    }

    fn record(
        &self,
        topic: &Topic,
        position: Position,
        from: &str,
        publication: &[u8],
    ) -> Option<Arc<Record>> {
        match decode_entry(publication, topic, position) {
            Ok(Entry { mut record, .. }) => {
                // Names of connections are unique on their node: elsewhere nobody is left out.
                Arc::make_mut(&mut record).echo |= from != self.guest.node.as_str();
                Some(record)
            }
            Err(error) => {
                tracing::warn!(topic = topic.as_str(), %error, "a publication cannot be read");
                None
            }
        }
    }

    /// Pushes what was published to a topic since it was heard last, as far as it is kept. Says
    /// whether nothing is left to be read.
    fn catch_up(&mut self, channel: &str) -> bool {
        let Some(listening) = self.topics.get(channel) else {
            return true;
        };
        let Some(last) = listening.last else {
            return true;
        };
        let topic = listening.topic.clone();
        match catch_up::fetch(&self.server, self.guest.sink.as_ref(), &topic, last) {
            Ok(last) => {
                if let Some(listening) = self.topics.get_mut(channel) {
                    listening.last = last;
                }
                true
            }
            Err(error @ BrokerError::Unavailable { .. } | error @ BrokerError::Overloaded) => {
                tracing::debug!(%error, channel, "what was missed cannot be read yet");
                if let Some(listening) = self.topics.get_mut(channel) {
                    listening.is_behind = true;
                }
                self.unread.add(channel);
                false
            }
            Err(error) => {
                tracing::warn!(%error, channel, "what was missed cannot be read");
                true
            }
        }
    }
}

#[cfg(test)]
mod tests;
