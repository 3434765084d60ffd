//! What one client of a random history asked and heard, and whether that fits together.

use std::collections::{BTreeMap, BTreeSet};

use super::words::{filter, topic};

/// Requests by their numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Subscribe(String),
    Unsubscribe(String),
    Other,
}

/// Where each publication landed, as told by all clients: topic and offset, and what was said
/// there.
pub(crate) type Record = BTreeMap<(String, u64), String>;

/// One client's view.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    pub(crate) user: String,
    asked: BTreeMap<u64, Asked>,
    /// Subscriptions as far as the client knows; for a topic, with the offset it has.
    pub(crate) subscriptions: BTreeMap<String, u64>,
    /// The users of the connections on each topic that is watched, sorted.
    pub(crate) seen: BTreeMap<String, Vec<String>>,
    /// The last offset heard of each topic.
    heard: BTreeMap<String, u64>,
    pub(crate) closed: bool,
    /// It went on with a session.
    resumed: bool,
    answered: BTreeSet<u64>,
}

impl Transcript {
    pub(crate) fn of(user: &str) -> Self {
        Self {
            user: user.to_owned(),
            ..Self::default()
        }
    }

    pub(crate) fn ask(&mut self, id: u64, asked: Asked) {
        self.asked.insert(id, asked);
    }

    /// Reads everything the client heard, in order.
    pub(crate) fn read(&mut self, me: usize, lines: &[String], record: &mut Record) {
        for line in lines {
            assert!(!self.closed, "{line:?} after the goodbye");
            let words: Vec<&str> = line.split(' ').collect();
            match words[..] {
                ["welcome", _] | ["pong" | "heartbeat"] | ["direct", ..] => {}
                ["close", _] => self.closed = true,
                ["subscribed", which, ..] => {
                    let place = match words.get(2) {
                        Some(&"at") => words[3].parse().unwrap(),
                        _ => 0,
                    };
                    let filter = self.subscribed(which, place);
                    if let Some((_, people)) = line.split_once(" [") {
                        let people = people.trim_end_matches(']').split(", ");
                        let mut people: Vec<String> = people.map(name_of).collect();
                        people.sort();
                        assert!(people.contains(&self.user), "{line:?} without oneself");
                        self.seen.insert(filter, people);
                    }
                }
                ["done", id] => {
                    if let Asked::Unsubscribe(filter) = self.answer(id) {
                        let ended = self.subscriptions.remove(&filter);
                        self.seen.remove(&filter);
                        let pending = format!("{filter} was being made");
                        // A subscription that was still being made was refused just before, unless
                        // it was one of a session that goes on.
                        let known = ended.is_some() || self.refused(&filter);
                        assert!(known || self.resumed, "{pending}");
                    }
                }
                ["refused" | "published" | "resumed", id, ..] => {
                    self.resumed |= words[0] == "resumed";
                    self.answer(id);
                }
                ["message", name, "at", offset, text] => {
                    let offset = offset.trim_end_matches(':').parse().unwrap();
                    self.message(me, name, offset, text, record);
                }
                ["unsubscribed", filter, _] => {
                    let begun = self.subscriptions.contains_key(filter);
                    assert!(
                        !begun,
                        "only what a session had may not begin again: {line:?}"
                    );
                }
                [kind @ ("joined" | "changed" | "left"), topic, member, ..] => {
                    let edge = words.get(3) == Some(&"edge");
                    self.presence(kind, topic, &name_of(member), edge);
                }
                _ => panic!("nobody says {line:?}"),
            }
        }
    }

    /// Every request was answered; only calls wait, whom nobody answers here.
    pub(crate) fn assert_answered(&self) {
        let waiting = self.asked.keys().find(|id| !self.answered.contains(id));
        assert_eq!(waiting, None, "a request without an answer");
    }

    fn answer(&mut self, id: &str) -> Asked {
        let id = id.trim_start_matches('#').parse().unwrap();
        assert!(self.answered.insert(id), "#{id} was answered twice");
        self.asked.get(&id).expect("an answer to a request").clone()
    }

    fn refused(&self, filter: &str) -> bool {
        let wish = Asked::Subscribe(filter.to_owned());
        let mut wishes = self.asked.iter().filter(|(_, asked)| **asked == wish);
        wishes.any(|(id, _)| self.answered.contains(id))
    }

    /// Somebody came, went or changed: nobody comes twice, goes without having come or changes
    /// without being there, and an edge is a user's first or last connection.
    fn presence(&mut self, kind: &str, topic: &str, name: &str, edge: bool) {
        let seen = self.seen.get_mut(topic).expect("it is watched");
        let first = seen.iter().position(|known| known == name);
        match (kind, first) {
            ("joined", first) => {
                assert_eq!(edge, first.is_none(), "{name} on {topic}");
                seen.push(name.to_owned());
                seen.sort();
            }
            ("left", Some(place)) => {
                seen.remove(place);
                assert_eq!(edge, !seen.iter().any(|known| known == name));
            }
            (kind, first) => assert!(
                first.is_some(),
                "{kind} {name} on {topic}, who is not there"
            ),
        }
    }

    /// A subscription began: one that was asked for, by the number `which`, or that of a session
    /// that goes on, by its filter. Returns the filter.
    fn subscribed(&mut self, which: &str, place: u64) -> String {
        let filter = if which.starts_with('#') && which.len() > 1 {
            let Asked::Subscribe(filter) = self.answer(which) else {
                panic!("{which} was no subscription");
            };
            filter
        } else {
            which.to_owned()
        };
        let before = self.subscriptions.insert(filter.clone(), place);
        assert_eq!(before, None, "subscribed to {filter} twice");
        filter
    }

    fn message(&mut self, me: usize, name: &str, offset: u64, text: &str, record: &mut Record) {
        let place = (name.to_owned(), offset);
        let said = record.entry(place).or_insert_with(|| text.to_owned());
        assert_eq!(said, text, "two publications at {offset} of {name}");

        let matching = |text: &String| filter(text).matches(&topic(name));
        let wanted = self.subscriptions.keys().any(matching);
        assert!(wanted, "{name} at {offset} was not subscribed");
        let before = self.heard.insert(name.to_owned(), offset);
        assert!(before < Some(offset), "{name}: {offset} after {before:?}");

        if name.starts_with("quiet/") {
            let own = text.starts_with(&format!("{me}-"));
            assert!(!own, "{text} came back to its publisher");
        }
        if let Some(known) = self.subscriptions.get_mut(name) {
            assert!(*known < offset, "{name}: {offset} was said to be known");
            if name.starts_with("keep/") {
                assert_eq!(*known + 1, offset, "{name} has a gap");
            }
            *known = offset;
        }
    }
}

/// The user of a member, without its state.
fn name_of(member: &str) -> String {
    member.split('=').next().unwrap_or_default().to_owned()
}
