//! A client that keeps to the rules of `docs/protocol.md`, "Coming back", and checks what it sees.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Map, Value, json};

use crate::{
    backoff::Backoff,
    dice::Dice,
    ledger::Ledger,
    process::{DEADLINE, Whereabouts},
    socket::{Lost, Socket},
};

/// What a subscriber has seen so far; others look at it while it runs.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) topics: BTreeMap<String, Vec<Told>>,
    /// How the topics stand for it: with the epoch of the last answer.
    pub(crate) places: BTreeMap<String, Place>,
    /// Numbers of direct messages. Their order is not promised where a session goes on.
    pub(crate) directs: BTreeSet<u64>,
    /// The last things that happened to its connections.
    pub(crate) trail: VecDeque<String>,
    /// Sessions that went on.
    pub(crate) resumed: usize,
    /// Subscriptions that recovered everything, by `since` or with their session.
    pub(crate) recovered: usize,
    /// Subscriptions that could not, with the reason.
    pub(crate) broken: Vec<(String, String)>,
}

/// One publication, as it came.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) epoch: String,
    pub(crate) offset: u64,
    pub(crate) body: String,
}

/// Up to where the client has everything of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) epoch: String,
    pub(crate) offset: u64,
}

/// What may have happened to the hub, and so what is no fault.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// It may have been started anew, and has forgotten nothing.
    Durable,
    /// It may have been started anew, and forgotten.
    Forgetful,
    /// It lives, and keeps every session.
    Living,
}

/// A client that subscribes and comes back again and again.
pub(crate) struct Subscriber {
    pub(crate) name: String,
    pub(crate) token: String,
    pub(crate) topics: Vec<String>,
    pub(crate) trust: Trust,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) seen: Arc<Mutex<Seen>>,
    pub(crate) dice: Dice,
    /// About how long it stays before it drops its connection by itself.
    pub(crate) stays: Option<Duration>,
    /// Topics whose subscription was asked for and not answered, so that nobody knows of it.
    pub(crate) asked: BTreeSet<String>,
}

/// The last session whose beginning is known.
struct Session {
    name: String,
    /// Direct messages received in it.
    received: u64,
}

impl Subscriber {
    /// Follows the topics until told to stop.
    pub(crate) fn run(mut self, hub: &Whereabouts, stop: &AtomicBool) {
        let mut session = None;
        let mut backoff = Backoff::default();
        while !stop.load(Ordering::Relaxed) {
            if let Some(addresses) = hub.get()
                && let Ok(socket) = self.connect(&addresses.public, &mut session)
            {
                backoff.reset();
                let _ = self.follow(socket, &mut session, stop);
                self.note("cut".to_owned());
            }
            backoff.wait(&mut self.dice);
        }
    }

    /// Connects, and goes on with the session or begins anew.
    fn connect(&mut self, address: &str, session: &mut Option<Session>) -> Result<Socket, Lost> {
        let mut socket = if self.dice.once_in(2) {
            Socket::open(address, Some(&self.token))?
        } else {
            self.connect_by_message(address)?
        };
        let welcome = socket.expect()?;
        let Some(name) = welcome["session"].as_str() else {
            self.fault(&format!("{welcome} is no welcome"));
            return Err(Lost);
        };
        let mut received = 0;
        let mut resumed = false;
        if let Some(old) = session {
            let brought = self.resume(&mut socket, old, name)?;
            resumed = brought.is_none();
            received = brought.unwrap_or(old.received);
        }
        *session = Some(Session {
            name: name.to_owned(),
            received,
        });
        if !resumed {
            self.asked = self.topics.iter().cloned().collect();
        }
        self.subscribe(&mut socket, &self.asked)?;
        Ok(socket)
    }

    /// Shows the token in the first message, as programs in browsers do.
    fn connect_by_message(&self, address: &str) -> Result<Socket, Lost> {
        let mut socket = Socket::open(address, None)?;
        socket.send(&json!({"type": "connect", "id": 0, "token": self.token}))?;
        Ok(socket)
    }

    /// Presents the old session. When it does not go on, returns how many direct messages came
    /// before the answer; when it does, they come again.
    fn resume(
        &mut self,
        socket: &mut Socket,
        old: &Session,
        name: &str,
    ) -> Result<Option<u64>, Lost> {
        let request = json!({
            "type": "resume", "id": 1, "session": old.name, "received": old.received,
            "topics": self.offsets(),
        });
        socket.send(&request)?;
        let mut brought = Vec::new();
        let answer = loop {
            let message = socket.expect()?;
            match (message["id"] == 1, direct(&message)) {
                (true, _) => break message,
                (false, Some(number)) => brought.push(number),
                (false, None) => self.fault(&format!("{message} came before the answer")),
            }
        };
        self.note(format!("{request} as {name}: {answer}"));
        if answer["resumed"] == true {
            if !answer["lost"].is_null() {
                self.fault(&format!("direct messages are lost: {answer}"));
            }
            self.seen.lock().unwrap().resumed += 1;
            return Ok(None);
        }
        if answer["code"] != "not_resumable" {
            self.fault(&format!("resume: {answer}"));
        } else if self.trust == Trust::Living {
            self.fault("a living hub did not resume the session");
        }
        for number in &brought {
            self.accept_direct(*number);
        }
        Ok(Some(brought.len() as u64))
    }

