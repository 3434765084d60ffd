//! Clients come, speak, read slowly and go; shards hear of each other late. Whatever the order, the
//! promises hold.

use proptest::prelude::*;

use crate::history::{SHARDS, Step, TOPICS, USERS, judge};

fn step() -> impl Strategy<Value = Step> {
    let who = || 0..8_usize;
    let (filters, topics, users) = (0..TOPICS.len() + 2, 0..TOPICS.len(), 0..USERS.len());
    prop_oneof![
        4 => (0..SHARDS, users.clone()).prop_map(|(shard, user)| Step::Open { shard, user }),
        8 => (who(), filters.clone()).prop_map(|(who, filter)| Step::Subscribe { who, filter }),
        2 => (who(), filters.clone()).prop_map(|(who, filter)| Step::Pace { who, filter }),
        4 => (who(), filters).prop_map(|(who, filter)| Step::Unsubscribe { who, filter }),
        12 => (who(), topics.clone()).prop_map(|(who, topic)| Step::Publish { who, topic }),
        2 => (who(), topics).prop_map(|(who, topic)| Step::State { who, topic }),
        1 => (who(), users.clone()).prop_map(|(who, user)| Step::SendToUser { who, user }),
        1 => (who(), who()).prop_map(|(who, to)| Step::SendToConnection { who, to }),
        1 => who().prop_map(|who| Step::Ping { who }),
        1 => (0..SHARDS, users).prop_map(|(shard, user)| Step::Disconnect { shard, user }),
        1 => who().prop_map(|who| Step::Goodbye { who }),
        2 => who().prop_map(|who| Step::Vanish { who }),
        3 => (who(), who()).prop_map(|(who, old)| Step::Resume { who, old }),
        6 => (who(), 0..100_usize).prop_map(|(who, bytes)| Step::Room { who, bytes }),
        12 => any::<usize>().prop_map(|pair| Step::Carry { pair }),
        2 => (0..2_000_u64).prop_map(|millis| Step::Pass { millis }),
        1 => any::<bool>().prop_map(Step::LongTurns),
        3 => Just(Step::EndTurns),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_the_order(steps in prop::collection::vec(step(), 1..150)) {
        judge(&steps);
    }

    #[test]
    fn whatever_the_bytes(bytes in prop::collection::vec(any::<[u8; 3]>(), 1..150)) {
        let steps: Vec<Step> = bytes.into_iter().map(Step::from_bytes).collect();
        judge(&steps);
    }
}
