//! Clients that publish, and note what was acknowledged.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    backoff::Backoff,
    dice::Dice,
    ledger::{Ledger, body},
    process::{Addresses, Whereabouts},
    socket::{Lost, Socket, call},
};

/// Publications of one client that wait for their answers.
const WINDOW: usize = 8;

/// A client that publishes until it is told to stop.
pub(crate) struct Publisher {
    pub(crate) name: String,
    /// For the WebSocket; without one it asks the server API.
    pub(crate) token: Option<String>,
    /// Each publication has an idempotency key and is said again until it is answered.
    pub(crate) keyed: bool,
    pub(crate) topics: Vec<String>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) dice: Dice,
    /// The longest pause between two publications.
    pub(crate) pause: Duration,
}

/// A publication that was not answered yet.
struct Said {
    number: u64,
    topic: String,
}

impl Publisher {
    /// Publishes; returns how much it has said.
    pub(crate) fn run(mut self, hub: &Whereabouts, stop: &AtomicBool) -> u64 {
        let mut waiting = VecDeque::new();
        let mut last = 0;
        let mut backoff = Backoff::default();
        loop {
            if stop.load(Ordering::Relaxed) && waiting.is_empty() {
                return last;
            }
            if let Some(addresses) = hub.get()
                && self
                    .connection(&addresses, &mut waiting, &mut last, stop)
                    .is_ok()
            {
                return last;
            }
            if !self.keyed {
                // Nobody knows whether these were published.
                waiting.clear();
            }
            backoff.wait(&mut self.dice);
        }
    }

    fn connection(
        &mut self,
        hub: &Addresses,
        waiting: &mut VecDeque<Said>,
        last: &mut u64,
        stop: &AtomicBool,
    ) -> Result<(), Lost> {
        match self.token.clone() {
            Some(token) => self.through_socket(&hub.public, &token, waiting, last, stop),
            None => self.through_api(&hub.admin, waiting, last, stop),
        }
    }

    fn through_socket(
        &mut self,
        address: &str,
        token: &str,
        waiting: &mut VecDeque<Said>,
        last: &mut u64,
        stop: &AtomicBool,
    ) -> Result<(), Lost> {
        let mut socket = Socket::open(address, Some(token))?;
        for said in waiting.iter() {
            socket.send(&self.request(said))?;
        }
        let mut next = Instant::now();
        loop {
            let stops = stop.load(Ordering::Relaxed);
            if stops && waiting.is_empty() {
                return Ok(());
            }
            if !stops && waiting.len() < WINDOW && Instant::now() >= next {
                let said = self.think(last);
                let request = self.request(&said);
                waiting.push_back(said);
                socket.send(&request)?;
                next = Instant::now() + self.dice.micros(0, self.pause.as_micros() as u64);
            }
            let patience = next.saturating_duration_since(Instant::now());
            if let Some(answer) = socket.next(patience.min(Duration::from_millis(20)))? {
                self.answered(&answer, waiting);
            }
        }
    }

    fn answered(&self, answer: &Value, waiting: &mut VecDeque<Said>) {
        if answer["type"] == "welcome" {
            return;
        }
        let at = waiting.iter().position(|said| answer["id"] == said.number);
        match at.and_then(|at| waiting.remove(at)) {
            Some(said) => self.acknowledge(&said, answer),
            None => self.ledger.fault(&format!("{} got {answer}", self.name)),
        }
    }

    fn through_api(
        &mut self,
        admin: &str,
        waiting: &mut VecDeque<Said>,
        last: &mut u64,
        stop: &AtomicBool,
    ) -> Result<(), Lost> {
        loop {
            if waiting.is_empty() {
                if stop.load(Ordering::Relaxed) {
                    return Ok(());
                }
                let said = self.think(last);
                waiting.push_back(said);
            }
            while let Some(said) = waiting.front() {
                let mut request = self.request(said);
                let request_object = request.as_object_mut().unwrap();
                request_object.retain(|name, _| name != "type" && name != "id");
                let answer = call(admin, "/api/publish", &request)?;
                self.acknowledge(said, &answer);
                waiting.pop_front();
            }
            thread::sleep(self.dice.micros(0, self.pause.as_micros() as u64));
        }
    }

    fn acknowledge(&self, said: &Said, answer: &Value) {
        let body = body(&self.name, said.number);
        self.ledger.acknowledge(&said.topic, body, answer);
    }

    fn think(&mut self, last: &mut u64) -> Said {
        *last += 1;
        let topic = self.dice.below(self.topics.len() as u64) as usize;
        Said {
            number: *last,
            topic: self.topics[topic].clone(),
        }
    }

    fn request(&self, said: &Said) -> Value {
        let body = body(&self.name, said.number);
        let mut request = json!({
            "type": "publish", "id": said.number, "topic": said.topic, "data": body,
        });
        if self.keyed {
            request["idempotency_key"] = json!(body);
        }
        request
    }
}
