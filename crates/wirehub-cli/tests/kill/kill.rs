//! `kill -9` at random moments, under load.

use std::{
    collections::BTreeMap,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    crew::Crew,
    dice::Dice,
    ledger::{History, body},
    process::{Addresses, Home, Process, Whereabouts, within_deadline},
    socket::call,
    subscriber::Trust,
};

/// How often the hub is killed while clients use it.
const KILLS: usize = 100;
/// The same where publications are acknowledged before they are on disk.
const RELAXED_KILLS: usize = 6;
const TOPICS: usize = 6;

fn settings(durability: &str) -> String {
    format!(
        "[broker]\nkind = \"redb\"\ndurability = \"{durability}\"\n\
         [limits]\nrecovery = 1000000\noutbox_bytes = \"64MiB\"\nremembered_bytes = \"1GiB\"\n\
         idempotency_keys = 1000000\nmessages_per_second = 0\npublications_per_second = 0\n\
         subscriptions_per_second = 0\n\
         [[namespaces]]\npattern = \"#\"\nidempotency_ttl = \"1h\"\n\
         history = {{ size = 1000000, ttl = \"1h\", bytes = \"256MiB\" }}\n"
    )
}

/// A hub that is killed and comes back, and where its clients find it.
struct Scene {
    home: Home,
    hub: Arc<Whereabouts>,
    process: Option<Process>,
    addresses: Addresses,
    /// How long the last start took.
    start: Duration,
    killed_while_starting: usize,
}

impl Scene {
    fn new(test: &str, durability: &str) -> Self {
        let home = Home::new(test, &settings(durability));
        let begun = Instant::now();
        let (process, addresses) = home.start();
        Self {
            home,
            hub: Arc::default(),
            process: Some(process),
            addresses,
            start: begun.elapsed(),
            killed_while_starting: 0,
        }
    }

    /// Publishes once to each topic, so that each has an epoch that is kept.
    fn open_topics(&self, crew: &Crew) {
        for (number, topic) in (1..).zip(&crew.topics) {
            let body = body("first", number);
            let request = json!({"topic": topic, "data": body});
            let answer = call(&self.addresses.admin, "/api/publish", &request).unwrap();
            crew.ledger.acknowledge(topic, body, &answer);
        }
        self.hub.set(Some(self.addresses.clone()));
    }

    fn kill(&mut self) {
        self.process.take().unwrap().kill();
        self.hub.set(None);
    }

    /// Starts the hub again; now and then it is killed before it is there.
    fn come_back(&mut self, dice: &mut Dice) {
        while dice.once_in(3) {
            let starting = self.home.begin();
            thread::sleep(dice.micros(0, self.start.as_micros() as u64));
            starting.kill();
            self.killed_while_starting += 1;
        }
        let begun = Instant::now();
        let (process, addresses) = self.home.start();
        self.start = begun.elapsed();
        self.process = Some(process);
        self.addresses = addresses;
        self.hub.set(Some(self.addresses.clone()));
    }
}

/// Until when the hub runs this time: from not at all to long enough for everybody to be back.
fn burst(dice: &mut Dice) -> Duration {
    match dice.below(4) {
        0 => dice.micros(0, 5_000),
        1 => dice.micros(5_000, 150_000),
        _ => dice.micros(150_000, 900_000),
    }
}

/// Waits until every subscriber is where the histories end.
fn catch_up(crew: &Crew, histories: &BTreeMap<String, History>) {
    within_deadline("everybody has everything", || {
        let done = crew.seen.iter().all(|(_, seen)| {
            let seen = seen.lock().unwrap();
            histories.iter().all(|(topic, history)| {
                let last = history.publications.keys().next_back();
                seen.places.get(topic).map(|place| &place.offset) >= last
            })
        });
        done.then_some(())
    });
}

