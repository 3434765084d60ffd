use std::{
    collections::VecDeque,
    sync::{Mutex, atomic::AtomicBool},
};

use futures_util::future::{self, BoxFuture};
use wirehub_model::{Epoch, Offset, Position, Publish, Published};

use super::*;
use crate::{Place, RecordForm};

/// A log in memory.
#[derive(Debug, Default)]
struct Paper {
    records: Mutex<VecDeque<Record>>,
    settled: Mutex<Vec<i64>>,
    parked: Mutex<Vec<(i64, String)>>,
    held: AtomicBool,
    closed: AtomicBool,
}

impl Paper {
    fn of(records: impl IntoIterator<Item = (&'static str, &'static str)>) -> Self {
        let records = records.into_iter().zip(0..);
        let records = records.map(|((key, value), offset)| Record {
            place: Place::new("log", 0, offset),
            key: Some(key.into()),
            headers: Vec::new(),
            value: Some(value.into()),
        });
        Self {
            records: Mutex::new(records.collect()),
            ..Self::default()
        }
    }
}

impl RecordLog for Paper {
    fn next(&self) -> BoxFuture<'_, Result<Record, String>> {
        Box::pin(async {
            let held = self.held.load(Ordering::Relaxed);
            let next = (!held).then(|| self.records.lock().unwrap().pop_front());
            match next.flatten() {
                Some(record) => Ok(record),
                None => future::pending().await,
            }
        })
    }

    fn hold(&self, hold: bool) {
        self.held.store(hold, Ordering::Relaxed);
    }

    fn settle(&self, place: &Place) {
        self.settled.lock().unwrap().push(place.offset);
    }

    fn park<'a>(
        &'a self,
        record: &'a Record,
        reason: &'a str,
    ) -> BoxFuture<'a, Result<(), String>> {
        let parked = (record.place.offset, reason.to_owned());
        self.parked.lock().unwrap().push(parked);
        Box::pin(future::ready(Ok(())))
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.closed.store(true, Ordering::Relaxed);
        Box::pin(future::ready(()))
    }
}

/// A hub that takes one publication of each topic at a time, and answers when it is told to.
#[derive(Debug, Default)]
struct Press {
    /// Topics that are not taken now.
    busy: Mutex<Vec<&'static str>>,
    printed: Mutex<Vec<String>>,
}

impl Publisher for Press {
    fn publish(&self, publish: Publish) -> BoxFuture<'_, Result<Published, Unpublished>> {
        let topic = publish.topic.as_str();
        let answer = match topic {
            "never" => Err(Unpublished::Never("not this".to_owned())),
            _ if self.busy.lock().unwrap().contains(&topic) => {
                Err(Unpublished::Later("not now".to_owned()))
            }
            _ => {
                let text = String::from_utf8_lossy(publish.message.payload.bytes()).into_owned();
                self.printed.lock().unwrap().push(text);
                Ok(Published {
                    position: Position {
                        epoch: Epoch::new(1),
                        offset: Offset(1),
                    },
                    duplicate: topic == "again",
                })
            }
        };
        Box::pin(future::ready(answer))
    }
}

fn settings() -> IntakeSettings {
    let target = "{key}".parse().unwrap();
    let reader = Reader::new("paper", RecordForm::Events(target), Vec::new());
    IntakeSettings::new("paper", reader)
}

/// Lets an intake run, while something else happens, until that is over.
async fn while_running(
    settings: IntakeSettings,
    (paper, press): (&Paper, &Press),
    meanwhile: impl AsyncFnOnce(&IntakeCounters),
) -> crate::IntakeStats {
    let intake = Intake::new(settings);
    let counters = intake.counters();
    let stop = CancellationToken::new();
    let beside = async {
        meanwhile(&counters).await;
        stop.cancel();
    };
    tokio::join!(intake.run(paper, press, stop.clone()), beside);
    counters.stats()
}

