//! How far a home knows what a broker says of the members of its topics.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use wirehub_model::{Moment, PresenceChange, Topic};

/// How long after something failed a list is asked for again.
const PAUSE: Duration = Duration::from_secs(1);
/// Lists that one home has under way at a time: after a cut every topic needs one.
const AT_ONCE: usize = 16;
/// Changes of a topic that wait for its list, before another list is asked for in their place.
const WAITING: usize = 10_000;

/// The topics whose members are followed over all nodes.
///
/// A list of the members says up to which version it knows what has changed. Changes that are told
/// while it is on its way wait for it; those up to its version are old, and the others follow it.
/// Where anything may have been missed, the list is asked for anew.
///
/// A list that says less than is known comes late, or else the broker has forgotten what it said:
/// it was started anew, or taken back. The next list tells which, since it was asked for when all
/// that was known already.
#[derive(Debug, Default)]
pub(crate) struct Crowds {
    topics: BTreeMap<Topic, Crowd>,
    /// Topics that need a list and have not asked for it.
    behind: BTreeSet<Topic>,
    under_way: usize,
    /// Nothing is asked for before.
    not_before: Option<Moment>,
}

#[derive(Debug, Default)]
struct Crowd {
    /// What has changed up to there is known; nothing before the first list.
    known: Option<u64>,
    /// A list is on its way, and this came since it was asked for.
    waiting: Option<Vec<(PresenceChange, u64)>>,
    /// The list comes with how the topic stands, and is not one of those that were asked for.
    opening: bool,
    /// The last list said less than is known.
    doubted: bool,
}

impl Crowds {
    /// A topic is being opened, and its list comes with that.
    pub(crate) fn open(&mut self, topic: &Topic) {
        let crowd = Crowd {
            known: None,
            waiting: Some(Vec::new()),
            opening: true,
            doubted: false,
        };
        self.topics.insert(topic.clone(), crowd);
    }

    /// A topic is not followed any longer.
    pub(crate) fn close(&mut self, topic: &Topic) {
        self.topics.remove(topic);
        self.behind.remove(topic);
    }

    /// Whether a topic is followed.
    pub(crate) fn follows(&self, topic: &Topic) -> bool {
        self.topics.contains_key(topic)
    }

    /// Whether it is known who is on a topic, on all nodes.
    pub(crate) fn knows(&self, topic: &Topic) -> bool {
        self.topics
            .get(topic)
            .is_some_and(|crowd| crowd.known.is_some())
    }

    /// A topic that is open is followed from now on.
    pub(crate) fn follow(&mut self, topic: &Topic) {
        self.topics.entry(topic.clone()).or_default();
        self.behind.insert(topic.clone());
    }

    /// Something of a topic may have been missed, on either side.
    pub(crate) fn fall_behind(&mut self, topic: &Topic) {
        self.behind.insert(topic.clone());
    }

    /// Something failed: nothing is tried again for a moment.
    pub(crate) fn pause(&mut self, now: Moment) {
        self.not_before = Some(now + PAUSE);
    }

    /// Something of all topics may have been missed.
    pub(crate) fn fall_behind_with_all(&mut self) {
        self.behind.extend(self.topics.keys().cloned());
    }

    /// A change was told; returns it when it is to be taken in now.
    pub(crate) fn heard(&mut self, change: PresenceChange, version: u64) -> Option<PresenceChange> {
        let crowd = self.topics.get_mut(&change.topic)?;
        match &mut crowd.waiting {
            Some(waiting) if waiting.len() < WAITING => {
                waiting.push((change, version));
                None
            }
            Some(waiting) => {
                waiting.clear();
                self.behind.insert(change.topic);
                None
            }
            None if crowd.known.is_some_and(|known| version <= known) => None,
            None => {
                crowd.known = crowd.known.map(|_| version);
                Some(change)
            }
        }
    }

    /// Whether a list with this version may be believed. One that says less than is known is only
    /// when the one before did so, too.
    pub(crate) fn believes(&mut self, topic: &Topic, version: u64) -> bool {
        let Some(crowd) = self.topics.get_mut(topic) else {
            return true;
        };
        let says_less = crowd.known > Some(version);
        let was_doubted = std::mem::replace(&mut crowd.doubted, says_less);
        !says_less || was_doubted
    }

    /// The list of a topic came. Returns what changed after it; what it was is taken in before.
    pub(crate) fn listed(&mut self, topic: &Topic, version: u64) -> Vec<PresenceChange> {
        self.settle(topic, Some(version))
    }

    /// The list of a topic does not come. Returns what changed meanwhile, and asks for another.
    pub(crate) fn not_listed(&mut self, now: Moment, topic: &Topic) -> Vec<PresenceChange> {
        self.behind.insert(topic.clone());
        self.pause(now);
        self.settle(topic, None)
    }

    fn settle(&mut self, topic: &Topic, version: Option<u64>) -> Vec<PresenceChange> {
        let Some(crowd) = self.topics.get_mut(topic) else {
            self.under_way = self.under_way.saturating_sub(1);
            return Vec::new();
        };
        if !std::mem::take(&mut crowd.opening) {
            self.under_way = self.under_way.saturating_sub(1);
        }
        crowd.doubted &= version.is_none();
        crowd.known = version.or(crowd.known);
        let known = crowd.known.unwrap_or_default();
        let waiting = crowd.waiting.take().unwrap_or_default();
        let newer = waiting.into_iter().filter(|(_, version)| *version > known);
        let (changes, versions): (Vec<_>, Vec<_>) = newer.unzip();
        if crowd.known.is_some() {
            crowd.known = versions.last().copied().or(crowd.known);
        }
        changes
    }

