//! All clients of a test.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::{
    dice::Dice,
    ledger::Ledger,
    process::{Home, Whereabouts},
    publisher::Publisher,
    subscriber::{Seen, Subscriber, Trust},
};

/// The clients of a test, each a thread.
pub(crate) struct Crew {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) topics: Vec<String>,
    publishers: Vec<(String, bool, JoinHandle<u64>)>,
    subscribers: Vec<JoinHandle<()>>,
    pub(crate) seen: Vec<(String, Arc<Mutex<Seen>>)>,
    quiet: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
}

impl Crew {
    pub(crate) fn new(topics: usize) -> Self {
        Self {
            ledger: Arc::default(),
            topics: (0..topics).map(|topic| format!("load/{topic}")).collect(),
            publishers: Vec::new(),
            subscribers: Vec::new(),
            seen: Vec::new(),
            quiet: Arc::default(),
            over: Arc::default(),
        }
    }

    /// Publishers with and without keys, through the WebSocket and the server API.
    pub(crate) fn publish(
        &mut self,
        home: &Home,
        hub: &Arc<Whereabouts>,
        dice: &mut Dice,
        pause: Duration,
    ) {
        for (name, keyed, socket) in [
            ("keyed-1", true, true),
            ("keyed-2", true, true),
            ("plain-1", false, true),
            ("plain-2", false, true),
            ("keyed-api", true, false),
            ("plain-api", false, false),
        ] {
            let publisher = Publisher {
                name: name.to_owned(),
                token: socket.then(|| home.token(name)),
                keyed,
                topics: self.topics.clone(),
                ledger: Arc::clone(&self.ledger),
                dice: dice.split(),
                pause,
            };
            let (hub, quiet) = (Arc::clone(hub), Arc::clone(&self.quiet));
            let thread = thread::spawn(move || publisher.run(&hub, &quiet));
            self.publishers.push((name.to_owned(), keyed, thread));
        }
    }

    /// A subscriber to all topics.
    pub(crate) fn subscribe(
        &mut self,
        home: &Home,
        hub: &Arc<Whereabouts>,
        dice: &mut Dice,
        trust: Trust,
        stays: Option<Duration>,
    ) {
        let name = format!("reader-{}", self.seen.len());
        let seen = Arc::new(Mutex::new(Seen::default()));
        let subscriber = Subscriber {
            token: home.token(&name),
            name: name.clone(),
            topics: self.topics.clone(),
            trust,
            ledger: Arc::clone(&self.ledger),
            seen: Arc::clone(&seen),
            dice: dice.split(),
            stays,
            asked: BTreeSet::new(),
        };
        let (hub, over) = (Arc::clone(hub), Arc::clone(&self.over));
        let thread = thread::spawn(move || subscriber.run(&hub, &over));
        self.subscribers.push(thread);
        self.seen.push((name, seen));
    }

    /// Has the publishers end once everything is answered; returns how much each one with keys
    /// said.
    pub(crate) fn fall_silent(&mut self) -> Vec<(String, u64)> {
        self.quiet.store(true, Ordering::Relaxed);
        let publishers = self.publishers.drain(..);
        let said = publishers.map(|(name, keyed, thread)| (name, keyed, thread.join().unwrap()));
        let said = said.filter(|(_, keyed, _)| *keyed);
        said.map(|(name, _, said)| (name, said)).collect()
    }

    /// Has the subscribers go.
    pub(crate) fn go_home(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        for thread in self.subscribers.drain(..) {
            thread.join().unwrap();
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.quiet.store(true, Ordering::Relaxed);
        self.over.store(true, Ordering::Relaxed);
    }
}
