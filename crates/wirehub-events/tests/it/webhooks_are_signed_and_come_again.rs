use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_lc_rs::hmac;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::post,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use wirehub_events::{EventSink as _, SinkError, Source, Webhook, WebhookSettings};
use wirehub_model::Secret;

use crate::occurred;

const SECRET: &str = "a secret of twenty-four bytes";

/// A status, and what `Retry-After` says.
type Answer = (u16, Option<&'static str>);

/// A receiver, and what it got.
#[derive(Clone, Default)]
struct Receiver {
    answers: Arc<Mutex<Vec<Answer>>>,
    got: Arc<Mutex<Vec<(HeaderMap, String)>>>,
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> Response {
    let body = String::from_utf8(body.to_vec()).unwrap();
    receiver.got.lock().unwrap().push((headers, body));
    let answer = receiver.answers.lock().unwrap().pop();
    let (status, after) = answer.unwrap_or((204, None));
    let mut response = StatusCode::from_u16(status).unwrap().into_response();
    if let Some(after) = after {
        let headers = response.headers_mut();
        headers.insert("retry-after", after.parse().unwrap());
        headers.insert("location", "/elsewhere".parse().unwrap());
    }
    response
}

/// A receiver that gives these answers, and a webhook that goes there.
async fn scene(answers: &[Answer]) -> (Receiver, Webhook) {
    let receiver = Receiver::default();
    let mut reversed = answers.to_vec();
    reversed.reverse();
    *receiver.answers.lock().unwrap() = reversed;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().route("/hook", post(receive));
    let app = app.with_state(receiver.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let webhook = Webhook::new(&WebhookSettings {
        url: format!("http://{address}/hook"),
        secrets: vec![Secret::new(SECRET.to_owned())],
        timeout: Duration::from_secs(5),
        plain_http: false,
    });
    (receiver, webhook.unwrap())
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers[name].to_str().unwrap()
}

#[tokio::test]
async fn a_receiver_can_check_who_speaks() {
    let (receiver, webhook) = scene(&[]).await;
    let source = Source::new("n", 1);
    let batch = occurred(&source, &["a", "b"]);
    webhook.bring(&batch).await.unwrap();
    let got = receiver.got.lock().unwrap();
    let (headers, body) = &got[0];
    assert_eq!(
        header(headers, "content-type"),
        "application/cloudevents-batch+json"
    );
    let (id, timestamp) = (
        header(headers, "webhook-id"),
        header(headers, "webhook-timestamp"),
    );
    assert_eq!(id, batch[0].id());
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = header(headers, "webhook-signature")
        .strip_prefix("v1,")
        .unwrap();
    let signature = STANDARD.decode(signature).unwrap();
    let content = format!("{id}.{timestamp}.{body}");
    hmac::verify(&key, content.as_bytes(), &signature).unwrap();
    let events: Vec<Value> = serde_json::from_str(body).unwrap();
    let subjects: Vec<_> = events.iter().map(|event| &event["subject"]).collect();
    assert_eq!(subjects, ["a", "b"]);
}

#[tokio::test]
async fn answers_say_whether_to_come_again() {
    let (receiver, webhook) = scene(&[
        (503, Some("7")),
        (429, None),
        (302, Some("1")),
        (404, None),
        (422, None),
        (410, None),
        (200, None),
    ])
    .await;
    let source = Source::new("n", 1);
    let batch = occurred(&source, &["a"]);
    let mut outcomes = Vec::new();
    for _ in 0..7 {
        outcomes.push(match webhook.bring(&batch).await {
            Ok(()) => "taken".to_owned(),
            Err(SinkError::Later { after, .. }) => format!("later {after:?}"),
            Err(SinkError::Never(reason) | SinkError::Apart(reason)) => reason,
        });
    }
    assert_eq!(
        outcomes,
        [
            "later Some(7s)",
            "later None",
            "later Some(1s)",
            "later None",
            "the receiver answered 422 Unprocessable Entity",
            "the receiver answered 410 Gone",
            "taken",
        ]
    );
    let got = receiver.got.lock().unwrap();
    assert_eq!(got.len(), 7, "no redirect was followed");
    let ids: Vec<_> = got
        .iter()
        .map(|(headers, _)| header(headers, "webhook-id"))
        .collect();
    assert!(ids.iter().all(|id| *id == batch[0].id()), "{ids:?}");
}

#[tokio::test]
async fn nobody_there_is_a_reason_to_come_again_and_says_no_address() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let webhook = Webhook::new(&WebhookSettings {
        url: format!("http://{address}/hook?token=hidden"),
        secrets: vec![Secret::new(SECRET.to_owned())],
        timeout: Duration::from_secs(5),
        plain_http: false,
    });
    let source = Source::new("n", 1);
    let outcome = webhook.unwrap().bring(&occurred(&source, &["a"])).await;
    let Err(SinkError::Later { reason, .. }) = outcome else {
        panic!("{outcome:?}");
    };
    assert!(!reason.contains("hidden"), "{reason}");
}
