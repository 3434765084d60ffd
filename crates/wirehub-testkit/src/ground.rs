//! The topics and users of every scenario, and who may do what.

use std::{sync::Arc, time::Duration};

use wirehub_model::{
    Capabilities, Namespace, Namespaces, Overflow, Principal, Topic, TopicFilter, UserId, Window,
};

use crate::{feature::Feature, knobs::Knobs};

/// A family of topics with promises of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// Nothing is dropped and nothing expires: subscribers see it without a gap.
    Keep,
    /// Publications may expire, and be dropped for slow readers.
    Drop,
    /// Publishers do not want an echo.
    Quiet,
    /// Only some may subscribe.
    Secret,
    /// The last values are kept, of all and of each key.
    Value,
    /// It is known who is there.
    Room,
    /// Publications wait for each other.
    Window,
    /// And of those with the same key only the newest goes.
    Latest,
}

impl Family {
    const ALL: [(Self, &'static str, usize); 8] = [
        (Self::Keep, "keep", 3),
        (Self::Drop, "drop", 1),
        (Self::Quiet, "quiet", 1),
        (Self::Secret, "secret", 1),
        (Self::Value, "value", 1),
        (Self::Room, "room", 1),
        (Self::Window, "window", 1),
        (Self::Latest, "latest", 1),
    ];

    /// Whether each subscriber is to see each publication.
    pub(crate) const fn is_whole(self) -> bool {
        !matches!(self, Self::Drop | Self::Quiet | Self::Latest)
    }

    /// Whether publications have keys.
    pub(crate) const fn is_keyed(self) -> bool {
        matches!(self, Self::Value | Self::Latest)
    }

    /// Whether publications may be dropped for slow readers, or newer ones stand for them.
    pub(crate) const fn drops(self) -> bool {
        matches!(self, Self::Drop | Self::Latest)
    }
}

/// The topics and filters.
#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) topics: Vec<(Topic, Family)>,
    pub(crate) filters: Vec<TopicFilter>,
}

/// Longer than clients are there, and shorter than the time after that.
const VALUES_KEPT: Duration = Duration::from_secs(300);

/// How many users there are. The last one may not subscribe to what is secret.
pub(crate) const USERS: usize = 3;

impl Ground {
    pub(crate) fn new(knobs: &Knobs) -> Self {
        let mut topics = Vec::new();
        for (family, name, count) in Family::ALL {
            for number in 0..count {
                topics.push((topic(&format!("{name}/{number}")), family));
            }
        }
        let mut filters: Vec<TopicFilter> = topics
            .iter()
            .map(|(topic, _)| TopicFilter::from(topic))
            .collect();
        if knobs.has(Feature::Wildcards) {
            filters.extend(["keep/+", "#", "+/0", "drop/#"].map(filter));
        }
        Self { topics, filters }
    }

    /// The number of a topic; `None` for one that is not of this ground.
    pub(crate) fn number(&self, topic: &Topic) -> Option<usize> {
        self.topics.iter().position(|(known, _)| known == topic)
    }

    /// The family of a topic, by its number.
    pub(crate) fn family(&self, topic: usize) -> Family {
        self.topics
            .get(topic)
            .map_or(Family::Drop, |(_, family)| *family)
    }

    /// Whether a user may subscribe to a filter.
    pub(crate) fn may_subscribe(&self, user: usize, filter: &TopicFilter) -> bool {
        let secret =
            |(topic, family): &(Topic, Family)| *family == Family::Secret && filter.matches(topic);
        !is_kept_out(user) || !self.topics.iter().any(secret)
    }

    /// Whether a user may hear a topic.
    pub(crate) fn may_hear(&self, user: usize, topic: usize) -> bool {
        !is_kept_out(user) || self.family(topic) != Family::Secret
    }

    /// Whether it is known who is on a topic.
    pub(crate) fn has_members(&self, filter: &TopicFilter, knobs: &Knobs) -> bool {
        let topic = filter.as_topic().and_then(|topic| self.number(&topic));
        let family = topic.map(|topic| self.family(topic));
        knobs.has(Feature::Presence) && family == Some(Family::Room)
    }

    /// Whether the last values of a topic are kept.
    pub(crate) fn keeps_values(&self, topic: &Topic, knobs: &Knobs) -> bool {
        let topic = self.number(topic);
        let family = topic.map(|topic| self.family(topic));
        knobs.has(Feature::Values) && family == Some(Family::Value)
    }

    /// The rules of the topics.
    pub(crate) fn namespaces(&self, knobs: &Knobs) -> Namespaces {
        let plain = |pattern| Namespace {
            history: knobs.history,
            deltas: knobs.has(Feature::Deltas),
            ..Namespace::new(filter(pattern))
        };
        let dropping = Namespace {
            overflow: Overflow::DropOldest,
            ..plain("drop/#")
        };
        let kept = knobs.has(Feature::Values);
        let values = Namespace {
            retained: kept,
            keys: if kept { knobs.keys } else { 0 },
            retained_ttl: Some(VALUES_KEPT),
            // A delta does not say that it is a value.
            deltas: false,
            ..plain("value/#")
        };
        let rooms = Namespace {
            presence: knobs.has(Feature::Presence),
            ..plain("room/#")
        };
        let window = |latest| {
            let bounds = Window {
                latest,
                ..knobs.window
            };
            knobs.has(Feature::Windows).then_some(bounds)
        };
        let windows = Namespace {
            window: window(false),
            ..plain("window/#")
        };
        let latest = Namespace {
            window: window(true),
            ..plain("latest/#")
        };
        let all = vec![dropping, values, rooms, windows, latest];
        Namespaces::new(all, plain("#"))
    }
}

/// A user's name.
pub(crate) fn user_id(user: usize) -> UserId {
    UserId::parse(&format!("u{user}")).expect("it is a name")
}

/// A user's token says this.
pub(crate) fn principal(user: usize) -> Principal {
    let subscribe: &[&str] = if is_kept_out(user) {
        &[
            "keep/#", "drop/#", "quiet/#", "value/#", "room/#", "window/#", "latest/#",
        ]
    } else {
        &["#"]
    };
    let opened: Vec<TopicFilter> = subscribe.iter().copied().map(filter).collect();
    Principal {
        user: Some(user_id(user)),
        capabilities: Arc::new(Capabilities {
            history: opened.clone(),
            presence: opened.clone(),
            subscribe: opened,
            publish: vec![filter("#"), filter("$users/#"), filter("$connections/#")],
        }),
        ..Principal::default()
    }
}

const fn is_kept_out(user: usize) -> bool {
    user == USERS - 1
}

fn topic(name: &str) -> Topic {
    Topic::parse(name).expect("it is a topic")
}

fn filter(text: &str) -> TopicFilter {
    TopicFilter::parse(text).expect("it is a filter")
}
