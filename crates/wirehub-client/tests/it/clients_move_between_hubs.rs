//! A hub that drains sends its clients to another, and they notice nothing.

use std::{sync::Arc, time::Duration};

use wirehub::{DrainSettings, json_message};
use wirehub_broker::{Broker, MemoryBroker};
use wirehub_client::{Client, Event, Missed, State, Transport, Update};
use wirehub_model::{Publish, Topic};

use crate::{
    proxy::{Mode, Proxy},
    world::{self, in_time},
};

#[tokio::test]
async fn a_drain_is_followed_to_the_next_endpoint() {
    let (one, two) = (world::start().await, world::start().await);
    let client = Client::builder(world::url(one.address))
        .endpoint(world::url(two.address))
        .token(world::token("u1"))
        .reconnect_interval(Duration::from_millis(50));
    let client = in_time(client.connect()).await.unwrap();
    let mut numbers = in_time(client.subscribe::<u64>("t")).await.unwrap();
    let hub = one.hub.clone();
    let drain = tokio::spawn(async move {
        hub.drain(DrainSettings {
            spread: Duration::from_millis(100),
            deadline: Duration::from_secs(10),
            ..DrainSettings::default()
        })
        .await;
    });
    in_time(drain).await.unwrap();
    let mut state = client.state();
    let settled = state.wait_for(|status| matches!(status.state, State::Live | State::Standby));
    in_time(settled).await.unwrap();
    in_time(client.publish("t", &1)).await.unwrap();
    assert_eq!(in_time(numbers.message()).await.unwrap().data, 1);
    assert_eq!(two.connections().await, 1);
    client.close().await;
    one.hub.stop().await;
    two.hub.stop().await;
}

#[tokio::test]
async fn an_endpoint_that_is_away_is_passed_over() {
    let world = world::start().await;
    let dead = Proxy::start(world.address).await;
    dead.set(Mode::Refuse);
    let client = Client::builder(world::url(dead.address))
        .endpoint(world::url(world.address))
        .token(world::token("u1"))
        .reconnect_interval(Duration::from_millis(20));
    let client = in_time(client.connect()).await.unwrap();
    assert_eq!(client.state().borrow().state, State::Standby);
    in_time(client.publish("t", &1)).await.unwrap();
    client.close().await;
    world.hub.stop().await;
}

/// A rolling update behind one address: what is published all the while arrives once and in order,
/// and the state stays live.
#[tokio::test(flavor = "multi_thread")]
async fn a_move_behind_a_load_balancer_goes_unnoticed() {
    for transport in [Transport::WebSocket, Transport::HttpStream] {
        let broker: Arc<dyn Broker> = Arc::new(MemoryBroker::start_default().unwrap());
        let (one, two) = (
            world::start_on(&broker, "one").await,
            world::start_on(&broker, "two").await,
        );
        let balancer = Proxy::start(one.address).await;
        let client = Client::builder(world::url(balancer.address))
            .token(world::token("u1"))
            .transports([transport]);
        let client = in_time(client.connect()).await.unwrap();
        let mut events = client.events();
        let mut numbers = in_time(client.subscribe::<u64>("t")).await.unwrap();
        let hub = two.hub.clone();
        let publisher = tokio::spawn(async move {
            for number in 1..=100_u64 {
                let message = json_message("n", &number).unwrap();
                let publish = Publish::to(Topic::parse("t").unwrap(), message);
                hub.publish(publish).await.unwrap();
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        assert_eq!(in_time(numbers.message()).await.unwrap().data, 1);
        balancer.aim(two.address);
        in_time(one.hub.drain(DrainSettings {
            spread: Duration::from_millis(300),
            deadline: Duration::from_secs(10),
            ..DrainSettings::default()
        }))
        .await;
        let mut next = 2;
        while next <= 100 {
            match in_time(numbers.update()).await.unwrap() {
                Update::Message(message) => {
                    assert_eq!(message.data, next);
                    next += 1;
                }
                Update::Missed(Missed::Overflow(_)) => panic!("nothing is slow here"),
                Update::Subscribed(subscribed) => assert_eq!(subscribed.recovered, Some(true)),
                other => panic!("{other:?}"),
            }
        }
        in_time(publisher).await.unwrap();
        assert_eq!((one.connections().await, two.connections().await), (0, 1));
        client.close().await;
        while let Some(event) = in_time(events.event()).await {
            match event {
                Event::State(status) if status.state == State::Stopped => {}
                Event::State(status) => assert_eq!(status.state, State::Live, "{status}"),
                other => panic!("{other:?}"),
            }
        }
        one.hub.stop().await;
        two.hub.stop().await;
        broker.shutdown().await.unwrap();
    }
}
