//! From a request with a `traceparent` to the sockets of subscribers, as a collector hears of it.

use std::collections::BTreeMap;

use axum::{Router, body::Bytes, extract::State, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, common::v1::any_value::Value, trace::v1::Span,
};
use prost::Message as _;
use tokio::{net::TcpListener, sync::mpsc, time::timeout};
use wirehub::{
    Hub,
    traces::{TraceSettings, Tracer},
};

use crate::{
    http::{self, Answer, PATIENCE},
    world::{self, World},
};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PUBLISH: &str = r#"{"topic":"orders/42","data":"paid"}"#;

/// What a collector was told.
struct Collector(mpsc::UnboundedReceiver<Span>);

impl Collector {
    async fn next(&mut self) -> Span {
        let span = timeout(PATIENCE, self.0.recv()).await;
        span.expect("a span comes in time").unwrap()
    }
}

/// A hub that records traces only if it is asked to, and its collector.
async fn start() -> (World, Collector) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    let (tell, told) = mpsc::unbounded_channel();
    let router = Router::new()
        .route("/v1/traces", post(take))
        .with_state(tell);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let (tracer, exporter) = Tracer::new(&TraceSettings {
        endpoint,
        sample: 0.0,
        service: "test".to_owned(),
    })
    .unwrap();
    let hub = Hub::builder().traces(tracer, exporter);
    (
        world::start_with(hub, world::settings()).await,
        Collector(told),
    )
}

async fn take(State(tell): State<mpsc::UnboundedSender<Span>>, body: Bytes) {
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    let scopes = request
        .resource_spans
        .into_iter()
        .flat_map(|it| it.scope_spans);
    for span in scopes.flat_map(|scope| scope.spans) {
        tell.send(span).unwrap();
    }
}

async fn publish(world: &World, path: &str, parent: &str, body: &str) -> Answer {
    let key = world::KEY;
    let headers = format!("authorization: Bearer {key}\r\ntraceparent: 00-{TRACE}-{parent}\r\n");
    http::request(world.admin, "POST", path, &headers, body).await
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn attributes(span: &Span) -> BTreeMap<String, String> {
    let said = span.attributes.iter().map(|attribute| {
        let value = attribute.value.clone().and_then(|value| value.value);
        let text = match value {
            Some(Value::StringValue(text)) => text,
            Some(Value::IntValue(number)) => number.to_string(),
            other => panic!("{other:?}"),
        };
        (attribute.key.clone(), text)
    });
    said.collect()
}

#[tokio::test]
async fn the_way_to_the_sockets_is_told_as_a_part_of_the_callers_trace() {
    let (world, mut collector) = start().await;
    let (mut ann, mut bob) = (world.join("ann").await, world.join("bob").await);
    for client in [&mut ann, &mut bob] {
        client.subscribe("orders/42").await;
    }
    let answer = publish(&world, "/api/publish", "00f067aa0ba902b7-01", PUBLISH).await;
    assert_eq!(answer.status, 200, "{}", answer.body);

    // One span for the request, and one for each shard that has subscribers.
    let (mut published, mut delivered, mut clients) = (None, Vec::new(), 0);
    while published.is_none() || clients < 2 {
        let span = collector.next().await;
        assert_eq!(hex(&span.trace_id), TRACE);
        assert!(span.start_time_unix_nano <= span.end_time_unix_nano);
        let said = attributes(&span);
        assert_eq!(said["messaging.destination.name"], "orders/42");
        assert_eq!(said["wirehub.offset"], "1");
        if span.name == "publish" {
            assert_eq!(hex(&span.parent_span_id), "00f067aa0ba902b7");
            published = Some(span.span_id);
        } else {
            assert_eq!(span.name, "deliver");
            clients += said["wirehub.clients"].parse::<u64>().unwrap();
            delivered.push(span.parent_span_id);
        }
    }
    assert_eq!(clients, 2);
    assert!(
        delivered
            .iter()
            .all(|parent| Some(parent) == published.as_ref())
    );
    world.stop().await;
}

#[tokio::test]
async fn what_its_caller_does_not_record_is_not_told() {
    let (world, mut collector) = start().await;
    for (path, parent, body) in [
        ("/api/publish", "00f067aa0ba902b7-00", PUBLISH),
        ("/api/publish", "nonsense", PUBLISH),
        ("/api/broadcast", "00f067aa0ba902b7-01", r#"{"data":1}"#),
    ] {
        let answer = publish(&world, path, parent, body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    // What is recorded would come behind anything that was told before.
    let batch = r#"{"commands":[{"publish":{"topic":"orders/7","data":1}}]}"#;
    publish(&world, "/api/batch", "00f067aa0ba902b7-01", batch).await;
    let span = collector.next().await;
    assert_eq!(attributes(&span)["messaging.destination.name"], "orders/7");
    assert!(span.status.is_none(), "nothing was wrong");
    world.stop().await;
}
