//! An axum application with the hub behind one of its routes.

use axum::Router;
use wirehub::{Hub, json_message};
use wirehub_model::{Publish, Topic};

use crate::{
    client::{Client, request},
    world::{settings, token},
};

#[tokio::test]
async fn an_axum_route_serves_websockets() {
    let embedded = wirehub::HubSettings {
        listen: None,
        ..settings()
    };
    let hub = Hub::builder().settings(embedded).start().await.unwrap();
    assert_eq!(hub.address(), None);
    let app = Router::new().route_service("/live", hub.upgrade());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, app).await });

    let token = token("u1", "#");
    let mut client = Client::open(address, &format!("/live?token={token}")).await;
    assert_eq!(client.message().await["user"], "u1");
    client
        .ask(r#"{"type":"subscribe","id":1,"topic":"t"}"#)
        .await;
    let message = json_message("hello", &1).unwrap();
    hub.publish(Publish::to(Topic::parse("t").unwrap(), message))
        .await
        .unwrap();
    assert_eq!(client.message().await["event"], "hello");

    let (_, refused) = request(address, "/live?token=forged", "").await;
    assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
    server.abort();
    hub.stop().await;
}
