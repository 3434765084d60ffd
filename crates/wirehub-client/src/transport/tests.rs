//! Links against a real hub.

use std::time::Duration;

use rcgen::{CertificateParams, KeyPair};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};
use wirehub::{DoorSettings, Hub, HubSettings, Tls, auth::AuthSettings};
use wirehub_model::{Capabilities, TopicFilter};
use wirehub_websocket::Limits;

use super::{Closed, Dialer, Endpoint, Frame, Heard, Say, Wires, http_stream, ping, websocket};

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
    hub_with(None).await
}

async fn hub_with(tls: Option<Tls>) -> (Hub, Endpoint) {
    let scheme = if tls.is_some() { "wss" } else { "ws" };
    let settings = HubSettings {
        listen: Some("127.0.0.1:0".parse().unwrap()),
        tls,
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
    let url = format!("{scheme}://localhost:{}", hub.address().unwrap().port());
    (hub, Endpoint::parse(&url).unwrap())
}

#[derive(Clone, Copy, Debug)]
enum Way {
    WebSocket { compression: bool },
    HttpStream,
}

const WAYS: [Way; 3] = [
    Way::WebSocket { compression: false },
    Way::WebSocket { compression: true },
    Way::HttpStream,
];

fn open(endpoint: &Endpoint, way: Way) -> Line {
    let dialer = Dialer::new(false, &[]).unwrap();
    open_with(dialer, endpoint, way)
}

fn open_with(dialer: Dialer, endpoint: &Endpoint, way: Way) -> Line {
    let (say, said) = mpsc::channel(16);
    let (report, heard) = mpsc::channel(16);
    let wires = Wires {
        link: 1,
        say: said,
        heard: report,
    };
    let (endpoint, limits) = (endpoint.clone(), Limits::default());
    match way {
        Way::WebSocket { compression } => {
            let offer = websocket::Offer {
                subprotocol: "wirehub.v1.json",
                compression,
                limits,
            };
            tokio::spawn(websocket::run(dialer, endpoint, offer, wires));
        }
        Way::HttpStream => {
            let line_bytes = limits.message_bytes;
            tokio::spawn(http_stream::run(dialer, endpoint, line_bytes, wires));
        }
    }
    Line { say, heard }
}

#[tokio::test]
async fn messages_large_and_small_go_both_ways() {
    for way in WAYS {
        let (hub, endpoint) = hub().await;
        let mut line = open(&endpoint, way);
        assert_eq!(line.next().await, Heard::Opened);
        line.say(r#"{"type":"connect","id":1}"#).await;
        assert!(line.text().await.contains(r#""welcome""#));
        line.say(r#"{"type":"subscribe","id":2,"topic":"t"}"#).await;
        assert!(line.text().await.contains(r#""id":2"#));
        let long = "lorem ipsum ".repeat(5_000);
        line.say(&format!(
            r#"{{"type":"publish","topic":"t","data":"{long}"}}"#
        ))
        .await;
        assert!(line.text().await.contains(&long));
        line.say
            .send(Say::Close {
                code: 1000,
                reason: String::new(),
            })
            .await
            .unwrap();
        assert!(matches!(
            line.next().await,
            Heard::Closed(Closed { code: 1000, .. })
        ));
        hub.stop().await;
    }
}

#[tokio::test]
async fn refusals_come_with_their_status_and_words() {
    let (hub, _) = hub().await;
    let address = hub.address().unwrap();
    let elsewhere = Endpoint::parse(&format!("ws://{address}/elsewhere")).unwrap();
    let mut line = open(&elsewhere, WAYS[0]);
    let Heard::Closed(closed) = line.next().await else {
        panic!("it opened");
    };
    assert_eq!((closed.code, closed.status), (1006, Some(404)));
    assert_eq!(closed.reason, "the WebSocket endpoint is /ws");
    let dialer = Dialer::new(false, &[]).unwrap();
    assert_eq!(ping(&dialer, &elsewhere).await, Some(200));
    hub.stop().await;
    assert_eq!(ping(&dialer, &elsewhere).await, None);
    let mut line = open(&elsewhere, WAYS[0]);
    assert!(matches!(
        line.next().await,
        Heard::Closed(Closed {
            code: 1006,
            status: None,
            ..
        })
    ));
}

#[tokio::test]
async fn tls_is_spoken_with_who_is_trusted_and_nobody_else() {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap().pem();
    let tls = Tls::new(certificate.as_bytes(), key.serialize_pem().as_bytes()).unwrap();
    let (hub, endpoint) = hub_with(Some(tls)).await;
    let trusting = Dialer::new(true, &[certificate.into_bytes()]).unwrap();
    let long = "lorem ipsum ".repeat(5_000);
    for way in WAYS {
        let mut line = open_with(trusting.clone(), &endpoint, way);
        assert_eq!(line.next().await, Heard::Opened, "{way:?}");
        line.say(r#"{"type":"connect","id":1}"#).await;
        assert!(line.text().await.contains(r#""welcome""#));
        line.say(&format!(
            r#"{{"type":"publish","id":2,"topic":"t","data":"{long}"}}"#
        ))
        .await;
        assert!(line.text().await.contains(r#""ok""#));
    }
    assert_eq!(ping(&trusting, &endpoint).await, Some(200));

    let strangers = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let other = params.self_signed(&strangers).unwrap().pem();
    let wary = Dialer::new(true, &[other.into_bytes()]).unwrap();
    for way in WAYS {
        let mut line = open_with(wary.clone(), &endpoint, way);
        let Heard::Closed(closed) = line.next().await else {
            panic!("it opened");
        };
        assert_eq!((closed.code, closed.status), (1006, None));
        assert!(closed.reason.contains("certificate"), "{}", closed.reason);
    }
    assert!(Dialer::new(true, &[b"no certificate".to_vec()]).is_err());
    hub.stop().await;
}

/// A server that answers each connection as a script says, and tells what it was asked.
async fn scripted(answers: &[&str]) -> (Endpoint, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answers: Vec<String> = answers.iter().map(|&answer| answer.to_owned()).collect();
    let (tell, asked) = mpsc::channel(answers.len());
    tokio::spawn(async move {
        let mut open = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            tell.send(request(&mut stream).await).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            if answer.contains("chunked") {
                open.push(stream);
            }
        }
        std::future::pending::<()>().await;
    });
    (Endpoint::parse(&url).unwrap(), asked)
}

/// Reads a request: its target and its body.
async fn request(stream: &mut TcpStream) -> String {
    let (mut head, mut body) = (Vec::new(), Vec::new());
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    body.resize(length.map_or(0, |length| length.parse().unwrap()), 0);
    stream.read_exact(&mut body).await.unwrap();
    let target = head.split(' ').nth(1).unwrap();
    format!("{target} {}", String::from_utf8(body).unwrap())
}

const OPEN: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\
    21\r\n{\"type\":\"stream\",\"stream\":\"a-1\"}\n\r\n";
const TAKEN: &str = "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn what_goes_up_is_sent_again_under_its_number_until_it_is_taken() {
    let busy = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n";
    let large = "HTTP/1.1 413 Payload Too Large\r\ncontent-length: 0\r\n\r\n";
    let gone = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
    let answers = [OPEN, "", busy, TAKEN, large, TAKEN, TAKEN, gone];
    let (endpoint, mut asked) = scripted(&answers).await;
    let mut asked = async || {
        let asked = timeout(Duration::from_secs(10), asked.recv()).await;
        asked.unwrap().unwrap()
    };
    let mut line = open(&endpoint, Way::HttpStream);
    assert_eq!(asked().await, "/stream ");
    assert_eq!(line.next().await, Heard::Opened);
    // Line ends between tokens say nothing, and would break the message in two.
    line.say("{\"a\":\n1}").await;
    for _ in 0..3 {
        assert_eq!(asked().await, "/stream/a-1?seq=1 {\"a\": 1}\n");
    }
    line.say("2").await;
    line.say("3").await;
    // They go together, and apart where that is too much.
    assert_eq!(asked().await, "/stream/a-1?seq=2 2\n3\n");
    assert_eq!(asked().await, "/stream/a-1?seq=2 2\n");
    assert_eq!(asked().await, "/stream/a-1?seq=3 3\n");
    line.say("4").await;
    assert_eq!(asked().await, "/stream/a-1?seq=4 4\n");
    let Heard::Closed(closed) = line.next().await else {
        panic!("it goes on");
    };
    assert_eq!(closed.code, 1006);
}

#[tokio::test]
async fn a_stream_that_is_none_is_a_breach_of_protocol() {
    let head = "HTTP/1.1 200 OK\r\n\r\n";
    for (answer, code) in [
        (format!("{head}{{\"type\":\"welcome\"}}\n"), 1002),
        (
            format!("{head}{{\"type\":\"stream\",\"stream\":\"../admin\"}}\n"),
            1002,
        ),
        (format!("{head}<html>\n"), 1007),
        (format!("{head}{}", "x".repeat((1 << 20) + 1)), 1009),
        (head.to_owned(), 1006),
    ] {
        let (endpoint, _asked) = scripted(&[&answer]).await;
        let mut line = open(&endpoint, Way::HttpStream);
        if code != 1006 {
            assert!(matches!(line.next().await, Heard::Garbage(_)));
        }
        let Heard::Closed(closed) = line.next().await else {
            panic!("it opened");
        };
        assert_eq!(closed.code, code, "{closed:?}");
    }
}
