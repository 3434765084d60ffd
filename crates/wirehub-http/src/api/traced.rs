//! Publications whose way is traced.

use axum::http::HeaderMap;
use wirehub::traces::{Begun, SpanKind, Tracer, Value};
use wirehub_model::{Published, Topic, TraceContext};

use crate::{admin::Admin, problem::Problem};

/// A publication on its way into the hub.
pub(super) struct Traced<'a> {
    tracer: &'a Tracer,
    begun: Begun,
}

impl<'a> Traced<'a> {
    /// Begins, if somebody records traces, and this one: as `traceparent` says (W3C Trace Context,
    /// section 3.2), or by chance.
    pub(super) fn begin(admin: &'a Admin, headers: &HeaderMap) -> Option<Self> {
        let tracer = admin.hub().tracer()?;
        let caller = headers.get("traceparent");
        let begun = tracer.begin(caller.and_then(|value| value.to_str().ok()))?;
        Some(Self { tracer, begun })
    }

    /// What deliveries are told to come from.
    pub(super) const fn context(&self) -> TraceContext {
        self.begun.context()
    }

    /// Ends: the publication has its place, or is refused.
    pub(super) fn end(self, topic: &Topic, published: &Result<Published, Problem>) {
        let mut attributes = vec![
            ("messaging.system", Value::Text("wirehub".to_owned())),
            ("messaging.destination.name", Value::Text(topic.to_string())),
        ];
        if let Ok(published) = published {
            let offset = published.position.offset.0;
            attributes.push(("wirehub.offset", Value::Number(offset)));
        }
        let mut span = self.begun.end("publish", SpanKind::Producer, attributes);
        span.error = published
            .as_ref()
            .err()
            .map(|problem| problem.message().to_owned());
        self.tracer.finish(span);
    }
}
