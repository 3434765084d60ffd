//! What was promised, and whether it was kept.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::{Value, json};

use crate::{
    process::Addresses,
    socket::call,
    subscriber::{Seen, Told},
};

/// What one publisher says: its name and a number that grows.
pub(crate) fn body(publisher: &str, number: u64) -> String {
    format!("{publisher}:{number}")
}

/// One answer to a publisher.
struct Acknowledged {
    topic: String,
    epoch: String,
    offset: u64,
    body: String,
    round: usize,
}

/// What publishers were promised, and what anybody found wrong on the way.
#[derive(Default)]
pub(crate) struct Ledger {
    acknowledged: Mutex<Vec<Acknowledged>>,
    faults: Mutex<Vec<String>>,
    duplicates: AtomicUsize,
    round: AtomicUsize,
}

impl Ledger {
    /// The round that is on, so that a fault can say when it was.
    pub(crate) fn begin_round(&self, round: usize) {
        self.round.store(round, Ordering::Relaxed);
    }

    /// Notes the answer to a publication, which is a promise.
    pub(crate) fn acknowledge(&self, topic: &str, body: String, answer: &Value) {
        let (Some(epoch), Some(offset)) = (answer["epoch"].as_str(), answer["offset"].as_u64())
        else {
            self.fault(&format!("{body} was answered with {answer}"));
            return;
        };
        if answer["duplicate"] == true {
            self.duplicates.fetch_add(1, Ordering::Relaxed);
        }
        self.acknowledged.lock().unwrap().push(Acknowledged {
            topic: topic.to_owned(),
            epoch: epoch.to_owned(),
            offset,
            body,
            round: self.round.load(Ordering::Relaxed),
        });
    }

    pub(crate) fn acknowledged(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// How many answers said that the publication had been there before.
    pub(crate) fn duplicates(&self) -> usize {
        self.duplicates.load(Ordering::Relaxed)
    }

    pub(crate) fn fault(&self, text: &str) {
        let round = self.round.load(Ordering::Relaxed);
        let mut faults = self.faults.lock().unwrap();
        faults.push(format!("round {round}: {text}"));
    }

    /// Holds every promise against what the hub remembers.
    pub(crate) fn judge(&self, histories: &BTreeMap<String, History>) {
        for (topic, history) in histories {
            for (place, offset) in history.publications.keys().enumerate() {
                if *offset != place as u64 + 1 {
                    self.fault(&format!("{topic}: {offset} stands at {place}"));
                    break;
                }
            }
            self.judge_order(topic, history);
        }
        for promise in self.acknowledged.lock().unwrap().iter() {
            let history = &histories[&promise.topic];
            let kept = history.publications.get(&promise.offset);
            if history.epoch != promise.epoch || kept != Some(&promise.body) {
                self.fault(&format!(
                    "{} of {} was acknowledged at {} {} in round {}; there stands {kept:?} of {}",
                    promise.body,
                    promise.topic,
                    promise.epoch,
                    promise.offset,
                    promise.round,
                    history.epoch
                ));
            }
        }
    }

    /// What a publisher was promised stands in its order, and once. What it was not, and so said on
    /// a connection that was cut, may come late: the network had it.
    fn judge_order(&self, topic: &str, history: &History) {
        let acknowledged = self.acknowledged.lock().unwrap();
        let promised: HashSet<_> = acknowledged
            .iter()
            .filter(|promise| promise.topic == topic)
            .map(|promise| promise.body.as_str())
            .collect();
        let mut last = HashMap::new();
        let all = history.publications.iter();
        for (offset, body) in all.filter(|(_, body)| promised.contains(body.as_str())) {
            let (publisher, number) = body.split_once(':').unwrap();
            let number: u64 = number.parse().unwrap();
            if let Some(before) = last.insert(publisher, number)
                && before >= number
            {
                self.fault(&format!(
                    "{topic}: {body} at {offset} stands after {before}"
                ));
            }
        }
    }

    /// Every one of these publications is there, once.
    pub(crate) fn judge_complete(
        &self,
        histories: &BTreeMap<String, History>,
        publisher: &str,
        said: u64,
    ) {
        let all = histories.values().flat_map(|one| one.publications.values());
        let mine: Vec<_> = all
            .filter(|body| body.split_once(':').unwrap().0 == publisher)
            .collect();
        let different: HashSet<_> = mine.iter().collect();
        if mine.len() as u64 != said || different.len() as u64 != said {
            self.fault(&format!(
                "{publisher} said {said}; {} are there, {} different ones",
                mine.len(),
                different.len()
            ));
        }
    }

    /// Nobody was shown what is not there afterwards, and nobody missed anything.
    pub(crate) fn judge_seen(&self, who: &str, seen: &Seen, histories: &BTreeMap<String, History>) {
        for (topic, told) in &seen.topics {
            let history = &histories[topic];
            let last = history.publications.keys().next_back().copied();
            if told.last().map(|one| one.offset) != last {
                self.fault(&format!(
                    "{who} saw {topic} up to {:?} of {last:?}",
                    told.last()
                ));
            }
            for Told {
                epoch,
                offset,
                body,
            } in told
            {
                let kept = history.publications.get(offset);
                if *epoch != history.epoch || kept != Some(body) {
                    self.fault(&format!(
                        "{who} saw {body} at {topic} {epoch} {offset}; there stands {kept:?}"
                    ));
                }
            }
        }
    }

    /// Fails the test when anything was found wrong.
    pub(crate) fn settle(&self) {
        let faults = self.faults.lock().unwrap();
        let first: Vec<_> = faults.iter().take(20).map(String::as_str).collect();
        assert!(
            faults.is_empty(),
            "{} faults:\n{}",
            faults.len(),
            first.join("\n")
        );
    }
}

/// What the hub remembers of a topic.
pub(crate) struct History {
    pub(crate) epoch: String,
    pub(crate) publications: BTreeMap<u64, String>,
}

impl History {
    /// Reads all of it, page by page, through the server API.
    pub(crate) fn read(hub: &Addresses, topic: &str) -> Self {
        let mut history = Self {
            epoch: String::new(),
            publications: BTreeMap::new(),
        };
        let mut query = json!({"topic": topic, "limit": 1000, });
        loop {
            let page = call(&hub.admin, "/api/history", &query).unwrap();
            history.epoch = page["epoch"].as_str().expect("a page").to_owned();
            for message in page["messages"].as_array().unwrap() {
                let offset = message["offset"].as_u64().unwrap();
                let body = message["data"].as_str().unwrap().to_owned();
                assert_eq!(history.publications.insert(offset, body), None);
            }
            if page["more"] != true {
                return history;
            }
            let first = *history.publications.keys().next().unwrap();
            query["before"] = json!({"epoch": history.epoch, "offset": first});
        }
    }

    pub(crate) fn read_all(hub: &Addresses, topics: &[String]) -> BTreeMap<String, Self> {
        let read = |topic: &String| (topic.clone(), Self::read(hub, topic));
        topics.iter().map(read).collect()
    }
}
