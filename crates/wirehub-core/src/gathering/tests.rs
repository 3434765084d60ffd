use proptest::prelude::*;
use wirehub_model::{Epoch, Message, Offset, Payload, Position};

use super::*;

/// A publication whose offset is its number.
pub(crate) fn publication(topic: &str, key: Option<&str>, number: u64) -> Publication {
    Publication {
        topic: Topic::parse(topic).unwrap(),
        message: Message::of(Payload::Json(number.to_string().into_bytes().into())),
        key: key.map(|key| Key::parse(key).unwrap()),
        position: Position {
            epoch: Epoch::new(1),
            offset: Offset(number),
        },
        from: None,
        accepted_at: Moment::ZERO,
        expires_at: None,
        trace: None,
    }
}

#[test]
fn levels_are_counted_from_the_start() {
    let publication = publication("a/b/c", None, 1);
    let levels = |count| Subject::levels(&publication, count);
    for (count, name) in [(0, ""), (1, "a"), (2, "a/b"), (3, "a/b/c"), (9, "a/b/c")] {
        assert_eq!(levels(count), Subject::Levels(name.into()));
    }
}

proptest! {
    #[test]
    fn the_newest_about_each_thing_is_left(
        keys in prop::collection::vec(prop::option::weighted(0.8, 0_u8..5), 1..60),
        drops in prop::collection::vec(any::<bool>(), 60),
    ) {
        let mut gathering = Gathering::default();
        // Number, key, count; simply searched.
        let mut naive: Vec<(u64, Option<u8>, u32)> = Vec::new();
        for (number, (key, drops)) in keys.iter().zip(drops).enumerate() {
            let name = key.map(|key| format!("k{key}"));
            let publication = publication("a", name.as_deref(), number as u64);
            let subject = key.map(|_| Subject::key(&publication));
            let gathered = Gathered::one(Arc::new(publication), None);
            let older = naive.iter().position(|(_, other, _)| key.is_some() && other == key);
            let count = older.map_or(0, |older| naive.remove(older).2);
            prop_assert_eq!(gathering.add(subject, gathered), older.is_some());
            naive.push((number as u64, *key, count + 1));
            if drops && naive.len() > 3 {
                let gone = gathering.pop_oldest().unwrap();
                prop_assert_eq!(gone.count, naive.remove(0).2);
            }
            prop_assert_eq!(gathering.len(), naive.len());
            let bytes: usize = naive.iter().map(|(number, ..)| number.to_string().len()).sum();
            prop_assert_eq!(gathering.bytes(), bytes);
        }
        let mut left = Vec::new();
        for (number, gathered) in gathering.take() {
            prop_assert_eq!(gathered.publication.position.offset, Offset(number));
            left.push((number, gathered.count));
        }
        let expected: Vec<_> = naive.iter().map(|(number, _, count)| (*number, *count)).collect();
        prop_assert_eq!(left, expected);
        prop_assert!(gathering.is_empty() && gathering.bytes() == 0);
    }
}
