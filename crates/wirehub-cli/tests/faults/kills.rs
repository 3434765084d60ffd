//! `kill -9` at random moments, under load.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use crate::{
    crew::Crew,
    dice::Dice,
    ledger::History,
    process::{Addresses, Home, Process, Whereabouts, within_deadline},
    scene::{catch_up, open_topics, settings},
    subscriber::{Seen, Trust},
};

/// How often the hub is killed while clients use it.
const KILLS: usize = 100;
/// The same where publications are acknowledged before they are on disk.
const RELAXED_KILLS: usize = 6;
const TOPICS: usize = 6;

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
        let broker = format!("[broker]\nkind = \"redb\"\ndurability = \"{durability}\"\n");
        let home = Home::new(test, &settings(&broker));
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

#[test]
fn nothing_acknowledged_is_lost_and_nobody_sees_a_gap_or_a_duplicate() {
    let mut dice = Dice::cast("kill");
    let mut scene = Scene::new("kill", "commit");
    let mut crew = Crew::new(TOPICS);
    open_topics(&crew, &scene.addresses);
    scene.hub.set(Some(scene.addresses.clone()));
    for stays in [None, None, Some(100), Some(30)] {
        let stays = stays.map(Duration::from_millis);
        crew.subscribe(&scene.home, &scene.hub, &mut dice, Trust::Durable, stays);
    }
    crew.publish(&scene.home, &scene.hub, &mut dice, Duration::from_millis(8));
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
    open_topics(&crew, &scene.addresses);
    scene.hub.set(Some(scene.addresses.clone()));
    for _ in 0..3 {
        crew.subscribe(&scene.home, &scene.hub, &mut dice, Trust::Forgetful, None);
    }
    crew.publish(&scene.home, &scene.hub, &mut dice, Duration::from_millis(8));
    for round in 1..=RELAXED_KILLS {
        crew.ledger.begin_round(round);
        // Everybody has been told how every topic stands in this life of the hub.
        let told =
            |seen: &Seen| seen.places.len() == TOPICS && seen.broken.len() >= (round - 1) * TOPICS;
        within_deadline("everybody is back", || {
            let mut all = crew.seen.iter();
            all.all(|(_, seen)| told(&seen.lock().unwrap()))
                .then_some(())
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
        let epochs: Vec<_> = seen
            .places
            .values()
            .map(|place| place.epoch.clone())
            .collect();
        epochs
    });
    places.collect()
}
