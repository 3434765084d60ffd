//! The Rust client under the judge of `conformance/faults`: it does what it is told on standard
//! input and says what the client tells it, a line of JSON each. `conformance/faults/agent.mjs`
//! describes the lines.
//!
//! ```text
//! cargo xtask conform clients --library rust
//! ```

mod agent;

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use wirehub_client::{Client, Error, Event, Events, Subscription, Update};

use agent::{say, word};

/// What it is told.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "lowercase")]
enum Order {
    Connect {
        urls: Vec<String>,
        token: String,
        topic: String,
        options: Options,
    },
    Publish {
        n: u64,
    },
    Stop,
}

/// Milliseconds.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Options {
    reconnect_interval: u64,
    reconnect_cap: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut orders = BufReader::new(tokio::io::stdin()).lines();
    let mut connected: Option<(Client, String)> = None;
    while let Some(line) = orders.next_line().await? {
        match serde_json::from_str(&line)? {
            Order::Connect {
                urls,
                token,
                topic,
                options,
            } => connected = Some((connect(&urls, &token, &topic, &options)?, topic)),
            Order::Publish { n } => {
                if let Some((client, topic)) = &connected {
                    tokio::spawn(publish(client.clone(), topic.clone(), n));
                }
            }
            Order::Stop => break,
        }
    }
    if let Some((client, _)) = connected {
        client.close().await;
    }
    Ok(())
}

/// Starts a client, whose subscription and events are told from then on.
fn connect(urls: &[String], token: &str, topic: &str, options: &Options) -> Result<Client, Error> {
    let first = urls.first().map_or("", String::as_str);
    let mut builder = Client::builder(first)
        .token(token)
        .reconnect_interval(Duration::from_millis(options.reconnect_interval))
        .reconnect_cap(Duration::from_millis(options.reconnect_cap));
    for other in urls.iter().skip(1) {
        builder = builder.endpoint(other.as_str());
    }
    let client = builder.start()?;
    tokio::spawn(tell_events(client.events()));
    let subscription = client.subscribe::<Value>(topic).buffer(100_000);
    tokio::spawn(async move {
        match subscription.await {
            Ok(subscription) => tell_updates(subscription).await,
            Err(error) => say(&json!({"refused": error.to_string()})),
        }
    });
    Ok(client)
}

async fn tell_events(mut events: Events) {
    while let Some(event) = events.event().await {
        match event {
            Event::State(status) => say(&json!({
                "state": word(&status.state),
                "cause": word(&status.cause),
                "detail": status.detail,
            })),
            Event::Message(message) => match message.decode::<Value>() {
                Ok(message) => say(&json!({"direct": message.data})),
                Err(error) => say(&json!({"unhandled": error.to_string()})),
            },
            Event::Alert { cause, detail } => say(&json!({"alert": cause, "detail": detail})),
            Event::Missed(count) => say(&json!({"unhandled": format!("{count} events missed")})),
            _ => {}
        }
    }
}

async fn tell_updates(mut subscription: Subscription<Value>) {
    say(&json!({"subscribed": true}));
    while let Some(update) = subscription.update().await {
        match update {
            Update::Message(message) => say(&json!({"message": message.data})),
            Update::Missed(missed) => say(&json!({"gap": format!("{missed:?}")})),
            Update::Unreadable { error, .. } => say(&json!({"unhandled": error.to_string()})),
            Update::Ended(error) => say(&json!({"ended": error.to_string()})),
            _ => {}
        }
    }
}

async fn publish(client: Client, topic: String, n: u64) {
    match client.publish(&topic, &json!({"own": n})).await {
        Ok(_) => say(&json!({"answered": n, "ok": true})),
        Err(error) => say(&json!({"answered": n, "code": error.code()})),
    }
}
