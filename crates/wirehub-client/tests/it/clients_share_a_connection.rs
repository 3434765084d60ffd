//! One connection for all who ask for the same place with the same credentials.

use wirehub_client::{Client, ClientBuilder};

use crate::world::{self, in_time};

#[tokio::test]
async fn the_last_holder_closes_it() {
    let world = world::start().await;
    let token = world::token("u1");
    let builder =
        || -> ClientBuilder { Client::builder(world::url(world.address)).token(token.clone()) };
    let one = in_time(builder().shared().connect()).await.unwrap();
    let two = in_time(builder().shared().connect()).await.unwrap();
    assert_eq!(world.connections().await, 1);
    let apart = in_time(builder().connect()).await.unwrap();
    let other = builder().token(world::token("u2")).shared();
    let other = in_time(other.connect()).await.unwrap();
    assert_eq!(world.connections().await, 3);

    one.close().await;
    in_time(two.publish("t", &1))
        .await
        .expect("it is still held");
    two.close().await;
    apart.close().await;
    other.close().await;
    let gone = async {
        while world.connections().await > 0 {
            tokio::task::yield_now().await;
        }
    };
    in_time(gone).await;
    let again = in_time(builder().shared().connect()).await.unwrap();
    in_time(again.publish("t", &1))
        .await
        .expect("it is a new one");
    again.close().await;
    world.hub.stop().await;
}

#[tokio::test]
async fn the_last_handle_that_is_dropped_closes_it() {
    let world = world::start().await;
    let client = Client::builder(world::url(world.address)).token(world::token("u1"));
    let client = in_time(client.connect()).await.unwrap();
    let mut subscription = in_time(client.subscribe::<u64>("t")).await.unwrap();
    drop(client.clone());
    in_time(client.publish("t", &1)).await.unwrap();
    drop(client);
    assert_eq!(in_time(subscription.message()).await.unwrap().data, 1);
    assert_eq!(in_time(subscription.message()).await, None);
    world.hub.stop().await;
}
