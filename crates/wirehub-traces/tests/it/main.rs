//! Spans as a collector gets them: by HTTP, read with the types of OpenTelemetry's own crate.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod collector;

use std::time::Duration;

use axum::http::StatusCode;
use opentelemetry_proto::tonic::{
    common::v1::{KeyValue, any_value::Value as Known},
    trace::v1::span::SpanKind as Kind,
};
use wirehub_model::TraceContext;
use wirehub_traces::{Span, SpanKind, TraceSettings, TraceStats, Tracer, Value};

use crate::collector::{Collector, PATIENCE};

fn settings(endpoint: String) -> TraceSettings {
    TraceSettings {
        endpoint,
        sample: 1.0,
        service: "eu-1".to_owned(),
    }
}

fn text_of(attributes: &[KeyValue], key: &str) -> String {
    let found = attributes.iter().find(|one| one.key == key);
    match found.unwrap().value.clone().unwrap().value.unwrap() {
        Known::StringValue(text) => text,
        Known::IntValue(number) => number.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_collector_understands_what_it_is_told() {
    let mut collector = Collector::start(StatusCode::OK).await;
    let (tracer, exporter) = Tracer::new(&settings(collector.endpoint())).unwrap();
    let context = TraceContext {
        trace: 0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10,
        span: 0x1112_1314_1516_1718,
    };
    tracer.finish(Span {
        context,
        parent: Some(7),
        name: "deliver",
        kind: SpanKind::Consumer,
        start: Duration::new(1_800_000_000, 5),
        end: Duration::new(1_800_000_001, 6),
        attributes: vec![
            (
                "messaging.destination.name",
                Value::Text("orders/42".to_owned()),
            ),
            ("wirehub.clients", Value::Number(3)),
        ],
        error: Some("no room".to_owned()),
    });
    let stats = tracer.clone();
    drop(tracer);
    let running = tokio::spawn(exporter.run());
    let request = collector.next().await;
    let spans = &request.resource_spans[0];
    let resource = spans.resource.as_ref().unwrap();
    assert_eq!(text_of(&resource.attributes, "service.name"), "eu-1");
    let span = &spans.scope_spans[0].spans[0];
    assert_eq!(span.trace_id, context.trace.to_be_bytes());
    assert_eq!(span.span_id, context.span.to_be_bytes());
    assert_eq!(span.parent_span_id, 7_u64.to_be_bytes());
    assert_eq!(
        (span.name.as_str(), span.kind()),
        ("deliver", Kind::Consumer)
    );
    assert_eq!(span.start_time_unix_nano, 1_800_000_000_000_000_005);
    assert_eq!(span.end_time_unix_nano, 1_800_000_001_000_000_006);
    let attributes = &span.attributes;
    assert_eq!(
        text_of(attributes, "messaging.destination.name"),
        "orders/42"
    );
    assert_eq!(text_of(attributes, "wirehub.clients"), "3");
    assert_eq!(span.status.as_ref().unwrap().message, "no room");
    drop(stats);
    let ended = tokio::time::timeout(PATIENCE, running).await;
    ended.expect("the exporter ends with its tracer").unwrap();
}

#[tokio::test]
async fn what_is_not_taken_is_counted_and_gone() {
    let mut collector = Collector::start(StatusCode::SERVICE_UNAVAILABLE).await;
    let (tracer, exporter) = Tracer::new(&settings(collector.endpoint())).unwrap();
    // Nothing takes them out yet, so the queue becomes full.
    for _ in 0..5_000 {
        let begun = tracer.begin(None).unwrap();
        tracer.finish(begun.end("publish", SpanKind::Producer, Vec::new()));
    }
    let dropped = tracer.stats().dropped;
    assert!(dropped > 0, "the queue is bounded");
    let stats = tracer.clone();
    let running = tokio::spawn(exporter.run());
    let mut came = 0;
    while came < 5_000 - dropped as usize {
        let request = collector.next().await;
        came += request.resource_spans[0].scope_spans[0].spans.len();
    }
    drop(tracer);
    let expected = TraceStats {
        exported: 0,
        dropped,
        failed: 5_000 - dropped,
    };
    while stats.stats() != expected {
        tokio::task::yield_now().await;
    }
    running.abort();
}
