use std::time::SystemTime;

use futures_util::future::BoxFuture;
use tokio::task::{JoinHandle, yield_now};
use wirehub_core::{Occurrence, OccurrenceKind, OccurrenceKinds};
use wirehub_model::Topic;

use super::*;
use crate::{JournalSettings, Source};

/// A sink that keeps what it takes, and answers with what it was told to.
#[derive(Debug, Default)]
struct Shelf {
    answers: Mutex<Vec<Result<(), SinkError>>>,
    brought: Mutex<Vec<Vec<String>>>,
}

impl Shelf {
    /// The first attempts end like this, all later ones well.
    fn answering(answers: impl IntoIterator<Item = Result<(), SinkError>>) -> Arc<Self> {
        let mut answers: Vec<_> = answers.into_iter().collect();
        answers.reverse();
        Arc::new(Self {
            answers: Mutex::new(answers),
            brought: Mutex::default(),
        })
    }

    fn brought(&self) -> Vec<Vec<String>> {
        self.brought.lock().unwrap().clone()
    }
}

impl EventSink for Shelf {
    fn bring<'a>(
        &'a self,
        occurrences: &'a [Arc<Occurred>],
    ) -> BoxFuture<'a, Result<(), SinkError>> {
        let names = occurrences.iter().map(|one| topic_of(one)).collect();
        self.brought.lock().unwrap().push(names);
        let answer = self.answers.lock().unwrap().pop().unwrap_or(Ok(()));
        Box::pin(async { answer })
    }
}

fn topic_of(occurred: &Occurred) -> String {
    occurred.topic().unwrap().to_string()
}

fn later(after: Option<Duration>) -> Result<(), SinkError> {
    let reason = "not now".to_owned();
    Err(SinkError::Later { reason, after })
}

fn never() -> Result<(), SinkError> {
    Err(SinkError::Never("not this".to_owned()))
}

fn occurred(topic: &str) -> Arc<Occurred> {
    let occurrence = Occurrence::Occupied(Topic::parse(topic).unwrap());
    let source = Source::new("n", 1);
    Arc::new(Occurred::new(&source, SystemTime::UNIX_EPOCH, occurrence))
}

/// An outlet at work.
struct Scene {
    outlet: Outlet,
    shelf: Arc<Shelf>,
    stop: CancellationToken,
    work: JoinHandle<()>,
}

impl Scene {
    fn new(shelf: Arc<Shelf>, adjust: impl FnOnce(&mut OutletSettings)) -> Self {
        let mut settings = OutletSettings::new("shelf", Selection::everything());
        adjust(&mut settings);
        let (outlet, carrier) = outlet(settings, Arc::clone(&shelf) as Arc<dyn EventSink>);
        let stop = CancellationToken::new();
        let work = tokio::spawn(carrier.run(stop.clone()));
        Self {
            outlet,
            shelf,
            stop,
            work,
        }
    }

    fn tell(&self, topics: &[&str]) {
        for topic in topics {
            self.outlet.tell(&occurred(topic));
        }
    }

    /// Lets the hub end; returns the numbers at the end.
    async fn end(self) -> (OutletStats, Vec<Vec<String>>) {
        self.stop.cancel();
        self.work.await.unwrap();
        (self.outlet.stats(), self.shelf.brought())
    }

