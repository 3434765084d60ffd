use proptest::prelude::*;

use super::*;

fn connection(number: u64) -> ConnectionId {
    ConnectionId::new((number % 3) as u16, number as u32, number)
}

fn member(number: u64, user: Option<&str>) -> Member {
    Member {
        connection: connection(number),
        user: user.map(|name| UserId::parse(name).unwrap()),
        info: None,
        state: None,
    }
}

fn state(text: &'static str) -> Option<Payload> {
    Some(Payload::Json(text.into()))
}

#[test]
fn tells_a_users_first_and_last_connection() {
    let mut roster = Roster::default();
    assert!(roster.join(Arc::new(member(1, Some("ann")))));
    assert!(!roster.join(Arc::new(member(2, Some("ann")))));
    assert!(roster.join(Arc::new(member(3, None))));
    assert!(roster.join(Arc::new(member(4, None))));
    let occupancy = roster.occupancy();
    assert_eq!((occupancy.connections, occupancy.users), (4, 1));
    assert!(!roster.leave(connection(1)).unwrap().1);
    assert!(roster.leave(connection(1)).is_none());
    assert!(roster.leave(connection(2)).unwrap().1);
    assert!(roster.leave(connection(3)).unwrap().1);
    assert_eq!(roster.occupancy().users, 0);
}

#[test]
fn a_new_connection_keeps_the_state_of_the_old_one() {
    let mut roster = Roster::default();
    roster.join(Arc::new(member(1, Some("ann"))));
    let away = Update::State(state("away"));
    assert!(roster.update(connection(1), away.clone()).unwrap().1);
    assert!(!roster.update(connection(1), away).unwrap().1);
    let now = roster.replace(connection(1), member(2, Some("ann")));
    assert_eq!(now.unwrap().state, state("away"));
    assert!(!roster.contains(connection(1)) && roster.contains(connection(2)));
    assert_eq!(roster.occupancy().users, 1);
    assert!(
        roster
            .replace(connection(7), member(8, Some("ann")))
            .is_none()
    );
}

#[test]
fn a_member_that_somebody_still_reads_is_not_changed_under_his_eyes() {
    let mut roster = Roster::default();
    roster.join(Arc::new(member(1, None)));
    let page = roster.page(None, 1);
    roster.update(connection(1), Update::Info(Some("{}".into())));
    assert_eq!(page.members[0].info, None);
    assert_eq!(roster.page(None, 1).members[0].info.as_deref(), Some("{}"));
}

/// One thing that happens to a roster.
#[derive(Clone, Debug)]
enum Step {
    Join(u64, usize),
    Leave(u64),
    Update(u64, bool),
    Replace(u64, u64),
}

const USERS: [Option<&str>; 4] = [None, Some("ann"), Some("bob"), Some("eve")];

fn step() -> impl Strategy<Value = Step> {
    let number = || 0..12_u64;
    prop_oneof![
        4 => (number(), 0..USERS.len()).prop_map(|(number, user)| Step::Join(number, user)),
        2 => number().prop_map(Step::Leave),
        2 => (number(), any::<bool>()).prop_map(|(number, away)| Step::Update(number, away)),
        1 => (number(), number()).prop_map(|(old, new)| Step::Replace(old, new)),
    ]
}

/// A list that is looked through from its start each time.
#[derive(Debug, Default)]
struct Naive(Vec<Member>);

impl Naive {
    fn place(&self, number: u64) -> Option<usize> {
        let mut members = self.0.iter();
        members.position(|member| member.connection == connection(number))
    }

    fn is_alone(&self, user: Option<&UserId>) -> bool {
        let same = self.0.iter().filter(|member| member.user.as_ref() == user);
        user.is_none() || same.count() == 1
    }

    fn users(&self) -> usize {
        let mut users: Vec<_> = self
            .0
            .iter()
            .filter_map(|member| member.user.clone())
            .collect();
        users.sort();
        users.dedup();
        users.len()
    }

    fn play(&mut self, roster: &mut Roster, step: &Step) {
        match *step {
            Step::Join(number, user) => {
                if self.place(number).is_none() {
                    let member = member(number, USERS[user]);
                    self.0.push(member.clone());
                    let first = self.is_alone(member.user.as_ref());
                    assert_eq!(roster.join(Arc::new(member)), first);
                }
            }
            Step::Leave(number) => {
                let left = roster.leave(connection(number));
                let place = self.place(number);
                assert_eq!(left.is_some(), place.is_some());
                if let (Some((member, last)), Some(place)) = (left, place) {
                    assert_eq!(last, self.is_alone(member.user.as_ref()));
                    assert_eq!(*member, self.0.remove(place));
                }
            }
            Step::Update(number, away) => {
                let state = if away { state("away") } else { None };
                let updated = roster.update(connection(number), Update::State(state.clone()));
                let place = self.place(number);
                assert_eq!(updated.is_some(), place.is_some());
                if let (Some((member, differs)), Some(place)) = (updated, place) {
                    assert_eq!(differs, self.0[place].state != state);
                    self.0[place].state = state;
                    assert_eq!(*member, self.0[place]);
                }
            }
            Step::Replace(old, new) => {
                let Some(place) = self.place(old).filter(|_| self.place(new).is_none()) else {
                    return;
                };
                self.0[place].connection = connection(new);
                let now = roster.replace(connection(old), member_like(&self.0[place]));
                assert_eq!(*now.unwrap(), self.0[place]);
            }
        }
    }
}

/// The member as its shard knows it: without the state, which only the roster has.
fn member_like(member: &Member) -> Member {
    Member {
        state: None,
        ..member.clone()
    }
}

proptest! {
    #[test]
    fn is_the_list_that_somebody_would_keep_by_hand(
        steps in prop::collection::vec(step(), 1..60),
        limit in 1..5_usize,
    ) {
        let (mut naive, mut roster) = (Naive::default(), Roster::default());
        for step in &steps {
            naive.play(&mut roster, step);
            prop_assert_eq!(roster.len(), naive.0.len());
            prop_assert_eq!(roster.occupancy().users, naive.users() as u64);
        }
        naive.0.sort_by_key(|member| member.connection);
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = roster.page(after, limit);
            prop_assert!(page.members.len() <= limit);
            after = page.members.last().map(|member| member.connection);
            seen.extend(page.members.iter().map(|member| (**member).clone()));
            if !page.more {
                break;
            }
        }
        prop_assert_eq!(seen, naive.0.clone());
        for shard in 0..3 {
            let here: Vec<_> = roster.of_shard(shard).collect();
            let expected = naive.0.iter().map(|member| member.connection);
            let expected: Vec<_> = expected.filter(|id| id.shard() == shard).collect();
            prop_assert_eq!(here, expected);
        }
    }
}
