use proptest::prelude::*;
use wirehub_model::UserId;

use super::*;

const ME: u16 = 0;

fn topic() -> Topic {
    Topic::parse("room").unwrap()
}

fn at(millis: u64) -> Moment {
    Moment::from_micros(1_000 * millis)
}

/// A connection of shard `number % 3`.
fn connection(number: u64) -> ConnectionId {
    ConnectionId::new((number % 3) as u16, number as u32, number)
}

fn member(number: u64) -> Member {
    Member {
        connection: connection(number),
        user: UserId::parse(&format!("u{}", number / 2)).ok(),
        info: None,
        state: None,
    }
}

fn limits(members: usize, members_told: usize) -> Limits {
    Limits {
        members,
        members_told,
        members_listed: 3,
        ..Limits::default()
    }
}

/// A home under test: each line says to which shards something is told, and what.
struct Scene {
    rosters: Rosters,
    limits: Limits,
}

impl Scene {
    fn new(limits: Limits) -> Self {
        let rosters = Rosters::new(ME, false);
        Self { rosters, limits }
    }

    fn join(&mut self, now: Moment, number: u64, watch: bool) -> PresencePage {
        let watch = watch.then(|| connection(number).shard());
        let member = Arc::new(member(number));
        let joined = self
            .rosters
            .join(now, &topic(), member, watch, &self.limits);
        joined.unwrap()
    }

    fn leave(&mut self, now: Moment, number: u64) {
        let gone = connection(number);
        self.rosters.leave(now, &topic(), gone, &self.limits);
    }

    fn told(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(News { shards, told }) = self.rosters.poll_news() {
            let shards: Vec<String> = shards.iter().map(|shard| shard.to_string()).collect();
            let what = match told {
                Told::Change(change) => {
                    let edge = if change.edge { " edge" } else { "" };
                    let slot = change.member.connection.slot();
                    let was = change.was.map(|was| format!(" was {}", was.slot()));
                    let was = was.unwrap_or_default();
                    format!("{} {slot}{edge}{was}", change.kind.name())
                }
                Told::Occupancy(_, many) => format!("{}/{}", many.connections, many.users),
            };
            lines.push(format!("{}: {what}", shards.join("+")));
        }
        lines
    }
}

#[test]
fn tells_the_shards_that_watch_from_their_snapshot_on() {
    let mut scene = Scene::new(limits(100, 100));
    scene.join(at(0), 1, false);
    assert!(scene.told().is_empty(), "nobody wants to know");
    let page = scene.join(at(0), 2, true);
    assert_eq!((page.members.len(), page.occupancy.connections), (2, 2));
    assert!(
        scene.told().is_empty(),
        "the one who watches has it in its page"
    );
    let page = scene.join(at(0), 3, true);
    assert_eq!((page.members.len(), page.more), (3, false));
    assert_eq!(scene.told(), ["2: joined 3"]);
    let page = scene.join(at(0), 4, false);
    assert_eq!((page.members.len(), page.occupancy.connections), (0, 4));
    assert_eq!(scene.told(), ["0+2: joined 4 edge"]);
    scene.rosters.unwatch(&topic(), 0);
    scene.leave(at(0), 3);
    scene.leave(at(0), 3);
    assert_eq!(scene.told(), ["2: left 3"]);
}

#[test]
fn a_resumed_session_is_a_change() {
    let mut scene = Scene::new(limits(100, 100));
    scene.join(at(0), 0, true);
    scene.join(at(0), 1, false);
    let state = Update::State(Some(wirehub_model::Payload::Json("1".into())));
    let Scene { rosters, limits } = &mut scene;
    rosters
        .update(at(0), &topic(), connection(1), state.clone(), limits)
        .unwrap();
    rosters
        .update(at(0), &topic(), connection(1), state, limits)
        .unwrap();
    let again = Member {
        user: member(1).user,
        ..member(5)
    };
    let page = rosters
        .replace(at(0), &topic(), connection(1), again, None, limits)
        .unwrap();
    assert_eq!(page.occupancy.connections, 2);
    assert_eq!(
        scene.told(),
        ["0: joined 1", "0: changed 1", "0: changed 5 was 1"]
    );
    let page = scene.rosters.page(&topic(), Some(connection(1)), 10);
    assert!(page.members[0].state.is_some(), "the state was kept");
    // Who is not known any more comes anew.
    let Scene { rosters, limits } = &mut scene;
    let replaced = rosters.replace(at(0), &topic(), connection(8), member(9), None, limits);
    assert!(replaced.is_ok());
    assert_eq!(scene.told(), ["0: joined 9 edge"]);
}

#[test]
fn holds_no_more_members_than_it_may() {
    let mut scene = Scene::new(limits(2, 100));
    scene.join(at(0), 1, false);
    scene.join(at(0), 2, false);
    let Scene { rosters, limits } = &mut scene;
    let third = Arc::new(member(3));
    let refused = rosters.join(at(0), &topic(), third, Some(0), limits);
    assert_eq!(refused.unwrap_err().code, ErrorCode::LimitReached);
    scene.leave(at(0), 2);
    scene.join(at(0), 3, false);
    assert_eq!(scene.rosters.members(), 2);
}

