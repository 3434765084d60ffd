//! A hub that drains sends its clients to another, and they notice nothing.

use std::time::Duration;

use wirehub::DrainSettings;
use wirehub_client::{Client, State};

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
