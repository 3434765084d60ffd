//! One step of a trace.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use wirehub_model::TraceContext;

/// A step that has begun. Steps that it leads to are told its context.
#[derive(Clone, Debug)]
pub struct Begun {
    context: TraceContext,
    parent: Option<u64>,
    at: Duration,
}

/// A step that is over.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Its own place in the trace.
    pub context: TraceContext,
    /// The span it comes from; `None` where the trace begins.
    pub parent: Option<u64>,
    /// What it is called.
    pub name: &'static str,
    /// What it is to others.
    pub kind: SpanKind,
    /// When it began, since 1970.
    pub start: Duration,
    /// When it ended, since 1970.
    pub end: Duration,
    /// What else there is to say, by the names of OpenTelemetry's semantic conventions where they
    /// have one.
    pub attributes: Vec<(&'static str, Value)>,
    /// Why it failed, if it did.
    pub error: Option<String>,
}

/// What a span is to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanKind {
    /// It sends a message on its way.
    Producer,
    /// It deals with a message that came.
    Consumer,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A number.
    Number(u64),
}

impl Begun {
    pub(crate) fn new(context: TraceContext, parent: Option<u64>) -> Self {
        let at = unix();
        Self {
            context,
            parent,
            at,
        }
    }

    /// Its place in the trace.
    #[must_use]
    pub const fn context(&self) -> TraceContext {
        self.context
    }

    /// Ends it now.
    #[must_use]
    pub fn end(
        self,
        name: &'static str,
        kind: SpanKind,
        attributes: Vec<(&'static str, Value)>,
    ) -> Span {
        Span {
            context: self.context,
            parent: self.parent,
            name,
            kind,
            start: self.at,
            end: unix(),
            attributes,
            error: None,
        }
    }
}

fn unix() -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default()
}