    fn offsets(&self) -> Map<String, Value> {
        let seen = self.seen.lock().unwrap();
        let offset = |(topic, place): (&String, &Place)| (topic.clone(), json!(place.offset));
        seen.places.iter().map(offset).collect()
    }

    /// Subscribes to topics, from where it has them.
    fn subscribe(&self, socket: &mut Socket, topics: &BTreeSet<String>) -> Result<(), Lost> {
        for topic in topics {
            let number = self.topics.iter().position(|known| known == topic);
            let number = number.unwrap();
            let mut request = json!({"type": "subscribe", "id": 2 + number, "topic": topic});
            if let Some(place) = self.seen.lock().unwrap().places.get(topic) {
                request["since"] = json!({"epoch": place.epoch, "offset": place.offset});
            }
            socket.send(&request)?;
        }
        Ok(())
    }

    /// Reads what comes until the connection is lost, or dropped.
    fn follow(
        &mut self,
        mut socket: Socket,
        session: &mut Option<Session>,
        stop: &AtomicBool,
    ) -> Result<(), Lost> {
        let stays = self.stays.map_or(DEADLINE, |stays| {
            self.dice.micros(0, 2 * stays.as_micros() as u64)
        });
        let until = Instant::now() + stays;
        while !stop.load(Ordering::Relaxed) && Instant::now() < until {
            let Some(message) = socket.next(Duration::from_millis(20))? else {
                continue;
            };
            if let Some(number) = direct(&message) {
                self.accept_direct(number);
                session.as_mut().unwrap().received += 1;
                continue;
            }
            match message["type"].as_str() {
                Some("message") => self.accept(&message),
                Some("ok" | "error") => {
                    let number = message["id"].as_u64().unwrap() as usize - 2;
                    let topic = self.topics[number].clone();
                    self.subscribed(&topic, &message);
                }
                Some("subscribed") => {
                    let topic = message["topic"].as_str().unwrap().to_owned();
                    self.subscribed(&topic, &message);
                }
                _ => self.fault(&format!("{message} was not expected")),
            }
        }
        Ok(())
    }

    /// A subscription begins, or goes on.
    fn subscribed(&mut self, topic: &str, answer: &Value) {
        self.note(answer.to_string());
        self.asked.remove(topic);
        if answer["code"] == "already_subscribed" {
            return;
        }
        let (Some(epoch), Some(offset)) = (answer["epoch"].as_str(), answer["offset"].as_u64())
        else {
            self.fault(&format!("{topic}: {answer} has no position"));
            return;
        };
        let stands = Place {
            epoch: epoch.to_owned(),
            offset,
        };
        let mut seen = self.seen.lock().unwrap();
        let Some(before) = seen.places.get(topic) else {
            seen.places.insert(topic.to_owned(), stands);
            return;
        };
        if answer["recovered"] == true {
            if before.epoch != stands.epoch || stands.offset < before.offset {
                self.fault(&format!("{topic} went from {before:?} to {stands:?}"));
            }
            seen.recovered += 1;
            return;
        }
        if self.trust != Trust::Forgetful {
            self.fault(&format!("{topic} from {before:?}: {answer}"));
        }
        let reason = answer["reason"].as_str().unwrap_or_default().to_owned();
        seen.broken.push((topic.to_owned(), reason));
        seen.places.insert(topic.to_owned(), stands);
    }

    /// A publication comes; it has to be the next one.
    fn accept(&self, message: &Value) {
        let mut seen = self.seen.lock().unwrap();
        let topic = message["topic"].as_str().unwrap_or_default();
        let (Some(place), Some(offset)) = (seen.places.get_mut(topic), message["offset"].as_u64())
        else {
            self.fault(&format!("{message} came before its subscription"));
            return;
        };
        if offset != place.offset + 1 {
            self.fault(&format!("{topic}: {offset} came after {place:?}"));
        }
        place.offset = offset;
        let told = Told {
            epoch: place.epoch.clone(),
            offset,
            body: message["data"].as_str().unwrap_or_default().to_owned(),
        };
        seen.topics.entry(topic.to_owned()).or_default().push(told);
    }

    fn accept_direct(&self, number: u64) {
        let mut seen = self.seen.lock().unwrap();
        if !seen.directs.insert(number) {
            self.fault(&format!("direct message {number} came twice"));
        }
    }

    fn note(&self, text: String) {
        let mut seen = self.seen.lock().unwrap();
        seen.trail.push_back(text);
        if seen.trail.len() > 12 {
            seen.trail.pop_front();
        }
    }

    fn fault(&self, text: &str) {
        self.ledger.fault(&format!("{}: {text}", self.name));
    }
}

/// The number that a direct message carries, if it is one.
fn direct(message: &Value) -> Option<u64> {
    message.get("to").and_then(|_| message["data"].as_u64())
}
