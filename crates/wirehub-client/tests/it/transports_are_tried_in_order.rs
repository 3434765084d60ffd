//! Where no WebSocket gets through, plain HTTP does.

use std::time::Duration;

use wirehub_client::{Client, State, Update};

use crate::{
    proxy::{Mode, Proxy},
    world::{self, in_time, remembering},
};

#[tokio::test]
async fn a_proxy_that_breaks_websockets_is_gone_around() {
    let world = world::start_with(remembering(world::settings())).await;
    let proxy = Proxy::start(world.address).await;
    proxy.set(Mode::NoWebSocket);
    let client = Client::builder(world::url(proxy.address))
        .token(world::token("u1"))
        .reconnect_interval(Duration::from_millis(20));
    let client = in_time(client.connect()).await.unwrap();
    let mut numbers = in_time(client.subscribe::<u64>("t")).await.unwrap();
    in_time(client.publish("t", &1)).await.unwrap();
    assert_eq!(in_time(numbers.message()).await.unwrap().data, 1);

    // The session goes on over the same transport when the connection is lost.
    let mut state = client.state();
    proxy.cut();
    in_time(state.wait_for(|status| status.state != State::Live))
        .await
        .unwrap();
    in_time(client.publish("t", &2)).await.unwrap();
    let update = in_time(numbers.update()).await.unwrap();
    assert!(matches!(update, Update::Subscribed(_)), "{update:?}");
    assert_eq!(in_time(numbers.message()).await.unwrap().data, 2);
    client.close().await;
    world.hub.stop().await;
}
