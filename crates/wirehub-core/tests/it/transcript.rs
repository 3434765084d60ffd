//! What one client of a random history asked and heard, and whether that fits together.

use std::collections::{BTreeMap, BTreeSet};

use super::words::{filter, topic};

/// Requests by their numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Subscribe(String),
    /// A subscription with a pace.
    Pace(String),
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
    /// Those of them with a pace.
    paced: BTreeSet<String>,
    /// Filters that some client subscribed with a pace.
    pub(crate) paced_by_somebody: BTreeSet<String>,
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
                        self.paced.remove(&filter);
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
                ["batch", ..] => self.batch(me, line, record),
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
        let filter = filter.to_owned();
        let wanted = [Asked::Subscribe(filter.clone()), Asked::Pace(filter)];
        let mut wishes = self
            .asked
            .iter()
            .filter(|(_, asked)| wanted.contains(asked));
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
            match self.answer(which) {
                Asked::Subscribe(filter) => filter,
                Asked::Pace(filter) => {
                    self.paced.insert(filter.clone());
                    filter
                }
                other => panic!("{which} was no subscription but {other:?}"),
            }
        } else {
            // A session keeps the pace of whoever it belonged to.
            if self.paced_by_somebody.contains(which) {
                self.paced.insert(which.to_owned());
            }
            which.to_owned()
        };
        let before = self.subscriptions.insert(filter.clone(), place);
        assert_eq!(before, None, "subscribed to {filter} twice");
        filter
    }

    /// The filters that the client wanted with a pace.
    pub(crate) fn asked_at_pace(&self) -> impl Iterator<Item = String> {
        self.asked.values().filter_map(|asked| match asked {
            Asked::Pace(filter) => Some(filter.clone()),
            Asked::Subscribe(_) | Asked::Unsubscribe(_) | Asked::Other => None,
        })
    }

    /// Publications that came together, as `batch a/#: a/1 at 2: x, a/2 at 7: y x3`.
    fn batch(&mut self, me: usize, line: &str, record: &mut Record) {
        let (head, entries) = line.split_once(": ").unwrap();
        let name = head.trim_start_matches("batch ");
        let windowed = name.starts_with("window/") || name.starts_with("newest/");
        let known = windowed || self.paced.contains(name);
        assert!(known, "{line:?} without a reason");
        for entry in entries.split(", ") {
            let words: Vec<&str> = entry.split(' ').collect();
            let [name, "at", offset, text] = words[..4] else {
                panic!("{entry:?} is no publication");
            };
            let offset = offset.trim_end_matches(':').parse().unwrap();
            self.message(me, name, offset, text, record);
        }
    }

    /// A client that is still there heard the last of what is neither dropped nor expires.
    pub(crate) fn assert_up_to_date(&self, record: &Record) {
        for (name, offset) in &self.subscriptions {
            if name.starts_with("keep/") || name.starts_with("window/") {
                let mut all = record.keys().filter(|(other, _)| other == name);
                let last = all.next_back().map_or(0, |(_, last)| *last);
                assert!(*offset >= last, "{name} stands at {last}, not {offset}");
            }
        }
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
            let whole = name.starts_with("keep/") || name.starts_with("window/");
            if whole && !self.paced.contains(name) {
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
