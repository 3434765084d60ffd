use wirehub_model::{HistoryRules, Key, Message, Payload};

use super::*;

/// A home with what it is handed at each call.
struct World {
    home: Home,
    random: Random,
    limits: Limits,
    namespaces: Namespaces,
}

impl World {
    fn new() -> Self {
        Self::with(Namespace::new(TopicFilter::everything()))
    }

    fn with(namespace: Namespace) -> Self {
        Self {
            home: Home::new(),
            random: Random::new(1),
            limits: Limits::default(),
            namespaces: Namespaces::new(Vec::new(), namespace),
        }
    }

    fn remembering() -> Self {
        let history = HistoryRules {
            size: 3,
            ttl: Duration::from_secs(60),
            bytes: 1_000,
        };
        Self::with(Namespace {
            history,
            ..Namespace::new(TopicFilter::everything())
        })
    }

    fn place(&mut self, now: Moment, name: &str) -> Result<Placed, Refusal> {
        self.place_as(now, name, None)
    }

    fn place_as(&mut self, now: Moment, name: &str, key: Option<&str>) -> Result<Placed, Refusal> {
        let draft = Draft {
            topic: topic(name),
            message: Message::of(Payload::Json("0".into())),
            key: None,
            idempotency_key: key.map(|key| Key::parse(key).unwrap()),
            from: None,
            accepted_at: now,
            expires_at: None,
            exclude: None,
            trace: None,
        };
        let rules = Rules {
            namespace: self.namespaces.of_topic(&draft.topic),
            limits: &self.limits,
        };
        self.home.place(now, draft, rules, &mut self.random)
    }

    /// Where a publication lands, and the shards that want it.
    fn placed(&mut self, now: Moment, name: &str) -> (Position, Vec<u16>) {
        match self.place(now, name).unwrap() {
            Placed::New(publication, shards) => (publication.position, shards.iter().collect()),
            Placed::Before(_) => panic!("nobody gave a key"),
        }
    }

    fn subscribe(&mut self, now: Moment, name: &str, shard: u16) -> Position {
        let (home, random) = (&mut self.home, &mut self.random);
        let place = home.subscribe(now, &topic(name), shard, &self.limits, random);
        place.unwrap()
    }

    fn unsubscribe(&mut self, now: Moment, text: &str, shard: u16) {
        self.home
            .unsubscribe(now, &filter(text), shard, &self.namespaces);
    }

    fn attach(&mut self, now: Moment, name: &str, since: Position) -> Attachment {
        let topic = topic(name);
        let rules = Rules {
            namespace: self.namespaces.of_topic(&topic),
            limits: &self.limits,
        };
        let (home, random) = (&mut self.home, &mut self.random);
        home.attach(now, &topic, Some(since), rules, random)
            .unwrap()
    }

    fn pass(&mut self, now: Moment) {
        self.home.handle_timeout(now, &self.namespaces);
    }
}

fn topic(name: &str) -> Topic {
    Topic::parse(name).unwrap()
}

fn filter(text: &str) -> TopicFilter {
    TopicFilter::parse(text).unwrap()
}

fn at(seconds: u64) -> Moment {
    Moment::ZERO + Duration::from_secs(seconds)
}

/// When something that is due then is looked at.
fn looked_at(due: Moment) -> Moment {
    due + Duration::from_secs(1)
}

#[test]
fn counts_publications_and_finds_interested_shards() {
    let mut world = World::new();
    let now = Moment::ZERO;
    let place = world.subscribe(now, "a/b", 3);
    assert_eq!(place.offset, Offset(0));
    world.home.subscribe_filter(&filter("a/+"), 5);

    let (first, shards) = world.placed(now, "a/b");
    assert_eq!((first.offset, first.epoch), (Offset(1), place.epoch));
    assert_eq!(shards, [3, 5]);

    world.unsubscribe(now, "a/b", 3);
    world.unsubscribe(now, "a/+", 5);
    let (second, shards) = world.placed(now, "a/b");
    assert_eq!((second.offset, shards), (Offset(2), vec![]));
}

#[test]
fn forgets_idle_topics_and_begins_a_new_epoch() {
    let mut world = World::new();
    let (first, _) = world.placed(Moment::ZERO, "a");
    let later = world.home.poll_timeout().unwrap();
    assert_eq!(later, looked_at(Moment::ZERO + IDLE));
    world.pass(later);
    assert_eq!((world.home.len(), world.home.poll_timeout()), (0, None));

    let (second, _) = world.placed(later, "a");
    assert_eq!(second.offset, Offset(1));
    assert_ne!(second.epoch, first.epoch);
}

