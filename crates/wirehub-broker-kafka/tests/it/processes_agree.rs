use proptest::{collection::vec, prelude::*};
use wirehub_broker::{Link, conformance::Subject as _};

use crate::scene::{KEEP, OnCluster, append, attach, once, topic};

/// What one of two processes does.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Publish(u8),
    Named(u8, u8),
    Forget(u8),
    Open(u8),
    Wait(u8),
}

fn deed() -> impl Strategy<Value = (bool, Deed)> {
    let deed = prop_oneof![
        4 => (0..3_u8).prop_map(Deed::Publish),
        4 => (0..3_u8, 0..4_u8).prop_map(|(topic, name)| Deed::Named(topic, name)),
        1 => (0..3_u8).prop_map(Deed::Forget),
        1 => (0..3_u8).prop_map(Deed::Open),
        1 => (0..200_u8).prop_map(Deed::Wait),
    ];
    (any::<bool>(), deed)
}

/// Two processes do anything at the same time, while names of publications end; they come to the
/// same, and so does a third one that reads it all later.
#[test]
fn whatever_is_done_all_come_to_the_same() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let config = ProptestConfig {
        cases: 6,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(deeds in vec(deed(), 1..120))| {
        runtime.block_on(play(&deeds));
    });
}

async fn play(deeds: &[(bool, Deed)]) {
    // So that all that is known to the third has been kept a moment ago.
    let subject = OnCluster::with(|settings| settings.keep_every = 10);
    let other = subject.another();
    let (a, _) = attach(&subject.kafka(), "a").await;
    let (b, _) = attach(&other, "b").await;
    let there = |number: u8| topic(&format!("agree/{number}"));
    let mut published = Vec::new();
    let mut forgotten = Vec::new();
    for (index, (is_first, deed)) in deeds.iter().enumerate() {
        let link = if *is_first { &a } else { &b };
        let text = index.to_string();
        match *deed {
            Deed::Publish(topic) => {
                published.push(link.append(vec![append(&subject, &there(topic), &text)]));
            }
            Deed::Named(topic, name) => {
                let one = append(&subject, &there(topic), &text);
                published.push(link.append(vec![once(one, &format!("n{name}"))]));
            }
            Deed::Forget(topic) => forgotten.push(link.forget(there(topic))),
            Deed::Open(topic) => _ = link.open(there(topic), KEEP).await.unwrap(),
            Deed::Wait(seconds) => {
                subject
                    .advance(std::time::Duration::from_secs(seconds.into()))
                    .await;
            }
        }
    }
    for answer in published {
        answer.await.unwrap().remove(0).unwrap();
    }
    for answer in forgotten {
        answer.await.unwrap();
    }
    let third = subject.another();
    let (c, _) = attach(&third, "c").await;
    for number in 0..3 {
        let seen =
            [&a, &b, &c].map(|link: &std::sync::Arc<dyn Link>| link.open(there(number), KEEP));
        let [one, two, three] = seen;
        let one = one.await.unwrap();
        assert_eq!(two.await.unwrap(), one);
        assert_eq!(three.await.unwrap(), one);
    }
}
