//! Rules for families of topics.

use std::time::Duration;

use crate::{Topic, TopicFilter};

/// The rules of the topics that a pattern matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace {
    /// Which topics.
    pub pattern: TopicFilter,
    /// Who may subscribe.
    pub subscribe: Access,
    /// Who may publish.
    pub publish: Access,
    /// Who may read past publications.
    pub read_history: Access,
    /// Who may see who is on a topic.
    pub read_presence: Access,
    /// Bytes of a publication's payload.
    pub payload_bytes: usize,
    /// Subscribers of one topic or filter on one shard.
    pub subscribers: usize,
    /// How long a publication is worth delivering when its publisher did not say.
    pub ttl: Option<Duration>,
    /// What happens to a subscriber that reads too slowly.
    pub overflow: Overflow,
    /// Which publications are kept for those who missed them.
    pub history: HistoryRules,
    /// The last publication of a topic is kept, and given to whoever subscribes.
    pub retained: bool,
    /// The last publication with each key is kept, and given to whoever subscribes: this many keys
    /// in a topic, zero for none.
    pub keys: usize,
    /// How long the last publication, and the last with each key, are kept; `None` keeps them until
    /// newer ones come.
    pub retained_ttl: Option<Duration>,
    /// How long an idempotency key is remembered.
    pub idempotency_ttl: Duration,
    /// Whether it is known who is on a topic.
    pub presence: bool,
    /// Whether subscribers may take deltas: what changed since the publication before.
    pub deltas: bool,
    /// Whether subscribers may choose publications by their tags.
    pub tags_filter: bool,
    /// Publications wait for each other and go out together; `None` sends each at once.
    pub window: Option<Window>,
}

/// Which publications of a topic are kept: the newest, within all three bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryRules {
    /// How many; zero keeps none.
    pub size: usize,
    /// For how long.
    pub ttl: Duration,
    /// How many bytes of payload.
    pub bytes: usize,
}

impl HistoryRules {
    /// Whether anything is kept.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.size > 0
    }
}

/// How publications of a topic are gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first one waits this long at most.
    pub time: Duration,
    /// They go when there are this many.
    pub count: usize,
    /// Of those with the same key, and of those without one, only the newest goes.
    pub latest: bool,
}

impl Namespace {
    /// Whether topics remember anything that was published.
    #[must_use]
    pub const fn remembers(&self) -> bool {
        self.history.is_on() || self.retained || self.keys > 0
    }

    /// The rules for topics that no pattern matches, and the start for those of a pattern: only
    /// what a token's capabilities allow.
    #[must_use]
    pub const fn new(pattern: TopicFilter) -> Self {
        Self {
            pattern,
            subscribe: Access::Capability,
            publish: Access::Capability,
            read_history: Access::Capability,
            read_presence: Access::Capability,
            payload_bytes: 64 * 1024,
            subscribers: 1_000_000,
            ttl: None,
            overflow: Overflow::Disconnect,
            history: HistoryRules {
                size: 0,
                ttl: Duration::from_secs(300),
                bytes: 1024 * 1024,
            },
            retained: false,
            keys: 0,
            retained_ttl: None,
            idempotency_ttl: Duration::from_secs(300),
            presence: false,
            deltas: false,
            tags_filter: false,
            window: None,
        }
    }
}

/// Who may do something on the topics of a namespace. Each level includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// No client; only the application's servers.
    Nobody,
    /// Clients whose token has a capability for the topic.
    Capability,
    /// Every client with a user.
    User,
    /// Every client, anonymous ones too.
    Anyone,
}

impl Access {
    /// Every level, the narrowest first.
    pub const ALL: [Self; 4] = [Self::Nobody, Self::Capability, Self::User, Self::Anyone];

    /// The word for it in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Capability => "capability",
            Self::User => "user",
            Self::Anyone => "anyone",
        }
    }
}

/// What happens when a publication finds a subscriber's outbox full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Overflow {
    /// The subscriber is disconnected as a slow consumer.
    Disconnect,
    /// The oldest waiting publications of such namespaces are dropped to make room.
    DropOldest,
    /// Of waiting publications of a topic with the same key, and of those without one, only the
    /// newest is kept; then the oldest are dropped.
    Latest,
}

impl Overflow {
    /// Every policy.
    pub const ALL: [Self; 3] = [Self::Disconnect, Self::DropOldest, Self::Latest];

    /// The word for it in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Disconnect => "disconnect",
            Self::DropOldest => "drop_oldest",
            Self::Latest => "latest",
        }
    }
}

/// The namespaces of a hub in their order; the first pattern that matches a topic decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespaces {
    list: Vec<Namespace>,
    fallback: Namespace,
    naming: Option<Naming>,
}

/// Topics whose names ask for something beside what their namespaces give.
#[derive(Clone, Debug)]
struct Naming {
    asked: fn(&Topic) -> Asked,
    /// Each namespace with what a name may ask for, the fallback last.
    changed: Vec<[Namespace; 3]>,
}

impl PartialEq for Naming {
    /// The function is the hub's own and the same everywhere.
    fn eq(&self, other: &Self) -> bool {
        self.changed == other.changed
    }
}

impl Eq for Naming {}

/// What the name of a topic asks for, beside what its namespace gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// It is known who is there.
    pub presence: bool,
    /// The last publication is kept for whoever subscribes.
    pub retained: bool,
}

impl Asked {
    /// How long the last publication is kept where only the name asks for it, as Pusher has it.
    const RETAINED_TTL: Duration = Duration::from_secs(1_800);

