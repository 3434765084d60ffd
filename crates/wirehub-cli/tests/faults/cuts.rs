//! A network that cuts connections, between clients and a hub that lives.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    crew::Crew,
    dice::Dice,
    ledger::History,
    process::{Addresses, DEADLINE, Home, Whereabouts, within_deadline},
    proxy::Proxy,
    scene::{catch_up, open_topics, settings},
    socket::call,
    subscriber::Trust,
};

const CUTS: usize = 300;
const TOPICS: usize = 5;
const READERS: usize = 4;
/// About how long a connection lasts.
const LASTS: Duration = Duration::from_millis(30);

#[test]
fn sessions_go_on_without_a_gap_or_a_duplicate_in_memory() {
    cut("cuts_memory", "[broker]\nkind = \"memory\"\n");
}

#[test]
fn sessions_go_on_without_a_gap_or_a_duplicate_over_a_store() {
    cut("cuts_redb", "[broker]\nkind = \"redb\"\n");
}

fn cut(test: &str, broker: &str) {
    let mut dice = Dice::cast(test);
    let home = Home::new(test, &settings(broker));
    let (process, addresses) = home.start();
    let proxy = Proxy::start(&addresses.public, dice.split(), LASTS);
    let hub = Arc::new(Whereabouts::default());
    hub.set(Some(Addresses {
        public: proxy.address.clone(),
        ..addresses.clone()
    }));
    let mut crew = Crew::new(TOPICS);
    open_topics(&crew, &addresses);
    for _ in 0..READERS {
        crew.subscribe(&home, &hub, &mut dice, Trust::Living, None);
    }
    // A session there is before anything is sent to it.
    within_deadline("everybody is there", || {
        let mut all = crew.seen.iter();
        all.all(|(_, seen)| seen.lock().unwrap().places.len() == TOPICS)
            .then_some(())
    });
    crew.publish(&home, &hub, &mut dice, Duration::from_millis(4));
    let quiet = Arc::new(AtomicBool::default());
    let letters = write_letters(&crew, &addresses, &quiet);
    within_deadline("the cuts", || {
        (proxy.cuts() >= CUTS && resumed(&crew) >= CUTS / 8).then_some(())
    });
    proxy.be_calm();
    quiet.store(true, Ordering::Relaxed);
    let sent = letters.join().unwrap();

    let said = crew.fall_silent();
    let histories = History::read_all(&addresses, &crew.topics);
    catch_up(&crew, &histories);
    await_letters(&crew, sent);
    crew.ledger.settle();
    crew.go_home();
    crew.ledger.judge(&histories);
    for (publisher, said) in said {
        crew.ledger.judge_complete(&histories, &publisher, said);
    }
    for (name, seen) in &crew.seen {
        let seen = seen.lock().unwrap();
        crew.ledger.judge_seen(name, &seen, &histories);
        assert!(seen.directs.iter().copied().eq(1..=sent), "{name}");
    }
    println!(
        "{} cuts; {} publications acknowledged, {} of them said again; {} sessions \
         resumed; {sent} letters to each",
        proxy.cuts(),
        crew.ledger.acknowledged(),
        crew.ledger.duplicates(),
        resumed(&crew),
    );
    crew.ledger.settle();
    assert!(sent > 0);
    process.kill();
}

/// How often a session went on.
fn resumed(crew: &Crew) -> usize {
    let all = crew.seen.iter();
    all.map(|(_, seen)| seen.lock().unwrap().resumed).sum()
}

/// Waits until every reader has all letters. Whoever was told how many it received is not sent
/// more, so what is not here in time is missing.
fn await_letters(crew: &Crew, sent: u64) {
    for (name, seen) in &crew.seen {
        let all = || seen.lock().unwrap().directs.len() as u64 >= sent;
        let begun = Instant::now();
        while !all() && begun.elapsed() < DEADLINE / 6 {
            thread::sleep(Duration::from_millis(5));
        }
        if !all() {
            let seen = seen.lock().unwrap();
            let missing: Vec<_> = (1..=sent)
                .filter(|number| !seen.directs.contains(number))
                .collect();
            crew.ledger.fault(&format!(
                "{name} misses letters {missing:?} {:#?}",
                seen.trail
            ));
        }
    }
}

/// Sends numbers to each reader, one after the other, until told to be quiet; returns the last.
fn write_letters(crew: &Crew, hub: &Addresses, quiet: &Arc<AtomicBool>) -> thread::JoinHandle<u64> {
    let names: Vec<_> = crew.seen.iter().map(|(name, _)| name.clone()).collect();
    let (admin, quiet) = (hub.admin.clone(), Arc::clone(quiet));
    thread::spawn(move || {
        let mut last = 0;
        while !quiet.load(Ordering::Relaxed) {
            last += 1;
            for name in &names {
                let letter = json!({"to": {"user": name}, "data": last});
                let answer = call(&admin, "/api/send", &letter).unwrap();
                assert!(answer["error"].is_null(), "{answer}");
            }
            thread::sleep(Duration::from_millis(2));
        }
        last
    })
}