#[test]
fn a_crowd_is_counted_at_most_once_a_second() {
    let mut scene = Scene::new(limits(100, 4));
    for number in 0..4 {
        scene.join(at(0), number, number == 0);
    }
    assert_eq!(scene.told().len(), 3);
    scene.join(at(100), 4, false);
    assert_eq!(scene.told(), ["0: 5/3"]);
    scene.join(at(200), 5, false);
    scene.join(at(300), 6, false);
    assert!(scene.told().is_empty());
    assert_eq!(scene.rosters.poll_timeout(), Some(at(1_100)));
    scene.rosters.handle_timeout(at(1_100), &scene.limits);
    assert_eq!(scene.told(), ["0: 7/4"]);
    // Four are few enough, but the way back is at less than half of that.
    for number in [6, 5, 4, 3] {
        scene.leave(at(5_000), number);
    }
    assert_eq!(scene.told(), ["0: 6/3"]);
    scene.rosters.handle_timeout(at(6_000), &scene.limits);
    assert_eq!(scene.told(), ["0: 3/2"]);
    scene.leave(at(9_000), 2);
    scene.leave(at(9_000), 1);
    assert_eq!(scene.told(), ["0: 2/1"]);
    scene.rosters.handle_timeout(at(10_000), &scene.limits);
    assert_eq!(scene.told(), ["0: 1/1"]);
    scene.join(at(10_001), 7, false);
    assert_eq!(scene.told(), ["0: joined 7 edge"]);
}

#[test]
fn a_shard_that_is_silent_takes_its_members_along() {
    let mut scene = Scene::new(limits(100, 100));
    for number in 0..6 {
        scene.join(at(0), number, true);
    }
    scene.told();
    for look in 1..=3 {
        scene
            .rosters
            .handle_timeout(at(10_000 * look), &scene.limits);
        assert!(scene.rosters.renew(2, 2));
    }
    assert!(scene.told().is_empty());
    scene.rosters.handle_timeout(at(40_000), &scene.limits);
    // Shard 1 served 1 and 4; 1 was the other connection of 0, and 4 of 5.
    assert_eq!(scene.told(), ["0+2: left 1", "0+2: left 4"]);
    assert_eq!(scene.rosters.members(), 4);

    // It only slept.
    assert!(!scene.rosters.renew(1, 2));
    for _ in 0..2 {
        let Scene { rosters, limits } = &mut scene;
        let members = vec![member(1), member(4)];
        rosters.rejoin(at(50_000), &topic(), members, Some(1), limits);
    }
    assert!(scene.rosters.renew(1, 2));
    assert_eq!(scene.told(), ["0+2: joined 1", "0+2: joined 4", "1: 6/3"]);
}

proptest! {
    /// However a topic grows and shrinks: single events bring a watcher's list from the first page
    /// to the truth; where counts were told instead, the last one and the events after it give the
    /// true number, and no two counts are closer than a second.
    #[test]
    fn what_is_told_leads_to_the_truth(
        steps in prop::collection::vec((0..20_u64, any::<bool>(), 0..900_u64), 1..100),
        told in 0..12_usize,
    ) {
        let mut scene = Scene::new(limits(15, told));
        // The watcher is served by shard 0 and never goes.
        scene.join(at(0), 99, true);
        let mut heard = Heard::default();
        let mut now = 0;
        for (number, joins, pause) in steps {
            now += pause;
            while let Some(due) = scene.rosters.poll_timeout().filter(|due| *due <= at(now)) {
                scene.rosters.handle_timeout(due, &scene.limits);
                // The other shards live.
                scene.rosters.renew(1, 0);
                scene.rosters.renew(2, 0);
                heard.take(due, &mut scene);
            }
            if joins {
                let member = Arc::new(member(number));
                let limits = &scene.limits;
                let _ = scene.rosters.join(at(now), &topic(), member, None, limits);
            } else {
                scene.leave(at(now), number);
            }
            heard.take(at(now), &mut scene);
        }
        let end = at(now + 1_000);
        scene.rosters.handle_timeout(end, &scene.limits);
        heard.take(end, &mut scene);
        let truth = scene.rosters.page(&topic(), None, 100);
        prop_assert_eq!(heard.count, truth.occupancy.connections);
        if heard.complete {
            let slots = truth.members.iter().map(|member| member.connection.slot());
            let others: BTreeSet<u32> = slots.filter(|slot| *slot != 99).collect();
            prop_assert_eq!(heard.members, others);
        }
    }
}

/// What a watcher knows.
#[derive(Debug)]
struct Heard {
    members: BTreeSet<u32>,
    /// No count was told so far.
    complete: bool,
    count: u64,
    counted_at: Option<Moment>,
}

impl Default for Heard {
    fn default() -> Self {
        Self {
            members: BTreeSet::new(),
            complete: true,
            count: 1,
            counted_at: None,
        }
    }
}

impl Heard {
    fn take(&mut self, now: Moment, scene: &mut Scene) {
        while let Some(News { told, .. }) = scene.rosters.poll_news() {
            match told {
                Told::Change(change) => {
                    let slot = change.member.connection.slot();
                    let new = match change.kind {
                        PresenceKind::Joined => {
                            self.count += 1;
                            self.members.insert(slot)
                        }
                        _ => {
                            self.count -= 1;
                            self.members.remove(&slot)
                        }
                    };
                    assert!(new || !self.complete, "told twice: {change:?}");
                }
                Told::Occupancy(_, many) => {
                    let last = self.counted_at.replace(now);
                    assert!(last.is_none_or(|last| now.since(last) >= COUNT_SPAN));
                    self.complete = false;
                    self.count = many.connections;
                }
            }
        }
    }
}