    /// Waits, on a clock that jumps, until nothing waits any more.
    async fn rest(&self) {
        while self.outlet.stats().waiting > 0 {
            sleep(Duration::from_millis(10)).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_happens_is_brought_in_order_and_together() {
    let scene = Scene::new(Shelf::answering([]), |settings| settings.batch = 2);
    scene.tell(&["a", "b", "c"]);
    scene.rest().await;
    let (stats, brought) = scene.end().await;
    assert_eq!(brought, [vec!["a", "b"], vec!["c"]]);
    assert_eq!((stats.delivered, stats.failures, stats.dropped), (3, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_taken_comes_again_before_anything_else() {
    let shelf = Shelf::answering([later(None), later(Some(Duration::from_secs(90))), Ok(())]);
    let scene = Scene::new(shelf, |settings| settings.batch = 1);
    let begun = Instant::now();
    scene.tell(&["a", "b"]);
    while scene.outlet.stats().failures == 0 {
        yield_now().await;
    }
    assert_eq!(scene.outlet.stats().error.as_deref(), Some("not now"));
    scene.rest().await;
    assert!(
        begun.elapsed() >= Duration::from_secs(90),
        "it was asked to wait"
    );
    let (stats, brought) = scene.end().await;
    assert_eq!(brought, [["a"], ["a"], ["a"], ["b"]]);
    assert_eq!((stats.delivered, stats.failures), (2, 2));
    assert_eq!(stats.error, None);
}

#[tokio::test(start_paused = true)]
async fn what_is_never_taken_is_given_up_and_the_rest_goes_on() {
    let shelf = Shelf::answering([never(), Ok(())]);
    let scene = Scene::new(shelf, |settings| settings.batch = 1);
    scene.tell(&["a", "b"]);
    scene.rest().await;
    let (stats, brought) = scene.end().await;
    assert_eq!(brought, [["a"], ["b"]]);
    assert_eq!((stats.delivered, stats.given_up), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn one_that_is_never_taken_takes_no_others_along() {
    let apart = || Err(SinkError::Apart("not all of it".to_owned()));
    let shelf = Shelf::answering([apart(), Ok(()), apart(), Ok(())]);
    let scene = Scene::new(shelf, |_| {});
    scene.tell(&["a", "b", "c"]);
    scene.rest().await;
    let (stats, brought) = scene.end().await;
    assert_eq!(
        brought,
        [vec!["a", "b", "c"], vec!["a"], vec!["b"], vec!["c"]]
    );
    assert_eq!((stats.delivered, stats.given_up), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_storm_is_carried_in_few_trips() {
    let scene = Scene::new(Shelf::answering([]), |_| {});
    scene.tell(&["a"]);
    scene.rest().await;
    for _ in 0..10 {
        scene.tell(&["b"]);
        sleep(Duration::from_millis(1)).await;
    }
    scene.rest().await;
    let (_, brought) = scene.end().await;
    assert_eq!(
        brought.len(),
        2,
        "one at once, the others together: {brought:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_is_gone_for_long_leaves_dead_letters() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dead.jsonl");
    let journal = Journal::open(JournalSettings::new(&path)).unwrap();
    let shelf = Shelf::answering((0..1_000).map(|_| later(None)));
    let scene = Scene::new(shelf, |settings| {
        settings.give_up_after = Duration::from_secs(60);
        settings.dead_letters = Some(Arc::new(journal));
    });
    let begun = Instant::now();
    scene.tell(&["a", "b"]);
    scene.rest().await;
    assert!(begun.elapsed() <= Duration::from_secs(61));
    let attempts = scene.shelf.brought().len();
    assert!((4..60).contains(&attempts), "the pauses grow: {attempts}");
    let (stats, _) = scene.end().await;
    assert_eq!((stats.delivered, stats.given_up), (0, 2));
    let letters = std::fs::read_to_string(path).unwrap();
    let topics: Vec<_> = letters
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["subject"].clone())
        .collect();
    assert_eq!(topics, ["a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn what_finds_no_room_is_dropped_and_counted() {
    let shelf = Shelf::answering((0..1_000).map(|_| later(None)));
    let scene = Scene::new(shelf, |settings| {
        settings.queue = 3;
        settings.batch = 1;
        settings.give_up_after = Duration::from_secs(3_600);
    });
    scene.tell(&["a", "b", "c", "d", "e"]);
    let stats = scene.outlet.stats();
    assert_eq!((stats.waiting, stats.dropped), (3, 2));
    let (stats, _) = scene.end().await;
    assert_eq!((stats.waiting, stats.given_up), (0, 3));

    let heavy = Scene::new(Shelf::answering([]), |settings| settings.queue_bytes = 600);
    heavy.tell(&["a", "b", "c"]);
    assert_eq!(heavy.outlet.stats().dropped, 1, "two weigh 512 bytes");
}

#[tokio::test(start_paused = true)]
async fn a_hub_that_ends_brings_what_waits() {
    let scene = Scene::new(Shelf::answering([]), |settings| settings.batch = 2);
    scene.tell(&["a", "b", "c"]);
    let (stats, brought) = scene.end().await;
    assert_eq!(brought.concat(), ["a", "b", "c"]);
    assert_eq!((stats.waiting, stats.delivered, stats.given_up), (0, 3, 0));
}

#[tokio::test(start_paused = true)]
async fn only_what_is_selected_goes_through() {
    let scene = Scene::new(Shelf::answering([]), |settings| {
        settings.selection = Selection::of(
            OccurrenceKinds::NONE.with(OccurrenceKind::Occupied),
            vec![wirehub_model::TopicFilter::parse("room/#").unwrap()],
        );
    });
    scene.tell(&["room/1", "news", "room/2"]);
    let vacated = Occurrence::Vacated(Topic::parse("room/1").unwrap());
    let source = Source::new("n", 1);
    let vacated = Occurred::new(&source, SystemTime::UNIX_EPOCH, vacated);
    scene.outlet.tell(&Arc::new(vacated));
    let (_, brought) = scene.end().await;
    assert_eq!(brought.concat(), ["room/1", "room/2"]);
}
