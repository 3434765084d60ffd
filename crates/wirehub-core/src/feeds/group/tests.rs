use std::{collections::BTreeMap, sync::Arc};

use proptest::prelude::*;

use super::*;
use crate::gathering::tests::publication;

fn at(millis: u64) -> Moment {
    Moment::from_micros(millis * 1_000)
}

fn every(millis: u64) -> Pace {
    Pace {
        every: Duration::from_millis(millis),
        level: None,
    }
}

fn say(group: &mut Group, name: &str, number: u64) -> Held {
    let publication = publication(name, None, number);
    group.hold(Gathered::one(Arc::new(publication), None), usize::MAX)
}

#[test]
fn a_pace_is_rounded_up_to_a_step() {
    let cases = [
        (0, 100),
        (100, 100),
        (101, 250),
        (3_600_000, 3_600_000),
        (u64::MAX, 3_600_000),
    ];
    for (wished, given) in cases {
        assert_eq!(rounded(every(wished)), every(given));
    }
    let level = Pace {
        level: Some(2),
        ..every(1_500)
    };
    assert_eq!(rounded(level).level, Some(2));
}

#[test]
fn what_is_held_back_is_bounded_and_the_newest_stays() {
    let mut group = Group::new(every(1_000));
    let mut dropped = 0;
    for number in 0..2_000 {
        dropped += say(&mut group, &format!("a/{number}"), number).dropped;
    }
    assert_eq!((group.held.len(), dropped), (Gathering::MOST, 976));
    let release = group.release(at(0));
    let (_, newest) = release.entries.last().unwrap();
    assert_eq!(newest.publication.position.offset.0, 1_999);
}

#[test]
fn a_publication_larger_than_all_that_may_be_held_goes_all_the_same() {
    let mut group = Group::new(every(1_000));
    say(&mut group, "a", 1);
    say(&mut group, "b", 2);
    let large = publication("c", None, 12_345);
    let held = group.hold(Gathered::one(Arc::new(large), None), 4);
    assert_eq!((held.dropped, group.held.len()), (2, 1));
}

#[test]
fn who_comes_late_gets_what_came_later() {
    let mut group = Group::new(every(1_000));
    group.join(1);
    say(&mut group, "a", 1);
    group.join(2);
    say(&mut group, "b", 2);
    group.join(3);
    group.join(4);
    // The last one moves to the place of the one who left.
    assert_eq!(group.leave(1), Some(4));
    let release = group.release(at(0));
    assert_eq!(release.late, [(2, 3), (2, 4)]);
    assert_eq!(group.members, [1, 4, 3]);
    assert!(group.release(at(0)).late.is_empty());
}

proptest! {
    /// The rate holds, the last value of each thing always arrives, no later than a span after it
    /// was said, and the counts add up.
    #[test]
    fn a_pace_is_kept_and_the_last_value_arrives(
        said in prop::collection::vec((0_u64..400, 0_u8..4, any::<bool>()), 1..100),
        level in prop::option::of(0_u8..3),
    ) {
        let span = 500;
        let mut group = Group::new(Pace { level, ..every(span) });
        let mut now = 0;
        let mut sent: Vec<u64> = Vec::new();
        // The last number said about each thing, and the last that was told.
        let (mut last, mut told) = (BTreeMap::new(), BTreeMap::new());
        let (mut arrived, mut counted, mut conflated) = (0, 0, 0);
        let mut release = |group: &mut Group, now: u64, told: &mut BTreeMap<String, (u64, u64)>| {
            let release = group.release(at(now));
            if !release.entries.is_empty() {
                sent.push(now);
            }
            for (_, entry) in release.entries {
                counted += entry.count;
                let name = about(entry.publication.topic.as_str(), level);
                told.insert(name, (entry.publication.position.offset.0, now));
            }
        };
        for (number, (later, branch, deep)) in said.into_iter().enumerate() {
            let then = now + later;
            while let Some(until) = group.until().filter(|until| *until <= at(then)) {
                now = until.as_micros() / 1_000;
                release(&mut group, now, &mut told);
            }
            now = then;
            let name = format!("{}/{branch}{}", branch % 2, if deep { "/x" } else { "" });
            conflated += say(&mut group, &name, number as u64).conflated;
            last.insert(about(&name, level), (number as u64, now));
            arrived += 1;
            if group.is_due(at(now)) {
                release(&mut group, now, &mut told);
            }
        }
        let mut spans = 0;
        while let Some(until) = group.until() {
            now = until.as_micros() / 1_000;
            release(&mut group, now, &mut told);
            spans += 1;
        }
        prop_assert!(spans <= 2, "silence begins one span after the last delivery");
        prop_assert!(sent.windows(2).all(|pair| pair[1] - pair[0] >= span));
        prop_assert_eq!(last.len(), told.len());
        for (name, (number, said_at)) in last {
            let (heard, heard_at) = told[&name];
            prop_assert_eq!(heard, number);
            prop_assert!(heard_at - said_at <= span);
        }
        prop_assert_eq!(counted, arrived);
        prop_assert!(conflated < u64::from(arrived));
    }
}

/// What a topic is about, found the simple way.
fn about(name: &str, level: Option<u8>) -> String {
    match level {
        None => name.to_owned(),
        Some(count) => {
            let levels: Vec<_> = name.split('/').take(usize::from(count)).collect();
            levels.join("/")
        }
    }
}
