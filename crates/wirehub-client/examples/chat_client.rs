//! A chat in the terminal, with a hub that `wirehub`'s example `chat` starts:
//!
//! ```text
//! cargo run --example chat
//! cargo run --package wirehub-client --example chat_client -- Ada
//! ```
//!
//! What is typed goes to the room, what others say comes out. Stop the hub and start it again: the
//! client says that it waits, and goes on.

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, BufReader, stdin};
use wirehub_client::{Client, Missed, Update};

const ROOM: &str = "rooms/lobby";

#[derive(Serialize, Deserialize)]
struct Said {
    who: String,
    text: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let who = arguments.next().unwrap_or_else(|| "somebody".to_owned());
    let url = arguments.next();
    let url = url.unwrap_or_else(|| "ws://127.0.0.1:8000/ws".to_owned());

    let client = Client::builder(url).start()?;
    let mut state = client.state();
    say(&format!("connecting; Ctrl+D ends it, {who}"));
    let mut room = client.subscribe::<Said>(ROOM).await?;
    let mut lines = BufReader::new(stdin()).lines();
    loop {
        tokio::select! {
            line = lines.next_line() => {
                let Some(text) = line? else { break };
                let said = Said { who: who.clone(), text };
                if let Err(error) = client.publish(ROOM, &said).event("said").await {
                    say(&format!("not said: {error}"));
                }
            }
            update = room.update() => match update {
                Some(Update::Message(message)) => {
                    say(&format!("{}: {}", message.data.who, message.data.text));
                }
                Some(Update::Missed(Missed::Away(_))) => say("(something may be missing here)"),
                Some(_) => {}
                None => break,
            },
            Ok(()) = state.changed() => say(&format!("({})", *state.borrow())),
        }
    }
    client.close().await;
    Ok(())
}

#[expect(
    clippy::print_stdout,
    reason = "an example speaks to the person who runs it"
)]
fn say(text: &str) {
    println!("{text}");
}
