use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use wirehub_broker::{
    BrokerError, Delivery, Link, MembersQuery, NodeName,
    conformance::{Inbox, Remote, Subject},
};
use wirehub_broker_redis::RedisSettings;
use wirehub_model::{Position, Topic, TopicFilter};

use crate::{
    redis_cluster::RedisCluster,
    redis_server::{DURABLE, FORGETFUL},
    scene::{KEEP, attach, come_back, fresh_on, member, on_servers, text, topic},
};

/// As in a file of Redis.
const PATIENCE: u32 = 15_000;
/// How long a node is there when it says nothing.
const LEASE: Duration = Duration::from_secs(60);
/// A master that is dead is found out soon.
const HASTE: u32 = 1_500;

/// Publishes one after the other until it is over; returns what was acknowledged. Nothing is
/// refused.
async fn publish(
    subject: &Remote,
    link: &Arc<dyn Link>,
    name: &str,
    over: &AtomicBool,
) -> Vec<(Position, String)> {
    let mut acknowledged = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let text = acknowledged.len().to_string();
        let one = subject.append(&topic(name), &text);
        let appended = link.append(vec![one]).await.unwrap().remove(0).unwrap();
        acknowledged.push((appended.position, text));
    }
    acknowledged
}

/// Hears until a position.
async fn hear_until(inbox: &Inbox, heard: &mut Vec<Position>, last: Option<Position>) {
    while last.is_some_and(|last| heard.last().is_none_or(|heard| heard.offset < last.offset)) {
        heard.push(inbox.next_record().await.position);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_keeps_the_promises() {
    let cluster = RedisCluster::start(3, false, PATIENCE, FORGETFUL);
    let settings = RedisSettings::new(cluster.url());
    wirehub_broker::conformance_in_turn!(|| fresh_on(&settings)).await;
}

/// Slots move under publications, to and fro: a topic goes on in its epoch, and its subscribers on
/// another hub miss nothing and hear nothing twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn topics_follow_their_slots() {
    let cluster = Arc::new(RedisCluster::start(3, false, PATIENCE, FORGETFUL));
    let subject = on_servers(RedisSettings::new(cluster.url()));
    let (a, _) = subject.attach("a").await;
    let other = subject.another();
    let (b, inbox) = attach(&*other, "b").await;
    let name = "move/a";
    let opened = b.open(topic(name), KEEP).await.unwrap();
    let slot = cluster.slot(&format!("{{{name}}}"));
    let mut owner = cluster.owner(slot, 0);
    let over = AtomicBool::new(false);
    let mut heard = Vec::new();
    let moving = async {
        for _ in 0..6 {
            for _ in 0..20 {
                heard.push(inbox.next_record().await.position);
            }
            let to = (owner + 1) % cluster.masters;
            let moves = Arc::clone(&cluster);
            let moved = tokio::task::spawn_blocking(move || moves.move_slot(slot, owner, to));
            moved.await.unwrap();
            owner = to;
        }
        over.store(true, Ordering::Relaxed);
    };
    let (acknowledged, ()) =
        futures_util::future::join(publish(&subject, &a, name, &over), moving).await;
    let last = acknowledged.last().map(|(position, _)| *position);
    hear_until(&inbox, &mut heard, last).await;
    for (place, position) in heard.iter().enumerate() {
        assert_eq!(position.epoch, opened.position.epoch, "after {place}");
        assert_eq!(position.offset.0, place as u64 + 1);
    }
    // Every publication was acknowledged once: nothing was tried again that was done already.
    let offsets: Vec<u64> = acknowledged
        .iter()
        .map(|(position, _)| position.offset.0)
        .collect();
    assert_eq!(offsets, (1..=offsets.len() as u64).collect::<Vec<u64>>());
    let all = a.open(topic(name), KEEP).await.unwrap();
    for ((position, said), record) in acknowledged.iter().zip(&all.history) {
        assert_eq!((record.position, &text(record)), (*position, said));
    }
}

/// A master is killed and its replica takes over: what was acknowledged and was not copied may be
/// lost, and so the topic begins an epoch.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_takes_over_with_an_epoch_of_its_own() {
    let mut cluster = RedisCluster::start(3, true, HASTE, DURABLE);
    let mut settings = RedisSettings::new(cluster.url());
    settings.durable = true;
    settings.replicas = 1;
    let subject = on_servers(settings);
    let (a, _) = subject.attach("a").await;
    let other = subject.another();
    let (b, inbox) = attach(&*other, "b").await;
    let name = "fail/a";
    b.open(topic(name), KEEP).await.unwrap();
    let slot = cluster.slot(&format!("{{{name}}}"));
    let owner = cluster.owner(slot, 0);
    let mut before = Vec::new();
    for number in 0..50 {
        let one = subject.append(&topic(name), &number.to_string());
        before.push(
            a.append(vec![one])
                .await
                .unwrap()
                .remove(0)
                .unwrap()
                .position,
        );
    }
    let mut heard = Vec::new();
    hear_until(&inbox, &mut heard, before.last().copied()).await;
    assert_eq!(heard, before);
    cluster.servers[owner].kill();
    let by = (owner + 1) % cluster.masters;
    while cluster.owner(slot, by) == owner {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // It copies from the new master now, which has nobody else to copy what it takes.
    cluster.servers[owner].start_again();
    let after = loop {
        let one = subject.append(&topic(name), "after");
        match a
            .append(vec![one])
            .await
            .map(|mut answers| answers.remove(0))
        {
            Ok(Ok(appended)) => break appended.position,
            Ok(Err(error)) | Err(error) => assert!(error.is_worth_a_retry(), "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_ne!(after.epoch, before[0].epoch);
    assert!(after.offset > before[49].offset);
    while inbox.next_record().await.position != after {}
    // All that a replica had confirmed is there.
    let opened = b.open(topic(name), KEEP).await.unwrap();
    let kept: Vec<String> = opened.history.iter().map(|one| text(one)).collect();
    let expected: Vec<String> = (0..50).map(|number| number.to_string()).collect();
    assert_eq!(kept[..50], expected);
    come_back(&*subject.broker()).await;
}

/// Hubs meet again after the whole cluster was away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_was_away_is_found_again() {
    let mut cluster = RedisCluster::start(3, false, PATIENCE, DURABLE);
    let mut settings = RedisSettings::new(cluster.url());
    settings.durable = true;
    let subject = on_servers(settings);
    let (a, inbox) = subject.attach("a").await;
    let names: Vec<String> = (0..12).map(|number| format!("away/{number}")).collect();
    for name in &names {
        a.open(topic(name), KEEP).await.unwrap();
    }
    cluster.servers.iter_mut().for_each(|server| server.kill());
    let away = subject.broker().check().await;
    assert!(
        matches!(away, Err(BrokerError::Unavailable { .. })),
        "{away:?}"
    );
    cluster
        .servers
        .iter_mut()
        .for_each(|server| server.start_again());
    cluster.wait_until_well();
    come_back(&*subject.broker()).await;
    for name in &names {
        let one = subject.append(&topic(name), name);
        let place = a.append(vec![one]).await.unwrap().remove(0).unwrap();
        assert_eq!(place.position.offset.0, 1, "{name}");
    }
    let mut heard = Vec::new();
    while heard.len() < names.len() {
        heard.push(text(inbox.next_record().await.as_ref()));
    }
    heard.sort();
    let mut names = names;
    names.sort();
    assert_eq!(heard, names);
}

/// The slot of the nodes moves: they go on telling each other, and filters go on being heard.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_follow_their_slot() {
    let cluster = Arc::new(RedisCluster::start(3, false, PATIENCE, FORGETFUL));
    let subject = on_servers(RedisSettings::new(cluster.url()));
    let (a, _) = subject.attach("a").await;
    let other = subject.another();
    let (b, inbox) = attach(&*other, "b").await;
    b.subscribe(TopicFilter::parse("wide/+").unwrap())
        .await
        .unwrap();
    let slot = cluster.slot("{nodes}");
    let mut owner = cluster.owner(slot, 0);
    for round in 0_u8..4 {
        let to = (owner + 1) % cluster.masters;
        let moves = Arc::clone(&cluster);
        let moved = tokio::task::spawn_blocking(move || moves.move_slot(slot, owner, to));
        moved.await.unwrap();
        owner = to;
        // Until the other one hears there.
        while let Err(error) = a.tell(b.node().clone(), Bytes::from(vec![round])).await {
            assert!(error.is_worth_a_retry(), "{error}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let is_it = |delivery: &Delivery| match delivery {
            Delivery::Control { bytes, .. } => **bytes == [round],
            _ => false,
        };
        while !is_it(&inbox.next().await) {}
        b.renew().await.unwrap();
        assert_eq!(a.nodes().await.unwrap().len(), 2);
        come_back(&*other).await;
        let name = format!("wide/{round}");
        let one = subject.append(&topic(&name), &name);
        a.append(vec![one]).await.unwrap().remove(0).unwrap();
        assert_eq!(text(inbox.next_record().await.as_ref()), name);
    }
}

/// A member and the note that its node holds it are on different servers: members that come, go and
/// come again at once are there, and none stays behind their node.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_are_held_wherever_their_topics_are() {
    let cluster = RedisCluster::start(3, false, PATIENCE, FORGETFUL);
    let subject = on_servers(RedisSettings::new(cluster.url()));
    let (b, _) = subject.attach("b").await;
    let name = NodeName::parse("a").unwrap();
    let a = subject
        .broker()
        .attach(name, LEASE, Inbox::new())
        .await
        .unwrap();
    let topics: Vec<Topic> = (0..30)
        .map(|number| topic(&format!("held/{number}")))
        .collect();
    let member = member(1, None);
    let said = topics.iter().flat_map(|topic| {
        let enter = || a.enter(topic.clone(), member.clone());
        [enter(), a.leave(topic.clone(), member.connection), enter()]
    });
    let said: Vec<_> = said.collect();
    for answer in said {
        answer.await.unwrap();
    }
    assert_eq!(present(&b, &topics).await, topics.len());
    // The node says nothing any more; the other one looks after what it held.
    subject.advance(LEASE).await;
    while present(&b, &topics).await > 0 {
        subject.advance(Duration::from_secs(1)).await;
    }
}

/// How many members topics have.
async fn present(link: &Arc<dyn Link>, topics: &[Topic]) -> usize {
    let mut present = 0;
    for topic in topics {
        let query = MembersQuery {
            topic: topic.clone(),
            limit: 10,
            after: None,
        };
        present += link.members(query).await.unwrap().members.len();
    }
    present
}