#[test]
fn nothing_acknowledged_is_lost_and_nobody_sees_a_gap_or_a_duplicate() {
    let mut dice = Dice::cast("kill");
    let mut scene = Scene::new("kill", "commit");
    let mut crew = Crew::new(TOPICS);
    scene.open_topics(&crew);
    for stays in [None, None, Some(100), Some(30)] {
        let stays = stays.map(Duration::from_millis);
        crew.subscribe(&scene.home, &scene.hub, &mut dice, Trust::Durable, stays);
    }
    crew.publish(
        &scene.home,
        &scene.hub,
        &mut dice,
        Duration::from_millis(12),
    );
    for round in 1..=KILLS {
        crew.ledger.begin_round(round);
        thread::sleep(burst(&mut dice));
        scene.kill();
        scene.come_back(&mut dice);
    }

    crew.ledger.begin_round(KILLS + 1);
    let said = crew.fall_silent();
    let histories = History::read_all(&scene.addresses, &crew.topics);
    catch_up(&crew, &histories);
    crew.go_home();
    crew.ledger.judge(&histories);
    for (publisher, said) in said {
        crew.ledger.judge_complete(&histories, &publisher, said);
    }
    let (mut resumed, mut recovered) = (0, 0);
    for (name, seen) in &crew.seen {
        let seen = seen.lock().unwrap();
        crew.ledger.judge_seen(name, &seen, &histories);
        resumed += seen.resumed;
        recovered += seen.recovered;
    }
    let acknowledged = crew.ledger.acknowledged();
    println!(
        "{KILLS} kills, and {} while starting; {acknowledged} publications acknowledged, {} of \
         them said again; {recovered} subscriptions recovered, {resumed} sessions resumed; the \
         last start took {:?}",
        scene.killed_while_starting,
        crew.ledger.duplicates(),
        scene.start,
    );
    crew.ledger.settle();
    // The load was one, and all that is promised was tried.
    assert!(acknowledged > 10 * KILLS && recovered > KILLS && resumed > 0);
    assert!(crew.ledger.duplicates() > 0, "no answer was ever lost");

    scene.process.take().unwrap().stop();
    let (_process, addresses) = scene.home.start();
    let after = History::read_all(&addresses, &crew.topics);
    for (topic, history) in &histories {
        assert_eq!(after[topic].epoch, history.epoch);
        assert!(after[topic].publications == history.publications, "{topic}");
    }
}

#[test]
fn who_acknowledges_before_the_disk_begins_anew_after_a_kill_and_says_so() {
    let mut dice = Dice::cast("kill_relaxed");
    let mut scene = Scene::new("kill_relaxed", "relaxed");
    let mut crew = Crew::new(TOPICS);
    scene.open_topics(&crew);
    for _ in 0..3 {
        crew.subscribe(&scene.home, &scene.hub, &mut dice, Trust::Forgetful, None);
    }
    crew.publish(
        &scene.home,
        &scene.hub,
        &mut dice,
        Duration::from_millis(12),
    );
    for round in 1..=RELAXED_KILLS {
        crew.ledger.begin_round(round);
        // Everybody has been told how every topic stands in this life of the hub.
        let told = |seen: &crate::subscriber::Seen| {
            seen.places.len() == TOPICS && seen.broken.len() >= (round - 1) * TOPICS
        };
        within_deadline("everybody is back", || {
            let mut all = crew.seen.iter();
            all.all(|(_, seen)| told(&seen.lock().unwrap())).then_some(())
        });
        thread::sleep(dice.micros(0, 400_000));
        let before = epochs(&crew);
        scene.kill();
        scene.come_back(&mut dice);
        within_deadline("everybody is told anew", || {
            let mut now = epochs(&crew).into_iter().zip(&before);
            now.all(|(now, before)| now != *before).then_some(())
        });
    }
    crew.fall_silent();
    crew.go_home();
    for (name, seen) in &crew.seen {
        let seen = seen.lock().unwrap();
        let expected = RELAXED_KILLS * TOPICS;
        let unknown = seen.broken.iter().filter(|(_, why)| why == "unknown_epoch");
        assert_eq!((seen.recovered, unknown.count()), (0, expected), "{name}");
    }
    crew.ledger.settle();
}

/// The epochs that subscribers know, topic by topic.
fn epochs(crew: &Crew) -> Vec<String> {
    let places = crew.seen.iter().flat_map(|(_, seen)| {
        let seen = seen.lock().unwrap();
        let epochs: Vec<_> = seen.places.values().map(|place| place.epoch.clone()).collect();
        epochs
    });
    places.collect()
}
