//! The Rust client in the matrix of `conformance/dialects`: it does what it is told on standard
//! input and says what its clients tell it, a line of JSON each. `conformance/dialects/library.mjs`
//! describes the lines.

mod agent;

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    task::JoinHandle,
};
use wirehub_client::{
    Client, ClientBuilder, Error, Event, Events, Message, Payload, Subscription, TokenReason,
    Transport, Update,
};

use agent::{say, word};

/// What it is told, about one of its clients.
#[derive(Deserialize)]
struct Line {
    client: String,
    id: u64,
    #[serde(flatten)]
    rest: Value,
}

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "lowercase")]
enum Order {
    Connect {
        address: String,
        tokens: VecDeque<String>,
    },
    Subscribe {
        channel: String,
        #[serde(default)]
        presence: bool,
    },
    Unsubscribe {
        channel: String,
    },
    Publish {
        channel: String,
        data: Option<Value>,
        binary: Option<String>,
        event: Option<String>,
        echo: Option<bool>,
    },
    Presence {
        channel: String,
    },
    Counts {
        channel: String,
    },
    History {
        channel: String,
        limit: u32,
    },
    Call {
        method: String,
        data: Value,
    },
    Stop,
}

/// One client and what it subscribes to.
struct Peer {
    name: String,
    client: Client,
    subscriptions: Mutex<HashMap<String, JoinHandle<()>>>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    say(&json!({"ready": true}));
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut peers = HashMap::new();
    while let Some(line) = lines.next_line().await? {
        let Line { client, id, rest } = serde_json::from_str(&line)?;
        match serde_json::from_value(rest) {
            // It is no order of this library's.
            Err(_) => answer(&client, id, json!({"lacks": true})),
            Ok(Order::Connect { address, tokens }) => {
                let peer = Peer::connect(client.clone(), &address, tokens)?;
                answer(&client, id, json!({"value": null}));
                peers.insert(client, Arc::new(peer));
            }
            Ok(order) => {
                let peer = Arc::clone(peers.get(&client).ok_or("there is no such client")?);
                tokio::spawn(async move {
                    let done = match peer.obey(order).await {
                        Ok(value) => json!({"value": value}),
                        Err(error) => json!({"refused": error.code()}),
                    };
                    answer(&peer.name, id, done);
                });
            }
        }
    }
    Ok(())
}

impl Peer {
    fn connect(name: String, address: &str, tokens: VecDeque<String>) -> Result<Self, Error> {
        let builder = Client::builder(address)
            .transports([Transport::WebSocket])
            .reconnect_interval(Duration::from_millis(100))
            .reconnect_cap(Duration::from_millis(500));
        let client = with_tokens(builder, name.clone(), tokens).start()?;
        tokio::spawn(tell_events(name.clone(), client.events()));
        Ok(Self {
            name,
            client,
            subscriptions: Mutex::default(),
        })
    }

    async fn obey(&self, order: Order) -> Result<Value, Error> {
        let client = &self.client;
        match order {
            Order::Connect { .. } => Ok(Value::Null),
            Order::Subscribe { channel, presence } => self.subscribe(channel, presence).await,
            Order::Unsubscribe { channel } => {
                let ended = self.locked().remove(&channel);
                if let Some(subscription) = ended {
                    // Once it is dropped, the server has been told.
                    subscription.abort();
                    let _ = subscription.await;
                }
                Ok(Value::Null)
            }
            Order::Publish {
                channel,
                data,
                binary,
                event,
                echo,
            } => {
                let mut request = match binary.map(|text| STANDARD.decode(text)) {
                    Some(Ok(bytes)) => client.publish_binary(&channel, bytes),
                    Some(Err(_)) | None => client.publish(&channel, &data),
                };
                if let Some(event) = event {
                    request = request.event(event);
                }
                if echo == Some(false) {
                    request = request.echo(false);
                }
                let published = request.await?;
                Ok(json!({"offset": published.position.offset}))
            }
            Order::Presence { channel } => {
                let there = client.presence(&channel).await?;
                let users: Vec<_> = there.members.into_iter().map(|it| it.user).collect();
                Ok(json!({"users": users}))
            }
            Order::Counts { channel } => {
                let there = client.presence(&channel).limit(0).await?;
                Ok(json!({"connections": there.connections, "users": there.users}))
            }
            Order::History { channel, limit } => {
                let page = client.history::<Value>(&channel).limit(limit).await?;
                let said: Vec<_> = page.messages.into_iter().map(|it| it.data).collect();
                Ok(json!({"said": said}))
            }
            Order::Call { method, data } => client.call(&method, &data).await,
            Order::Stop => {
                client.clone().close().await;
                Ok(Value::Null)
            }
        }
    }