    /// The next topic whose list has to be asked for.
    pub(crate) fn next_ask(&mut self, now: Moment) -> Option<Topic> {
        if self.under_way >= AT_ONCE || self.not_before.is_some_and(|at| at > now) {
            return None;
        }
        self.not_before = None;
        let is_free = |topic: &&Topic| {
            let crowd = self.topics.get(*topic);
            crowd.is_none_or(|crowd| crowd.waiting.is_none())
        };
        let topic = self.behind.iter().find(is_free).cloned()?;
        self.behind.remove(&topic);
        if let Some(crowd) = self.topics.get_mut(&topic) {
            crowd.waiting = Some(Vec::new());
        }
        self.under_way += 1;
        Some(topic)
    }

    /// When something that failed is tried again.
    pub(crate) fn poll_timeout(&self) -> Option<Moment> {
        self.not_before.filter(|_| !self.behind.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use wirehub_model::{ConnectionId, Member, PresenceKind};

    use super::*;

    const NOW: Moment = Moment::ZERO;

    fn topic(name: &str) -> Topic {
        Topic::parse(name).unwrap()
    }

    fn change(name: &str, number: u32) -> PresenceChange {
        PresenceChange {
            topic: topic(name),
            kind: PresenceKind::Joined,
            member: Arc::new(Member {
                connection: ConnectionId::new(0, number, 1).on(5),
                user: None,
                info: None,
                state: None,
            }),
            edge: true,
            was: None,
        }
    }

    #[test]
    fn what_is_told_before_the_list_follows_it() {
        let mut crowds = Crowds::default();
        crowds.open(&topic("a"));
        for version in 1..=4 {
            let change = change("a", version as u32);
            assert_eq!(crowds.heard(change, version), None);
        }
        assert!(!crowds.knows(&topic("a")));
        let after = crowds.listed(&topic("a"), 2);
        assert_eq!(after, [change("a", 3), change("a", 4)]);
        assert!(crowds.knows(&topic("a")));
        assert_eq!(crowds.heard(change("a", 4), 4), None);
        assert_eq!(crowds.heard(change("a", 5), 5), Some(change("a", 5)));
        crowds.close(&topic("a"));
        assert_eq!(crowds.heard(change("a", 6), 6), None);
    }

    #[test]
    fn a_list_that_fails_is_asked_for_again() {
        let mut crowds = Crowds::default();
        crowds.open(&topic("a"));
        crowds.listed(&topic("a"), 1);
        crowds.fall_behind_with_all();
        assert_eq!(crowds.next_ask(NOW), Some(topic("a")));
        assert_eq!(crowds.next_ask(NOW), None);
        crowds.heard(change("a", 2), 2);
        assert_eq!(crowds.not_listed(NOW, &topic("a")), [change("a", 2)]);
        assert_eq!(crowds.next_ask(NOW), None);
        let again = crowds.poll_timeout().unwrap();
        assert_eq!(crowds.next_ask(again), Some(topic("a")));
        assert_eq!(crowds.listed(&topic("a"), 9), []);
        assert_eq!(crowds.poll_timeout(), None);
    }

    #[test]
    fn a_list_that_says_less_is_believed_the_second_time() {
        let mut crowds = Crowds::default();
        crowds.open(&topic("a"));
        crowds.listed(&topic("a"), 5);
        // One that was asked for before is only late.
        assert!(!crowds.believes(&topic("a"), 4));
        crowds.not_listed(NOW, &topic("a"));
        assert!(crowds.believes(&topic("a"), 6));
        crowds.listed(&topic("a"), 6);
        // A broker that has forgotten everything says so again.
        assert!(!crowds.believes(&topic("a"), 0));
        crowds.not_listed(NOW, &topic("a"));
        assert!(crowds.believes(&topic("a"), 0));
        crowds.listed(&topic("a"), 0);
        assert_eq!(crowds.heard(change("a", 7), 2), Some(change("a", 7)));
        assert!(!crowds.believes(&topic("a"), 1));
    }

    #[test]
    fn lists_are_asked_for_a_few_at_a_time() {
        let mut crowds = Crowds::default();
        let names: Vec<_> = (10..10 + 2 * AT_ONCE).map(|n| format!("a/{n}")).collect();
        for name in &names {
            crowds.open(&topic(name));
            crowds.listed(&topic(name), 1);
        }
        crowds.fall_behind_with_all();
        let asked: Vec<_> = std::iter::from_fn(|| crowds.next_ask(NOW)).collect();
        assert_eq!(asked.len(), AT_ONCE);
        for topic in asked {
            crowds.listed(&topic, 2);
            assert!(crowds.next_ask(NOW).is_some());
        }
    }

    #[test]
    fn too_much_that_waits_is_given_up_for_another_list() {
        let mut crowds = Crowds::default();
        crowds.open(&topic("a"));
        for version in 1..=WAITING as u64 + 1 {
            crowds.heard(change("a", 7), version);
        }
        assert_eq!(crowds.next_ask(NOW), None, "the first list is on its way");
        crowds.listed(&topic("a"), 1);
        assert_eq!(crowds.next_ask(NOW), Some(topic("a")));
    }
}