    /// The place among changed namespaces; `None` when nothing is asked for.
    const fn place(self) -> Option<usize> {
        match (self.presence, self.retained) {
            (false, false) => None,
            (true, false) => Some(0),
            (false, true) => Some(1),
            (true, true) => Some(2),
        }
    }

    fn change(self, namespace: &Namespace) -> Namespace {
        let mut changed = namespace.clone();
        changed.presence |= self.presence;
        if self.retained && !changed.retained {
            changed.retained = true;
            changed.retained_ttl = changed.retained_ttl.or(Some(Self::RETAINED_TTL));
        }
        changed
    }
}

impl Namespaces {
    /// Takes namespaces in order, and the rules for everything they do not match.
    #[must_use]
    pub const fn new(list: Vec<Namespace>, fallback: Namespace) -> Self {
        Self {
            list,
            fallback,
            naming: None,
        }
    }

    /// The same namespaces for topics whose names may ask for something: `asked` says what.
    #[must_use]
    pub fn with_naming(self, asked: fn(&Topic) -> Asked) -> Self {
        let kinds = [(true, false), (false, true), (true, true)];
        let changed = self.list.iter().chain([&self.fallback]).map(|namespace| {
            kinds.map(|(presence, retained)| Asked { presence, retained }.change(namespace))
        });
        let changed = changed.collect();
        Self {
            naming: Some(Naming { asked, changed }),
            ..self
        }
    }

    /// The rules of a topic.
    #[must_use]
    pub fn of_topic(&self, topic: &Topic) -> &Namespace {
        let found = self
            .list
            .iter()
            .position(|namespace| namespace.pattern.matches(topic));
        let place = found.unwrap_or(self.list.len());
        let naming = self.naming.as_ref();
        let changed = naming.and_then(|naming| {
            let asked = (naming.asked)(topic).place()?;
            naming.changed.get(place)?.get(asked)
        });
        let plain = || self.list.get(place).unwrap_or(&self.fallback);
        changed.unwrap_or_else(plain)
    }

    /// Every namespace that may hold a topic the filter matches, up to the first that covers it
    /// whole.
    pub fn touched_by<'a>(
        &'a self,
        filter: &'a TopicFilter,
    ) -> impl Iterator<Item = &'a Namespace> {
        let covering = self
            .list
            .iter()
            .position(|namespace| namespace.pattern.covers(filter));
        let reach = covering.map_or(self.list.len(), |place| place + 1);
        let fallback = covering.is_none().then_some(&self.fallback);
        self.list[..reach]
            .iter()
            .filter(|namespace| namespace.pattern.overlaps(filter))
            .chain(fallback)
    }
}

impl Default for Namespaces {
    fn default() -> Self {
        Self::new(Vec::new(), Namespace::new(TopicFilter::everything()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn namespace(pattern: &str) -> Namespace {
        Namespace::new(TopicFilter::parse(pattern).unwrap())
    }

    fn patterns(namespaces: &Namespaces, filter: &str) -> Vec<String> {
        let filter = TopicFilter::parse(filter).unwrap();
        let touched = namespaces.touched_by(&filter);
        touched.map(|found| found.pattern.to_string()).collect()
    }

    #[test]
    fn the_first_matching_pattern_decides() {
        let namespaces = Namespaces::new(
            vec![namespace("chat/private/#"), namespace("chat/#")],
            namespace("#"),
        );
        let pattern = |name| {
            let topic = Topic::parse(name).unwrap();
            namespaces.of_topic(&topic).pattern.to_string()
        };
        assert_eq!(pattern("chat/private/1"), "chat/private/#");
        assert_eq!(pattern("chat/1"), "chat/#");
        assert_eq!(pattern("other"), "#");
    }

    #[test]
    fn a_name_may_ask_for_more_than_its_namespace_gives() {
        let mut chat = namespace("chat/#");
        chat.payload_bytes = 7;
        let namespaces = Namespaces::new(vec![chat], namespace("#")).with_naming(|topic| Asked {
            presence: topic.as_str().contains("presence"),
            retained: topic.as_str().contains("cache"),
        });
        let rules = |name| namespaces.of_topic(&Topic::parse(name).unwrap()).clone();
        let given = |name| {
            let rules = rules(name);
            (rules.presence, rules.retained, rules.payload_bytes)
        };
        assert_eq!(given("chat/1"), (false, false, 7));
        assert_eq!(given("chat/presence"), (true, false, 7));
        assert_eq!(given("presence-cache"), (true, true, 64 * 1024));
        assert_eq!(given("cache"), (false, true, 64 * 1024));
        assert_eq!(rules("cache").retained_ttl, Some(Asked::RETAINED_TTL));
        assert_eq!(rules("chat/1").retained_ttl, None);
    }

    #[test]
    fn a_wide_filter_touches_every_namespace_it_reaches() {
        let namespaces = Namespaces::new(
            vec![
                namespace("chat/private/#"),
                namespace("chat/#"),
                namespace("news/#"),
            ],
            namespace("#"),
        );
        assert_eq!(
            patterns(&namespaces, "chat/+/x"),
            ["chat/private/#", "chat/#"]
        );
        assert_eq!(patterns(&namespaces, "chat/lobby"), ["chat/#"]);
        assert_eq!(
            patterns(&namespaces, "#"),
            ["chat/private/#", "chat/#", "news/#", "#"]
        );
    }
}
