use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::gathering::tests::publication;

const ROOMY: WindowBounds = WindowBounds {
    each: usize::MAX,
    all: usize::MAX,
};

fn at(millis: u64) -> Moment {
    Moment::from_micros(millis * 1_000)
}

fn rules(count: usize, latest: bool) -> Window {
    Window {
        time: Duration::from_millis(50),
        count,
        latest,
    }
}

fn gathered(topic: &str, number: u64) -> Gathered {
    Gathered::one(Arc::new(publication(topic, None, number)), None)
}

#[test]
fn the_bytes_of_a_window_and_of_all_are_bounded() {
    let mut windows = Windows::default();
    let bounds = WindowBounds { each: 5, all: 8 };
    let mut gather = |topic, number| {
        let gathered = gathered(topic, number);
        windows
            .gather(at(0), rules(100, false), bounds, gathered)
            .full
    };
    assert!(!gather("a", 1234));
    assert!(gather("a", 5));
    assert!(gather("b", 123));
    windows.take(&Topic::parse("a").unwrap());
    windows.take(&Topic::parse("b").unwrap());
    assert_eq!((windows.bytes, windows.poll_timeout()), (0, None));
}

/// Topic, key and how many milliseconds later.
type Said = (u8, Option<u8>, u64);

fn said() -> impl Strategy<Value = Said> {
    (0_u8..3, prop::option::of(0_u8..3), 0_u64..30)
}

proptest! {
    /// However they are gathered, each window says the newest of each key, or everything, in order;
    /// nothing waits longer than it may, and no window holds more than it may.
    #[test]
    fn windows_say_the_same_as_what_was_published(
        all in prop::collection::vec(said(), 1..80),
        count in 1_usize..6,
        latest in any::<bool>(),
    ) {
        let mut windows = Windows::default();
        // What waits, by topic: number, key, moment.
        let mut naive = vec![Vec::<(u64, Option<u8>, u64)>::new(); 3];
        let mut now = 0;
        let (mut arrived, mut told) = (0, 0);
        for (number, (topic, key, later)) in all.into_iter().enumerate() {
            let number = number as u64;
            now += later;
            while let Some(over) = windows.poll_due(at(now)) {
                let index: usize = over.as_str().parse().unwrap();
                prop_assert!(naive[index][0].2 + 50 <= now);
                told += compare(&windows.take(&over).unwrap(), &mut naive[index], latest)?;
            }
            for waiting in &naive {
                prop_assert!(waiting.first().is_none_or(|(_, _, first)| first + 50 > now));
            }
            let name = topic.to_string();
            let key_name = key.map(|key| format!("k{key}"));
            let publication = publication(&name, key_name.as_deref(), number);
            let one = Gathered::one(Arc::new(publication), None);
            let waits = windows.gather(at(now), rules(count, latest), ROOMY, one);
            let waiting = &mut naive[usize::from(topic)];
            let known = waiting.iter().any(|(_, other, _)| *other == key);
            prop_assert_eq!(waits.conflated, latest && known);
            waiting.push((number, key, now));
            arrived += 1;
            if waits.full {
                let name = Topic::parse(&name).unwrap();
                let gathered = windows.take(&name).unwrap();
                prop_assert_eq!(gathered.len(), count);
                told += compare(&gathered, waiting, latest)?;
                prop_assert!(windows.take(&name).is_none());
            }
        }
        let waiting: usize = naive.iter().map(Vec::len).sum();
        prop_assert_eq!(told + waiting as u32, arrived);
        prop_assert_eq!(windows.poll_timeout().is_some(), waiting > 0);
    }
}

/// Holds a window against what was published; returns for how many it stands.
fn compare(
    window: &[Gathered],
    waiting: &mut Vec<(u64, Option<u8>, u64)>,
    latest: bool,
) -> Result<u32, TestCaseError> {
    let waiting = std::mem::take(waiting);
    let mut expected = Vec::new();
    for (place, (number, key, _)) in waiting.iter().enumerate() {
        let same = |others: &[(u64, Option<u8>, u64)]| {
            let same = others.iter().filter(|(_, other, _)| latest && other == key);
            same.count() as u32
        };
        if same(&waiting[place + 1..]) == 0 {
            expected.push((*number, 1 + same(&waiting[..place])));
        }
    }
    let got: Vec<_> = window
        .iter()
        .map(|gathered| (gathered.publication.position.offset.0, gathered.count))
        .collect();
    prop_assert_eq!(&got, &expected);
    Ok(got.iter().map(|(_, count)| count).sum())
}
