//! The server on axum and tokio-tungstenite that Wirehub is measured against: as axum's examples
//! do it, with a task for each connection and a broadcast channel, on one thread. `/echo` gets its
//! own messages back, what `/pub` sends goes to every `/sub`. Prints `listening HOST:PORT`.

use std::io::{self, Write};

use axum::{
    Router,
    extract::{
        State,
        ws::{Message, WebSocket, WebSocketUpgrade},
    },
    response::Response,
    routing::any,
};
use tokio::{net::TcpListener, sync::broadcast};

/// Messages a subscriber may fall behind before it misses some.
const BEHIND: usize = 1024;

type Room = broadcast::Sender<Message>;

fn main() -> io::Result<()> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build()?.block_on(serve())
}

async fn serve() -> io::Result<()> {
    let port = std::env::var("PORT").ok();
    let port = port.and_then(|port| port.parse().ok()).unwrap_or(0_u16);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    writeln!(io::stdout(), "listening {}", listener.local_addr()?)?;
    let router = Router::new()
        .route("/echo", any(echo))
        .route("/pub", any(publish))
        .route("/sub", any(subscribe))
        .with_state(Room::new(BEHIND));
    axum::serve(listener, router).await
}

async fn echo(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async |mut socket: WebSocket| {
        while let Some(Ok(message)) = socket.recv().await {
            if is_data(&message) && socket.send(message).await.is_err() {
                return;
            }
        }
    })
}

async fn publish(State(room): State<Room>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async move |mut socket: WebSocket| {
        while let Some(Ok(message)) = socket.recv().await {
            if is_data(&message) {
                // Nobody may be listening.
                let _ = room.send(message);
            }
        }
    })
}

async fn subscribe(State(room): State<Room>, upgrade: WebSocketUpgrade) -> Response {
    let mut heard = room.subscribe();
    upgrade.on_upgrade(async move |mut socket: WebSocket| {
        loop {
            tokio::select! {
                message = heard.recv() => {
                    let Ok(message) = message else { return };
                    if socket.send(message).await.is_err() {
                        return;
                    }
                }
                said = socket.recv() => {
                    let Some(Ok(_)) = said else { return };
                }
            }
        }
    })
}

fn is_data(message: &Message) -> bool {
    matches!(message, Message::Text(_) | Message::Binary(_))
}
