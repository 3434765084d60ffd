//! The hub inside an axum application: the application keeps its routes, the hub gets the sockets.
//!
//! ```text
//! cargo run --example embed_in_axum
//! ```
//!
//! Open two WebSockets at the address it prints, subscribe both to `orders/42`, then
//! `curl -X POST http://127.0.0.1:3000/orders/42/pay`.

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::post,
};
use wirehub::{DoorSettings, Hub, HubSettings, auth::AuthSettings, json_message};
use wirehub_model::{Access, Namespace, Namespaces, Publish, Topic, TopicFilter};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Everybody may listen to orders, nobody but this application publishes to them.
    let orders = Namespace {
        subscribe: Access::Anyone,
        publish: Access::Nobody,
        ..Namespace::new(TopicFilter::parse("orders/#")?)
    };
    let settings = HubSettings {
        namespaces: Namespaces::new(vec![orders], Namespace::new(TopicFilter::everything())),
        door: DoorSettings {
            auth: AuthSettings {
                anonymous: Some(wirehub_model::Capabilities::default()),
                ..AuthSettings::default()
            },
            ..DoorSettings::default()
        },
        ..HubSettings::default()
    };
    let hub = Hub::builder().settings(settings).start().await?;

    let app = Router::new()
        .route("/orders/{id}/pay", post(pay))
        .route_service("/live", hub.upgrade())
        .with_state(hub.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    let address = listener.local_addr()?;
    announce(&format!(
        "ws://{address}/live: send {{\"type\":\"connect\"}}, then \
         {{\"type\":\"subscribe\",\"id\":1,\"topic\":\"orders/42\"}}"
    ));
    axum::serve(listener, app)
        .with_graceful_shutdown(async {
            let _ = tokio::signal::ctrl_c().await;
        })
        .await?;
    hub.stop().await;
    Ok(())
}

/// An ordinary handler of the application that tells whoever listens.
async fn pay(State(hub): State<Hub>, Path(id): Path<u64>) -> Result<String, StatusCode> {
    let topic = Topic::parse(&format!("orders/{id}")).map_err(|_| StatusCode::BAD_REQUEST)?;
    let paid = json_message("paid", &id).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let published = hub.publish(Publish::to(topic, paid)).await;
    let published = published.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(format!("paid, publication {}\n", published.position.offset))
}

#[expect(
    clippy::print_stdout,
    reason = "an example speaks to the person who runs it"
)]
fn announce(text: &str) {
    println!("{text}");
}
