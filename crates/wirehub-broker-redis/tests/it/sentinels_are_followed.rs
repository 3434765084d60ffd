use std::time::Duration;

use wirehub_broker::conformance::Subject as _;
use wirehub_broker_redis::RedisSettings;

use crate::{
    redis_sentinels::RedisSentinels,
    redis_server::{DURABLE, FORGETFUL},
    scene::{KEEP, attach, come_back, fresh_on, on_servers, topic},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_sentinels_name_keeps_the_promises() {
    let servers = RedisSentinels::start(FORGETFUL);
    let settings = RedisSettings::new(servers.url());
    wirehub_broker::conformance_in_turn!(|| fresh_on(&settings)).await;
}

/// The master is killed: the hubs find the one that takes its place, and hear over it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hubs_go_where_the_master_is() {
    let mut servers = RedisSentinels::start(DURABLE);
    let subject = on_servers(RedisSettings::new(servers.url()));
    let (a, _) = subject.attach("a").await;
    let other = subject.another();
    let (b, inbox) = attach(&*other, "b").await;
    b.open(topic("main/a"), KEEP).await.unwrap();
    let one = subject.append(&topic("main/a"), "1");
    let before = a.append(vec![one]).await.unwrap().remove(0).unwrap();
    assert_eq!(inbox.next_record().await.position, before.position);
    servers.first.kill();
    let after = loop {
        let one = subject.append(&topic("main/a"), "2");
        match a
            .append(vec![one])
            .await
            .map(|mut answers| answers.remove(0))
        {
            Ok(Ok(appended)) => break appended,
            Ok(Err(error)) | Err(error) => assert!(error.is_worth_a_retry(), "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!(servers.master(), servers.second.port);
    // The other one may have taken what this one never had.
    assert_ne!(after.position.epoch, before.position.epoch);
    while inbox.next_record().await.position != after.position {}
    come_back(&*subject.broker()).await;
}

/// The sentinels make the replica the master while the former one lives: nobody writes to that any
/// more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_master_that_is_one_no_more_is_left() {
    let servers = RedisSentinels::start(FORGETFUL);
    let subject = on_servers(RedisSettings::new(servers.url()));
    let (a, inbox) = subject.attach("a").await;
    a.open(topic("main/a"), KEEP).await.unwrap();
    let one = subject.append(&topic("main/a"), "1");
    let before = a.append(vec![one]).await.unwrap().remove(0).unwrap();
    servers.fail_over();
    let after = loop {
        let one = subject.append(&topic("main/a"), "2");
        match a
            .append(vec![one])
            .await
            .map(|mut answers| answers.remove(0))
        {
            Ok(Ok(appended)) if appended.position.epoch != before.position.epoch => break appended,
            Ok(Ok(_)) => {}
            Ok(Err(error)) | Err(error) => assert!(error.is_worth_a_retry(), "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!(servers.master(), servers.second.port);
    while inbox.next_record().await.position != after.position {}
}