async fn until(counters: &IntakeCounters, there: impl Fn(&crate::IntakeStats) -> bool) {
    while !there(&counters.stats()) {
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn records_are_published_and_settled() {
    let paper = Paper::of([("a", "1"), ("b", "2"), ("again", "3")]);
    let press = Press::default();
    let stats = while_running(settings(), (&paper, &press), async |counters| {
        until(counters, |stats| stats.published + stats.duplicates == 3).await;
    })
    .await;
    assert_eq!(
        (stats.published, stats.duplicates, stats.waiting),
        (2, 1, 0)
    );
    let mut settled = paper.settled.lock().unwrap().clone();
    settled.sort_unstable();
    assert_eq!(settled, [0, 1, 2]);
    assert!(paper.closed.load(Ordering::Relaxed));
}

#[tokio::test(start_paused = true)]
async fn one_key_keeps_its_order_and_holds_up_no_other() {
    let paper = Paper::of([("a", "1"), ("b", "2"), ("a", "3"), ("b", "4")]);
    let press = Press::default();
    press.busy.lock().unwrap().push("a");
    let stats = while_running(settings(), (&paper, &press), async |counters| {
        until(counters, |stats| stats.published == 2).await;
        assert_eq!(*press.printed.lock().unwrap(), ["2", "4"]);
        assert_eq!(counters.stats().error.as_deref(), Some("not now"));
        press.busy.lock().unwrap().clear();
        until(counters, |stats| stats.published == 4).await;
    })
    .await;
    assert_eq!(*press.printed.lock().unwrap(), ["2", "4", "1", "3"]);
    assert_eq!(stats.error, None);
}

#[tokio::test(start_paused = true)]
async fn bad_records_are_left_out_or_parked() {
    let records = [("a/b", "1"), ("never", "2"), ("a", "3")];
    let press = Press::default();
    let paper = Paper::of(records);
    let stats = while_running(settings(), (&paper, &press), async |counters| {
        until(counters, |stats| {
            stats.skipped + stats.parked + stats.published == 3
        })
        .await;
    })
    .await;
    assert_eq!((stats.skipped, stats.parked, stats.published), (2, 0, 1));

    let paper = Paper::of(records);
    let park = IntakeSettings {
        bad: BadRecords::Park,
        ..settings()
    };
    let stats = while_running(park, (&paper, &press), async |counters| {
        until(counters, |stats| {
            stats.skipped + stats.parked + stats.published == 3
        })
        .await;
    })
    .await;
    assert_eq!((stats.skipped, stats.parked), (0, 2));
    let parked = paper.parked.lock().unwrap().clone();
    assert_eq!(parked[0].0, 0);
    assert!(parked[0].1.contains("key"), "{parked:?}");
    assert_eq!(parked[1], (1, "not this".to_owned()));
    assert_eq!(paper.settled.lock().unwrap().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn what_the_hub_does_not_take_for_long_counts_as_bad() {
    let paper = Paper::of([("a", "1")]);
    let press = Press::default();
    press.busy.lock().unwrap().push("a");
    let begun = Instant::now();
    let stats = while_running(settings(), (&paper, &press), async |counters| {
        until(counters, |stats| stats.skipped == 1).await;
    })
    .await;
    assert!(begun.elapsed() <= Duration::from_secs(601));
    assert!(stats.failures > 5, "{stats:?}");
}

#[tokio::test(start_paused = true)]
async fn no_more_come_in_than_there_is_room() {
    let paper = Paper::of([("a", "1"), ("a", "2"), ("a", "3"), ("a", "4"), ("a", "5")]);
    let press = Press::default();
    press.busy.lock().unwrap().push("a");
    let narrow = IntakeSettings {
        room: 2,
        ..settings()
    };
    while_running(narrow, (&paper, &press), async |counters| {
        until(counters, |stats| stats.waiting == 2).await;
        sleep(LONGEST_PAUSE).await;
        assert_eq!(counters.stats().waiting, 2, "the log holds back");
        press.busy.lock().unwrap().clear();
        until(counters, |stats| stats.published == 5).await;
    })
    .await;
    assert_eq!(*press.printed.lock().unwrap(), ["1", "2", "3", "4", "5"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_not_published_when_it_ends_is_not_settled() {
    let paper = Paper::of([("a", "1"), ("b", "2")]);
    let press = Press::default();
    press.busy.lock().unwrap().push("a");
    while_running(settings(), (&paper, &press), async |counters| {
        until(counters, |stats| stats.published == 1).await;
    })
    .await;
    assert_eq!(*paper.settled.lock().unwrap(), [1]);
    assert!(paper.closed.load(Ordering::Relaxed));
}
