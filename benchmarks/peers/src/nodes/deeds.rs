//! Things that clients do, each so often that what it costs the broker can be counted.

use std::io;
use std::net::SocketAddrV4;
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::tally::{Tally, Traffic};
use crate::load::Guest;

/// How long it takes until nothing is on its way any more.
const SETTLE: Duration = Duration::from_millis(300);
/// How often a thing is done one by one.
const TIMES: usize = 200;
/// How many topics are opened: a connection may have 128.
const TOPICS: usize = 100;
/// How many publications a burst has, and how many bursts there are.
const BURST: usize = 64;
const BURSTS: usize = 20;
/// How many come and go.
const MEMBERS: usize = 200;

/// What one thing cost the broker.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Deed {
    /// What was done.
    pub(crate) name: String,
    /// Hubs that wanted to hear of it.
    pub(crate) interested: usize,
    /// What it cost each time.
    pub(crate) each: Traffic,
}

/// The hubs, and who counts.
pub(super) struct Scene<'a> {
    pub(super) hubs: Vec<SocketAddrV4>,
    pub(super) token: &'a str,
    pub(super) tally: &'a Tally,
    /// What comes and goes in a second while nobody does anything.
    pub(super) quiet: Traffic,
}

impl Scene<'_> {
    /// Does everything, each thing once with one hub that wants to hear of it and once with all.
    pub(super) fn play(&self) -> io::Result<Vec<Deed>> {
        let mut deeds = vec![self.words()?, self.interests()?];
        let mut counts = vec![1, self.hubs.len()];
        counts.dedup();
        for interested in counts {
            for kind in ["plain", "kept"] {
                deeds.extend(self.publications(kind, interested)?);
            }
            deeds.extend(self.members(interested)?);
        }
        Ok(deeds)
    }

    fn guest(&self, hub: usize) -> io::Result<Guest> {
        Guest::connect(self.hubs[hub], self.token)
    }

    /// Counts what something costs that is done so many times.
    fn count(
        &self,
        name: &str,
        interested: usize,
        times: usize,
        work: impl FnOnce() -> io::Result<()>,
    ) -> io::Result<Deed> {
        thread::sleep(SETTLE);
        let (before, began) = (self.tally.read()?, Instant::now());
        work()?;
        thread::sleep(SETTLE);
        let all = self.tally.since(before)?;
        let besides = self.quiet * began.elapsed().as_secs_f64();
        Ok(Deed {
            name: name.to_owned(),
            interested,
            each: (all - besides) * (1.0 / times as f64),
        })
    }

    /// A message to a user, which every hub has to hear.
    fn words(&self) -> io::Result<Deed> {
        let mut guest = self.guest(0)?;
        let others = self.hubs.len() - 1;
        self.count("message to a user", others, TIMES, || {
            for _ in 0..TIMES {
                let to = r#"{"type":"send","to":{"user":"bench"},"event":"x","data":1}"#;
                guest.ask(to.to_owned())?;
            }
            Ok(())
        })
    }

    /// The first subscriber of a topic comes to a hub, which follows it from then on, and for a
    /// while after the last one has gone.
    fn interests(&self) -> io::Result<Deed> {
        let mut guest = self.guest(0)?;
        let request = |number| format!(r#"{{"type":"subscribe","topic":"bench/t/{number}"}}"#);
        let requests: Vec<String> = (0..TOPICS).map(request).collect();
        self.count("topic followed by a hub", 1, TOPICS, || {
            guest.ask_all(&requests).map(|_| ())
        })
    }

    /// Publications at the first hub, heard at the last ones.
    fn publications(&self, kind: &str, interested: usize) -> io::Result<[Deed; 2]> {
        let topic = format!("bench/{kind}/{interested}");
        let mut ears = Vec::new();
        for hub in self.hubs.len() - interested..self.hubs.len() {
            let mut ear = self.guest(hub)?;
            ear.ask(format!(r#"{{"type":"subscribe","topic":"{topic}"}}"#))?;
            ears.push(ear);
        }
        let data = "x".repeat(126);
        let publish = format!(r#"{{"type":"publish","topic":"{topic}","data":"{data}"}}"#);
        let mut guest = self.guest(0)?;
        let name = format!("publication, {}", kept(kind));
        let alone = self.count(&name, interested, TIMES, || {
            for _ in 0..TIMES {
                guest.ask(publish.clone())?;
            }
            ears.iter_mut().try_for_each(|ear| ear.hear(TIMES))
        })?;
        let burst = vec![publish; BURST];
        let name = format!("publication of {BURST} at once, {}", kept(kind));
        let together = self.count(&name, interested, BURST * BURSTS, || {
            for _ in 0..BURSTS {
                guest.ask_all(&burst)?;
            }
            ears.iter_mut().try_for_each(|ear| ear.hear(BURST * BURSTS))
        })?;
        Ok([alone, together])
    }

    /// Members of a topic at the first hub, followed at the last ones.
    fn members(&self, interested: usize) -> io::Result<[Deed; 2]> {
        let topic = format!("bench/crowd/{interested}");
        let mut ears = Vec::new();
        for hub in self.hubs.len() - interested..self.hubs.len() {
            let mut ear = self.guest(hub)?;
            ear.ask(format!(r#"{{"type":"subscribe","topic":"{topic}"}}"#))?;
            ears.push(ear);
        }
        let guests = (0..MEMBERS).map(|_| self.guest(0));
        let mut guests: Vec<Guest> = guests.collect::<io::Result<_>>()?;
        // So that the topic is open there, and stays so.
        let mut first = self.guest(0)?;
        first.ask(format!(r#"{{"type":"subscribe","topic":"{topic}"}}"#))?;
        let mut all = |what: &str| {
            for guest in &mut guests {
                guest.ask(format!(r#"{{"type":"{what}","topic":"{topic}"}}"#))?;
            }
            Ok(())
        };
        let come = self.count("member comes", interested, MEMBERS, || all("subscribe"))?;
        let go = self.count("member goes", interested, MEMBERS, || all("unsubscribe"))?;
        Ok([come, go])
    }
}

fn kept(kind: &str) -> &'static str {
    match kind {
        "kept" => "history kept",
        _ => "nothing kept",
    }
}