#[test]
fn keeps_topics_in_use() {
    let mut world = World::new();
    world.placed(Moment::ZERO, "used");
    world.placed(Moment::ZERO, "heard");
    let half = Moment::ZERO + IDLE / 2;
    world.placed(half, "used");
    world.subscribe(half, "heard", 0);

    world.pass(looked_at(Moment::ZERO + IDLE));
    assert_eq!(world.home.len(), 2);
    world.pass(looked_at(half + IDLE));
    assert_eq!((world.home.len(), world.home.poll_timeout()), (1, None));
}

#[test]
fn holds_no_more_topics_than_it_may() {
    let mut world = World::new();
    world.limits.topics = 1;
    let now = Moment::ZERO;
    assert!(world.place(now, "a").is_ok());
    assert!(world.place(now, "a").is_ok());
    let refusal = world.place(now, "b").unwrap_err();
    assert_eq!(refusal.code, ErrorCode::LimitReached);
}

#[test]
fn a_topic_lives_as_long_as_its_memory() {
    let mut world = World::remembering();
    let (first, _) = world.placed(at(0), "a");
    world.placed(at(250), "a");
    let attachment = world.attach(at(250), "a", first);
    assert_eq!(attachment.recovery, Some(wirehub_model::Recovery::Complete));
    assert_eq!(attachment.missed.len(), 1);
    assert_eq!(world.home.ledger().publications(), 1);

    let mut last = at(0);
    while let Some(next) = world.home.poll_timeout() {
        assert!(next > last, "the same look again and again");
        last = next;
        world.pass(next);
    }
    assert_eq!(last, looked_at(at(250) + IDLE));
    assert_eq!((world.home.len(), world.home.ledger().bytes()), (0, 0));
}

#[test]
fn forgets_the_oldest_of_all_when_there_is_too_much() {
    let mut world = World::remembering();
    let (quiet, _) = world.placed(at(0), "quiet");
    let each = world.home.ledger().bytes();
    world.limits.remembered_bytes = 3 * each;
    let (busy, _) = world.placed(at(0), "busy");
    for _ in 0..2 {
        world.placed(at(0), "busy");
    }
    let ledger = world.home.ledger();
    assert_eq!((ledger.publications(), ledger.forgotten()), (3, 1));
    assert_eq!(ledger.bytes(), 3 * each);
    let start = |place: Position| Position {
        offset: Offset(0),
        ..place
    };
    assert_eq!(world.attach(at(1), "busy", start(busy)).missed.len(), 3);
    let gap = world.attach(at(1), "quiet", start(quiet)).recovery;
    let expired = wirehub_model::Recovery::Incomplete(wirehub_model::Gap::Expired);
    assert_eq!(gap, Some(expired));
}

#[test]
fn values_alone_keep_to_the_bound_too() {
    let mut world = World::with(Namespace {
        retained: true,
        ..Namespace::new(TopicFilter::everything())
    });
    world.placed(at(0), "a");
    let each = world.home.ledger().bytes();
    world.limits.remembered_bytes = 2 * each;
    for name in ["b", "c", "d"] {
        world.placed(at(0), name);
    }
    let ledger = world.home.ledger();
    assert_eq!((ledger.values(), ledger.forgotten()), (2, 2));
    assert_eq!(ledger.bytes(), 2 * each);
}

#[test]
fn the_account_of_a_busy_topic_does_not_grow() {
    let mut world = World::remembering();
    for _ in 0..10_000 {
        world.placed(at(0), "busy");
    }
    let ledger = world.home.ledger();
    assert_eq!((ledger.publications(), ledger.forgotten()), (3, 0));
    assert!(ledger.listed() < 2_000, "{} entries", ledger.listed());
}

#[test]
fn publishes_once_what_is_sent_twice() {
    let mut world = World::new();
    assert!(matches!(
        world.place_as(at(0), "a", Some("k")),
        Ok(Placed::New(..))
    ));
    world.placed(at(1), "a");
    let again = world.place_as(at(2), "a", Some("k")).unwrap();
    assert!(matches!(again, Placed::Before(place) if place.offset == Offset(1)));
    let elsewhere = world.place_as(at(2), "b", Some("k")).unwrap();
    assert!(matches!(elsewhere, Placed::New(..)));
    let late = world.place_as(at(400), "a", Some("k")).unwrap();
    assert!(
        matches!(late, Placed::New(publication, _) if publication.position.offset == Offset(3))
    );
}