    async fn subscribe(&self, channel: String, presence: bool) -> Result<Value, Error> {
        let request = self.client.subscribe::<Payload>(&channel).buffer(100_000);
        let request = if presence {
            request.presence()
        } else {
            request
        };
        let subscription = request.await?;
        let recovered = subscription.began().recovered;
        let told = tokio::spawn(tell_updates(self.name.clone(), subscription));
        self.locked().insert(channel, told);
        Ok(json!({"recovered": recovered}))
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, HashMap<String, JoinHandle<()>>> {
        self.subscriptions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Presents one token, or is asked for those that follow the first; the last one again and again.
fn with_tokens(
    builder: ClientBuilder,
    name: String,
    mut tokens: VecDeque<String>,
) -> ClientBuilder {
    if tokens.len() < 2 {
        return builder.token(tokens.pop_front().unwrap_or_default());
    }
    let left = Mutex::new(tokens);
    builder.token_provider(move |reason| {
        if reason != TokenReason::First {
            tell(&name, "fetched", json!({"why": word(&reason)}));
        }
        let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
        let only = (left.len() == 1).then(|| left.front().cloned()).flatten();
        let token = only.or_else(|| left.pop_front());
        async move { Ok::<_, std::convert::Infallible>(token) }
    })
}

async fn tell_events(name: String, mut events: Events) {
    let mut last = "";
    while let Some(event) = events.event().await {
        match event {
            Event::State(status) => {
                let state = match (status.is_live(), status.is_final()) {
                    (true, _) => "connected",
                    (_, true) => "stopped",
                    _ => "away",
                };
                if std::mem::replace(&mut last, state) != state {
                    let cause = word(&status.cause);
                    tell(&name, "state", json!({"state": state, "cause": cause}));
                }
            }
            Event::Message(message) if message.topic().is_some() => heard(&name, &message),
            Event::Message(message) => tell(&name, "direct", content(&message.data)),
            Event::Alert { cause, .. } => tell(&name, "error", json!({"code": cause})),
            _ => {}
        }
    }
}

async fn tell_updates(name: String, mut subscription: Subscription) {
    let channel = subscription.topic().to_owned();
    let told = |what: &str, more: Value| {
        let mut said = json!({"channel": channel});
        merge(&mut said, more);
        tell(&name, what, said);
    };
    while let Some(update) = subscription.update().await {
        match update {
            Update::Message(message) => heard(&name, &message),
            Update::Subscribed(began) => {
                told("subscribed", json!({"recovered": began.recovered}));
            }
            Update::Joined { member, .. } => told("joined", json!({"user": member.user})),
            Update::Left { member, .. } => told("left", json!({"user": member.user})),
            Update::Ended(error) => told("unsubscribed", json!({"code": error.code()})),
            _ => {}
        }
    }
}

fn heard(name: &str, message: &Message) {
    let mut said = content(&message.data);
    let user = message.from.as_ref().and_then(|from| from.user.clone());
    let more = json!({"channel": message.topic(), "event": message.event, "user": user});
    merge(&mut said, more);
    tell(name, "heard", said);
}

fn content(data: &Payload) -> Value {
    match data.as_binary() {
        Some(bytes) => json!({"binary": STANDARD.encode(bytes)}),
        None => json!({"data": data.as_json()}),
    }
}

fn answer(name: &str, id: u64, mut done: Value) {
    merge(&mut done, json!({"client": name, "answers": id}));
    say(&done);
}

fn tell(name: &str, what: &str, mut said: Value) {
    merge(&mut said, json!({"client": name, "tells": what}));
    say(&said);
}

/// Adds the fields of one object to another, without those that are absent.
fn merge(object: &mut Value, more: Value) {
    if let (Value::Object(fields), Value::Object(more)) = (object, more) {
        fields.extend(more.into_iter().filter(|(_, value)| !value.is_null()));
    }
}
