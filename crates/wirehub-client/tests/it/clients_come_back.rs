//! Lost connections: nothing is missed, nothing comes twice, and a server that is gone is noticed.

use std::time::{Duration, Instant};

use wirehub::{HubSettings, json_message};
use wirehub_client::{Client, ClientBuilder, Error, State, Transport, Update};
use wirehub_model::{Heartbeat, Publish, Topic};

use crate::{
    proxy::{Mode, Proxy},
    world::{self, World, in_time, remembering},
};

async fn behind_a_proxy(settings: HubSettings) -> (World, Proxy) {
    let world = world::start_with(remembering(settings)).await;
    let proxy = Proxy::start(world.address).await;
    (world, proxy)
}

const TRANSPORTS: [Transport; 2] = [Transport::WebSocket, Transport::HttpStream];

fn client(proxy: &Proxy) -> ClientBuilder {
    Client::builder(world::url(proxy.address))
        .token(world::token("u1"))
        .reconnect_interval(Duration::from_millis(50))
        .reconnect_cap(Duration::from_millis(200))
}

async fn publish(world: &World, number: u64) {
    let topic = Topic::parse("t").unwrap();
    let message = json_message("n", &serde_json::json!(number)).unwrap();
    world
        .hub
        .publish(Publish::to(topic, message))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_cut_connection_comes_back_with_everything_that_was_missed() {
    for transport in TRANSPORTS {
        let (world, proxy) = behind_a_proxy(world::settings()).await;
        let client = in_time(client(&proxy).transports([transport]).connect())
            .await
            .unwrap();
        let mut numbers = in_time(client.subscribe::<u64>("t")).await.unwrap();
        publish(&world, 1).await;
        assert_eq!(in_time(numbers.message()).await.unwrap().data, 1);
        let mut next = 2;
        for _ in 0..5 {
            proxy.set(Mode::Refuse);
            proxy.cut();
            let mut state = client.state();
            in_time(state.wait_for(|status| status.state != State::Live))
                .await
                .unwrap();
            for number in next..next + 3 {
                publish(&world, number).await;
            }
            proxy.set(Mode::Pass);
            for number in next..next + 3 {
                let message = loop {
                    match in_time(numbers.update()).await.unwrap() {
                        Update::Message(message) => break message,
                        Update::Subscribed(subscribed) => {
                            assert_eq!(subscribed.recovered, Some(true));
                        }
                        other => panic!("{other:?}"),
                    }
                };
                assert_eq!(message.data, number);
            }
            next += 3;
        }
        client.close().await;
        world.hub.stop().await;
    }
}

#[tokio::test]
async fn what_is_asked_without_a_connection_waits_for_it() {
    for transport in TRANSPORTS {
        let (world, proxy) = behind_a_proxy(world::settings()).await;
        proxy.set(Mode::Refuse);
        let client = client(&proxy).transports([transport]).start().unwrap();
        let in_vain = client.publish("t", &0).timeout(Duration::from_millis(100));
        assert_eq!(in_time(in_vain).await, Err(Error::Timeout));
        let waiting = tokio::spawn(client.publish("t", &1).into_future());
        proxy.until_accepted(2).await;
        proxy.set(Mode::Pass);
        let published = in_time(waiting).await.unwrap().unwrap();
        assert_eq!(
            published.position.offset, 1,
            "what timed out was not published"
        );
        client.close().await;
        world.hub.stop().await;
    }
}

#[tokio::test]
async fn a_publication_whose_answer_was_lost_is_published_once() {
    for transport in TRANSPORTS {
        let (world, proxy) = behind_a_proxy(world::settings()).await;
        let client = in_time(client(&proxy).transports([transport]).connect())
            .await
            .unwrap();
        for number in 1..=10_u64 {
            let publish = tokio::spawn(client.publish("t", &number).into_future());
            tokio::task::yield_now().await;
            proxy.cut();
            let published = in_time(publish).await.unwrap().unwrap();
            assert_eq!(published.position.offset, number);
        }
        client.close().await;
        world.hub.stop().await;
    }
}

#[tokio::test]
async fn a_server_that_falls_silent_is_left_within_the_advertised_time() {
    for transport in TRANSPORTS {
        let settings = HubSettings {
            heartbeat: Heartbeat {
                interval: Duration::from_millis(500),
                timeout: Duration::from_millis(300),
            },
            ..world::settings()
        };
        let (world, proxy) = behind_a_proxy(settings).await;
        let client = in_time(client(&proxy).transports([transport]).connect())
            .await
            .unwrap();
        let mut numbers = in_time(client.subscribe::<u64>("t")).await.unwrap();
        // Quiet, and alive: nothing happens.
        tokio::time::sleep(Duration::from_millis(1_700)).await;
        assert_eq!(world.hub.report().await.total.core.opened, 1);
        let mut state = client.state();
        assert_eq!(state.borrow().state, State::Live);

        proxy.set(Mode::Stall);
        let silent = Instant::now();
        in_time(state.wait_for(|status| status.state != State::Live))
            .await
            .unwrap();
        let noticed = silent.elapsed();
        assert!(noticed < Duration::from_millis(1_600), "{noticed:?}");
        publish(&world, 1).await;
        proxy.set(Mode::Pass);
        assert_eq!(in_time(numbers.message()).await.unwrap().data, 1);
        client.close().await;
        world.hub.stop().await;
    }
}

#[tokio::test]
async fn offline_means_no_attempts_and_online_means_at_once() {
    let (world, proxy) = behind_a_proxy(world::settings()).await;
    let client = in_time(client(&proxy).connect()).await.unwrap();
    let mut state = client.state();
    client.set_online(false);
    proxy.cut();
    in_time(state.wait_for(|status| status.state == State::Waiting))
        .await
        .unwrap();
    let before = proxy.accepted();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(proxy.accepted(), before);
    client.set_online(true);
    in_time(state.wait_for(|status| status.state == State::Live))
        .await
        .unwrap();
    client.close().await;
    world.hub.stop().await;
}

#[tokio::test]
async fn closing_ends_everything_with_a_word() {
    let (world, proxy) = behind_a_proxy(world::settings()).await;
    proxy.set(Mode::Refuse);
    let client = client(&proxy).start().unwrap();
    let mut state = client.state();
    let (publish, subscribe) = (
        tokio::spawn(client.publish("t", &1).into_future()),
        tokio::spawn(client.subscribe::<u64>("t").into_future()),
    );
    let other = client.clone();
    proxy.until_accepted(1).await;
    in_time(client.close()).await;
    assert_eq!(
        in_time(publish).await.unwrap().unwrap_err().code(),
        "stopped"
    );
    assert_eq!(
        in_time(subscribe).await.unwrap().unwrap_err().code(),
        "stopped"
    );
    assert_eq!(
        in_time(other.publish("t", &1)).await.unwrap_err().code(),
        "stopped"
    );
    assert_eq!(state.borrow_and_update().state, State::Stopped);
    assert!(
        in_time(state.changed()).await.is_err(),
        "the task has ended"
    );
    world.hub.stop().await;
}
