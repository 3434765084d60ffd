//! Links against a real hub.

use std::time::Duration;

use tokio::{sync::mpsc, time::timeout};
use wirehub::{DoorSettings, Hub, HubSettings, auth::AuthSettings};
use wirehub_model::{Capabilities, TopicFilter};
use wirehub_websocket::Limits;

use super::{Closed, Dialer, Endpoint, Frame, Heard, Say, Wires, ping, websocket};

struct Line {
    say: mpsc::Sender<Say>,
    heard: mpsc::Receiver<(u64, Heard)>,
}

impl Line {
    async fn next(&mut self) -> Heard {
        let next = timeout(Duration::from_secs(10), self.heard.recv()).await;
        next.expect("in time").expect("the link tells").1
    }

    async fn text(&mut self) -> String {
        match self.next().await {
            Heard::Frame(Frame::Text(text)) => text,
            other => panic!("{other:?} instead of a message"),
        }
    }

    async fn say(&self, text: &str) {
        let frame = Say::Frame(Frame::Text(text.to_owned()));
        self.say.send(frame).await.unwrap();
    }
}

async fn hub() -> (Hub, Endpoint) {
    let settings = HubSettings {
        listen: Some("127.0.0.1:0".parse().unwrap()),
        door: DoorSettings {
            auth: AuthSettings {
                anonymous: Some(Capabilities {
                    subscribe: vec![TopicFilter::everything()],
                    publish: vec![TopicFilter::everything()],
                    ..Capabilities::default()
                }),
                ..AuthSettings::default()
            },
            ..DoorSettings::default()
        },
        ..HubSettings::default()
    };
    let hub = Hub::builder().settings(settings).start().await.unwrap();
    let url = format!("ws://{}", hub.address().unwrap());
    (hub, Endpoint::parse(&url).unwrap())
}

fn open(endpoint: &Endpoint, compression: bool) -> Line {
    let (say, said) = mpsc::channel(16);
    let (report, heard) = mpsc::channel(16);
    let wires = Wires {
        link: 1,
        say: said,
        heard: report,
    };
    let offer = websocket::Offer {
        subprotocol: "wirehub.v1.json",
        compression,
        limits: Limits::default(),
    };
    let dialer = Dialer::new(false, &[]).unwrap();
    tokio::spawn(websocket::run(dialer, endpoint.clone(), offer, wires));
    Line { say, heard }
}

#[tokio::test]
async fn a_websocket_carries_messages_large_and_small_both_ways() {
    for compression in [false, true] {
        let (hub, endpoint) = hub().await;
        let mut line = open(&endpoint, compression);
        assert_eq!(line.next().await, Heard::Opened);
        line.say(r#"{"type":"connect","id":1}"#).await;
        assert!(line.text().await.contains(r#""welcome""#));
        line.say(r#"{"type":"subscribe","id":2,"topic":"t"}"#).await;
        assert!(line.text().await.contains(r#""id":2"#));
        let long = "lorem ipsum ".repeat(5_000);
        line.say(&format!(r#"{{"type":"publish","topic":"t","data":"{long}"}}"#))
            .await;
        assert!(line.text().await.contains(&long));
        line.say
            .send(Say::Close {
                code: 1000,
                reason: String::new(),
            })
            .await
            .unwrap();
        assert!(matches!(line.next().await, Heard::Closed(Closed { code: 1000, .. })));
        hub.stop().await;
    }
}

#[tokio::test]
async fn refusals_come_with_their_status_and_words() {
    let (hub, _) = hub().await;
    let address = hub.address().unwrap();
    let elsewhere = Endpoint::parse(&format!("ws://{address}/elsewhere")).unwrap();
    let mut line = open(&elsewhere, false);
    let Heard::Closed(closed) = line.next().await else {
        panic!("it opened");
    };
    assert_eq!((closed.code, closed.status), (1006, Some(404)));
    assert_eq!(closed.reason, "the WebSocket endpoint is /ws");
    let dialer = Dialer::new(false, &[]).unwrap();
    assert_eq!(ping(&dialer, &elsewhere).await, Some(200));
    hub.stop().await;
    assert_eq!(ping(&dialer, &elsewhere).await, None);
    let mut line = open(&elsewhere, false);
    assert!(matches!(line.next().await, Heard::Closed(Closed { code: 1006, status: None, .. })));
}
