//! Which traces are recorded, and the queue for what is.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::mpsc;
use wirehub_model::TraceContext;

use crate::{Begun, Exporter, Span};

/// Spans that may wait for the exporter.
const QUEUE: usize = 4_096;

/// What a tracer is told before it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceSettings {
    /// Where the collector takes traces: `http://127.0.0.1:4318/v1/traces`.
    pub endpoint: String,
    /// Which part of the traces is recorded that begin here, from 0 to 1. Those of others are
    /// recorded when they say so.
    pub sample: f64,
    /// What the hub is called there.
    pub service: String,
}

/// Why there can be no tracer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TraceError {
    /// The endpoint is none.
    #[error("{0:?} is no address of a collector: use http://HOST:4318/v1/traces")]
    Endpoint(String),
    /// The part is none.
    #[error("the part of traces that is recorded is {0}; it has to be from 0 to 1")]
    Sample(String),
    /// The HTTP client cannot be set up.
    #[error("the client for traces cannot be set up: {0}")]
    Client(String),
}

/// What became of spans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TraceStats {
    /// The collector took them.
    pub exported: u64,
    /// They found no room in the queue.
    pub dropped: u64,
    /// The collector did not take them.
    pub failed: u64,
}

/// Takes spans in. Clones are the same tracer.
#[derive(Clone, Debug)]
pub struct Tracer(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    spans: mpsc::Sender<Span>,
    /// Random numbers below this begin a trace that is recorded.
    below: u64,
    counters: Arc<Counters>,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) exported: AtomicU64,
    pub(crate) dropped: AtomicU64,
    pub(crate) failed: AtomicU64,
}

impl Tracer {
    /// A tracer, and what brings its spans to the collector.
    ///
    /// # Errors
    /// What does not fit.
    pub fn new(settings: &TraceSettings) -> Result<(Self, Exporter), TraceError> {
        if !(0.0..=1.0).contains(&settings.sample) {
            return Err(TraceError::Sample(settings.sample.to_string()));
        }
        let (spans, queue) = mpsc::channel(QUEUE);
        let counters = Arc::new(Counters::default());
        // The whole range for one, since a number becomes the nearest that fits.
        let below = (settings.sample * u64::MAX as f64) as u64;
        let exporter = Exporter::new(&settings.endpoint, &settings.service, queue, &counters)?;
        let inner = Inner {
            spans,
            below,
            counters,
        };
        Ok((Self(Arc::new(inner)), exporter))
    }

    /// Begins a span of what somebody asks for, whose own place in a trace is the value of its
    /// `traceparent`. Returns `None` when it is not recorded: then there is nothing to do.
    #[must_use]
    pub fn begin(&self, traceparent: Option<&str>) -> Option<Begun> {
        match traceparent.and_then(TraceContext::parse) {
            Some((_, false)) => None,
            Some((caller, true)) => self.follow(caller),
            None if self.0.below == 0 => None,
            None => {
                let (trace, span, chance) = (random()?, random()? as u64, random()? as u64);
                let recorded = chance <= self.0.below;
                recorded.then(|| Begun::new(TraceContext { trace, span }, None))
            }
        }
    }

    /// Begins a span that another one led to.
    #[must_use]
    pub fn follow(&self, parent: TraceContext) -> Option<Begun> {
        let context = TraceContext {
            span: random()? as u64,
            ..parent
        };
        Some(Begun::new(context, Some(parent.span)))
    }

    /// Takes a span in, if there is room.
    pub fn finish(&self, span: Span) {
        if self.0.spans.try_send(span).is_err() {
            self.0.counters.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What became of spans.
    #[must_use]
    pub fn stats(&self) -> TraceStats {
        let counters = &self.0.counters;
        TraceStats {
            exported: counters.exported.load(Ordering::Relaxed),
            dropped: counters.dropped.load(Ordering::Relaxed),
            failed: counters.failed.load(Ordering::Relaxed),
        }
    }
}

/// A number that names something: never zero, which stands for none. Where there are no random
/// numbers, nothing is recorded.
fn random() -> Option<u128> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    Some(u128::from_ne_bytes(bytes) | 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tracer(sample: f64) -> Tracer {
        let settings = TraceSettings {
            endpoint: "http://127.0.0.1:4318/v1/traces".to_owned(),
            sample,
            service: "test".to_owned(),
        };
        Tracer::new(&settings).unwrap().0
    }

    #[test]
    fn a_caller_decides_and_otherwise_chance_does() {
        let caller =
            |flags| format!("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-{flags}");
        let (never, always) = (tracer(0.0), tracer(1.0));
        let begun = never.begin(Some(&caller("01"))).unwrap();
        assert_eq!(
            begun.context().trace,
            0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736
        );
        assert_ne!(begun.context().span, 0x00f0_67aa_0ba9_02b7);
        assert!(always.begin(Some(&caller("00"))).is_none());
        assert!(never.begin(None).is_none());
        assert!(never.begin(Some("nonsense")).is_none());
        assert!(always.begin(None).is_some());
        let half = tracer(0.5);
        let recorded = (0..1_000).filter(|_| half.begin(None).is_some()).count();
        assert!((300..700).contains(&recorded), "{recorded}");
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        let settings = |endpoint: &str, sample| TraceSettings {
            endpoint: endpoint.to_owned(),
            sample,
            service: "test".to_owned(),
        };
        for endpoint in ["", "collector", "grpc://127.0.0.1:4317", "http://"] {
            let refused = Tracer::new(&settings(endpoint, 0.5)).err();
            assert_eq!(refused, Some(TraceError::Endpoint(endpoint.to_owned())));
        }
        for sample in [-0.1, 1.1, f64::NAN] {
            let refused = Tracer::new(&settings("http://127.0.0.1:4318/v1/traces", sample));
            assert!(matches!(refused, Err(TraceError::Sample(_))), "{sample}");
        }
    }
}
