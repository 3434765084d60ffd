//! What the hub promises, and how a promise was broken.

/// A promise that is checked in every scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Promise {
    /// Frames arrive whole and as they were made.
    Framing,
    /// Each request of a client gets one answer of its kind, unless the connection ends first.
    Answers,
    /// Each publication has one place in a life of its topic, the same for everybody.
    OnePlace,
    /// Publications of a topic arrive in the order of their offsets, and none twice.
    Order,
    /// A subscriber misses nothing from the position on that it was given.
    NoGap,
    /// Nobody hears what it did not subscribe to, or may not.
    Reach,
    /// A delta changes what its subscriber was told of the topic just before.
    Deltas,
    /// A direct message arrives once, at those it is for.
    Directs,
    /// Whoever comes new to a topic is told its last values.
    Values,
    /// Who watches a topic knows who is there.
    Presence,
    /// What was acknowledged survives a crash, where a broker keeps it.
    Durable,
    /// The counters agree with what clients see.
    Counters,
    /// After everybody left and time passed, nothing is left.
    NothingLeft,
    /// The shard comes to rest, and does not panic.
    Sanity,
}

impl Promise {
    /// What was expected, in a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Framing => "frames arrive whole and as they were made",
            Self::Answers => {
                "each request gets one answer of its kind, unless the connection ends first"
            }
            Self::OnePlace => {
                "each publication has one place in a life of its topic, the same for everybody"
            }
            Self::Order => "publications of a topic arrive in order, and none twice",
            Self::NoGap => "a subscriber misses nothing from its position on",
            Self::Reach => "nobody hears what it did not subscribe to, or may not",
            Self::Deltas => "a delta changes what its subscriber was told just before",
            Self::Directs => "a direct message arrives once, at those it is for",
            Self::Values => "whoever comes new to a topic is told its last values",
            Self::Presence => {
                "whoever watches a topic knows who is there, and hears each change once"
            }
            Self::Durable => "with a broker, what was acknowledged survives a crash",
            Self::Counters => "the counters agree with what clients see",
            Self::NothingLeft => "after everybody left and time passed, nothing is left",
            Self::Sanity => "a shard comes to rest, and does not panic",
        }
    }
}

/// How a promise was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Breach {
    pub(crate) promise: Promise,
    /// What happened in place of what was promised.
    pub(crate) found: String,
}

/// A judgement: all is well, or a promise is broken.
pub(crate) type Verdict = Result<(), Breach>;

/// Says that a promise is broken.
pub(crate) fn broken<T>(promise: Promise, found: impl Into<String>) -> Result<T, Breach> {
    Err(Breach {
        promise,
        found: found.into(),
    })
}
