//! The messages of OTLP, as far as spans need them: `opentelemetry/proto/trace/v1/trace.proto` and
//! the files it takes from, version 1.
//!
//! One signal of one shape is no reason for the whole SDK (decision 0032); a test reads what is
//! written here with its types.

use std::time::Duration;

use prost::{Message, Oneof};

use crate::{Span, SpanKind, Value};

/// The body of a request to the collector.
pub(crate) fn request(service: &str, spans: &[Span]) -> Vec<u8> {
    let attributes = vec![
        text("service.name", service.to_owned()),
        text("service.version", env!("CARGO_PKG_VERSION").to_owned()),
    ];
    let scope = Scope {
        name: "wirehub".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let spans = spans.iter().map(SpanMessage::from).collect();
    let spans = ScopeSpans {
        scope: Some(scope),
        spans,
    };
    let resource_spans = vec![ResourceSpans {
        resource: Some(Resource { attributes }),
        scope_spans: vec![spans],
    }];
    Request { resource_spans }.encode_to_vec()
}

#[derive(Clone, PartialEq, Message)]
struct Request {
    #[prost(message, repeated, tag = "1")]
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct ResourceSpans {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct Resource {
    #[prost(message, repeated, tag = "1")]
    attributes: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, Message)]
struct ScopeSpans {
    #[prost(message, optional, tag = "1")]
    scope: Option<Scope>,
    #[prost(message, repeated, tag = "2")]
    spans: Vec<SpanMessage>,
}

#[derive(Clone, PartialEq, Message)]
struct Scope {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    version: String,
}

#[derive(Clone, PartialEq, Message)]
struct SpanMessage {
    #[prost(bytes = "vec", tag = "1")]
    trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    span_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    parent_span_id: Vec<u8>,
    #[prost(string, tag = "5")]
    name: String,
    #[prost(int32, tag = "6")]
    kind: i32,
    #[prost(fixed64, tag = "7")]
    start_time_unix_nano: u64,
    #[prost(fixed64, tag = "8")]
    end_time_unix_nano: u64,
    #[prost(message, repeated, tag = "9")]
    attributes: Vec<KeyValue>,
    #[prost(message, optional, tag = "15")]
    status: Option<Status>,
    /// The W3C flags; the lowest bit says that the trace is recorded.
    #[prost(fixed32, tag = "16")]
    flags: u32,
}

#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(string, tag = "2")]
    message: String,
    #[prost(int32, tag = "3")]
    code: i32,
}

/// `STATUS_CODE_ERROR`
const FAILED: i32 = 2;

#[derive(Clone, PartialEq, Message)]
struct KeyValue {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    value: Option<AnyValue>,
}

#[derive(Clone, PartialEq, Message)]
struct AnyValue {
    #[prost(oneof = "Kind", tags = "1, 3")]
    kind: Option<Kind>,
}

#[derive(Clone, PartialEq, Oneof)]
enum Kind {
    #[prost(string, tag = "1")]
    Text(String),
    #[prost(int64, tag = "3")]
    Number(i64),
}

impl From<&Span> for SpanMessage {
    fn from(span: &Span) -> Self {
        let parent = span.parent.map(|parent| parent.to_be_bytes().to_vec());
        let error = span.error.clone();
        Self {
            trace_id: span.context.trace.to_be_bytes().to_vec(),
            span_id: span.context.span.to_be_bytes().to_vec(),
            parent_span_id: parent.unwrap_or_default(),
            name: span.name.to_owned(),
            kind: match span.kind {
                SpanKind::Producer => 4,
                SpanKind::Consumer => 5,
            },
            start_time_unix_nano: nanoseconds(span.start),
            end_time_unix_nano: nanoseconds(span.end),
            attributes: span.attributes.iter().map(KeyValue::from).collect(),
            status: error.map(|message| Status {
                message,
                code: FAILED,
            }),
            flags: 1,
        }
    }
}

impl From<&(&'static str, Value)> for KeyValue {
    fn from((key, value): &(&'static str, Value)) -> Self {
        let kind = match value {
            Value::Text(text) => Kind::Text(text.clone()),
            Value::Number(number) => Kind::Number(i64::try_from(*number).unwrap_or(i64::MAX)),
        };
        Self {
            key: (*key).to_owned(),
            value: Some(AnyValue { kind: Some(kind) }),
        }
    }
}

fn text(key: &'static str, text: String) -> KeyValue {
    KeyValue::from(&(key, Value::Text(text)))
}

fn nanoseconds(since_1970: Duration) -> u64 {
    u64::try_from(since_1970.as_nanos()).unwrap_or(u64::MAX)
}
