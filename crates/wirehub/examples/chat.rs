//! A chat in one file: rooms as topics, and one method that the application answers.
//!
//! ```text
//! cargo run --example chat
//! ```
//!
//! Type into a browser's console (on a page from this machine, or `about:blank`):
//!
//! ```js
//! ws = new WebSocket("ws://127.0.0.1:8000/ws"); ws.onmessage = m => console.log(m.data)
//! ws.send('{"type":"connect"}')
//! ws.send('{"type":"subscribe","id":1,"topic":"rooms/lobby"}')
//! ws.send('{"type":"publish","topic":"rooms/lobby","event":"said","data":"hello"}')
//! ws.send('{"type":"call","id":2,"method":"roll","data":6}')
//! ```

use wirehub::{Call, DoorSettings, DrainSettings, Hub, HubSettings, auth::AuthSettings};
use wirehub_model::{
    Access, Capabilities, ErrorCode, Namespace, Namespaces, Payload, Refusal, TopicFilter,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rooms = Namespace {
        subscribe: Access::Anyone,
        publish: Access::Anyone,
        ..Namespace::new(TopicFilter::parse("rooms/+")?)
    };
    let settings = HubSettings {
        listen: Some("127.0.0.1:8000".parse()?),
        namespaces: Namespaces::new(vec![rooms], Namespace::new(TopicFilter::everything())),
        door: DoorSettings {
            auth: AuthSettings {
                anonymous: Some(Capabilities::default()),
                ..AuthSettings::default()
            },
            ..DoorSettings::default()
        },
        ..HubSettings::default()
    };
    let hub = Hub::builder()
        .settings(settings)
        .on_call("roll", roll)
        .start()
        .await?;
    announce("the chat is at ws://127.0.0.1:8000/ws; Ctrl+C ends it");
    tokio::signal::ctrl_c().await?;
    hub.drain(DrainSettings::default()).await;
    hub.stop().await;
    Ok(())
}

/// Rolls a die with as many sides as the argument says. The dice are made of time, which is fair
/// enough.
async fn roll(call: Call) -> Result<Payload, Refusal> {
    let sides: u32 = serde_json::from_slice(call.message.payload.bytes())
        .ok()
        .filter(|sides| *sides > 0)
        .ok_or_else(|| Refusal::new(ErrorCode::BadRequest, "`data` must be a number of sides"))?;
    let nanos = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |time| time.subsec_nanos());
    let rolled = nanos / 1_000 % sides + 1;
    Ok(Payload::Json(rolled.to_string().into()))
}

#[expect(
    clippy::print_stdout,
    reason = "an example speaks to the person who runs it"
)]
fn announce(text: &str) {
    println!("{text}");
}
