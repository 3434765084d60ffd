//! The judge before known servers: one that is right, and one that is wrong in known ways.

use std::io::{Read, Write};
use std::net::{SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::thread;

use super::{Options, WireKind, run};
use crate::bare::client_frame::{Step, step};
use crate::bare::tests::start;
use crate::case::Case;
use crate::measure::Core;
use crate::outcome::{Faults, Flow, Outcome};

/// A short run on one core; the server is a thread of this process.
fn options(case: &str, address: SocketAddrV4) -> Options {
    Options {
        case: case.parse().expect("a case"),
        address,
        also: Vec::new(),
        publisher: None,
        server_pids: vec![std::process::id()],
        wire: WireKind::Plain,
        token: String::new(),
        topic: String::new(),
        server_core: Core(0),
        client_core: Core(0),
        seconds: 0.2,
        warm_up: 0.05,
        patience: 2.0,
        first_message: false,
        payload: 128,
        hold: 0.05,
        settle: 0.05,
    }
}

fn flow(options: &Options) -> Flow {
    match run(options).expect("a run") {
        Outcome::Flow(flow) => flow,
        other => panic!("{other:?} is no flow"),
    }
}

#[test]
fn messages_of_a_right_server_are_counted_without_fault() {
    let address = start();
    for case in ["fanout-20-w1", "fanout-20-w16", "echo-7"] {
        let flow = flow(&options(case, address));
        assert!(flow.deliveries > 20, "{case}: {flow:?}");
        assert_eq!(flow.faults, Faults::default(), "{case}");
        assert_eq!(flow.wire_bytes, 132.0, "{case}: 128 and a header of 4");
        assert!(flow.latency.p50 > 0 && flow.latency.p50 <= flow.latency.max);
    }
}

#[test]
fn a_burst_is_found_in_one_read() {
    let flow = flow(&options("fanout-5-w16", start()));
    assert!(
        flow.messages_per_read > 4.0,
        "the bare server coalesces: {flow:?}"
    );
}

#[test]
fn connections_come_and_go_with_and_without_a_message() {
    let address = start();
    for first_message in [false, true] {
        let options = Options {
            first_message,
            ..options("storm-8", address)
        };
        let Outcome::Storm(storm) = run(&options).expect("a run") else {
            panic!("no storm")
        };
        assert!(storm.connections > 8, "{storm:?}");
        assert_eq!((storm.errors, storm.stuck), (0, 0));
    }
}

#[test]
fn idle_connections_are_held_and_closed() {
    let outcome = run(&options("idle-50", start())).expect("a run");
    let Outcome::Idle(idle) = outcome else {
        panic!("not idle: {outcome:?}")
    };
    assert_eq!(idle.open, 50);
    assert!(idle.rss_before > 0 && idle.hold >= 0.05);
}

/// Serves one publisher and one subscriber, and hands each message, as a frame, to `deliver`,
/// which says what the subscriber gets in its place.
fn wrong_server(mut deliver: impl FnMut(u64, Vec<u8>) -> Vec<u8> + Send + 'static) -> SocketAddrV4 {
    scripted_server(|_| {}, move |number, frame, _| deliver(number, frame))
}

/// The same with a word to the subscriber after its upgrade, and its socket at hand.
fn scripted_server(
    greet: impl FnOnce(&mut TcpStream) + Send + 'static,
    mut deliver: impl FnMut(u64, Vec<u8>, &mut TcpStream) -> Vec<u8> + Send + 'static,
) -> SocketAddrV4 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let SocketAddr::V4(address) = listener.local_addr().expect("an address") else {
        panic!("not v4")
    };
    thread::spawn(move || {
        let mut publisher = upgraded(&listener);
        let mut subscriber = upgraded(&listener);
        greet(&mut subscriber);
        let (mut unread, mut number) = (Vec::new(), 0);
        loop {
            let mut buffer = [0; 4096];
            let count = publisher.read(&mut buffer).expect("the publisher is there");
            unread.extend_from_slice(&buffer[..count]);
            let mut frame = Vec::new();
            while let Step::Message(used) = step(&unread, &mut frame) {
                unread.drain(..used);
                let bytes = deliver(number, std::mem::take(&mut frame), &mut subscriber);
                subscriber
                    .write_all(&bytes)
                    .expect("the subscriber is there");
                number += 1;
            }
            if frame.starts_with(&[0x88]) {
                return;
            }
        }
    });
    address
}

fn upgraded(listener: &TcpListener) -> TcpStream {
    let (mut stream, _) = listener.accept().expect("a connection");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("a request");
        head.extend(byte);
    }
    let accept = "HTTP/1.1 101 x\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    stream.write_all(accept.as_bytes()).expect("an answer");
    stream
}

#[test]
fn every_fault_of_a_wrong_server_is_noticed() {
    let mut held_back = Vec::new();
    let address = wrong_server(move |number, mut frame| match number {
        // Lost.
        3 => Vec::new(),
        // Twice.
        5 => frame.repeat(2),
        // Behind the next one.
        7 => std::mem::replace(&mut held_back, frame),
        8 => {
            frame.append(&mut held_back);
            frame
        }
        // With another byte near its end: not the message that was sent, which is lost then.
        10 => {
            let place = frame.len() - 3;
            frame[place] ^= 1;
            frame
        }
        _ => frame,
    });
    let flow = flow(&options("fanout-1-w16", address));
    assert_eq!(
        flow.faults,
        Faults {
            lost: 2,
            duplicated: 1,
            reordered: 1,
            corrupt: 1
        }
    );
    assert!(flow.deliveries > 20, "the others count: {flow:?}");
}

/// The payload of the frames this client sends to a server that has unmasked them.
fn text(frame: &[u8]) -> serde_json::Value {
    let scanned = super::scan(frame).expect("a frame").expect("whole");
    serde_json::from_slice(scanned.payload).expect("json")
}

fn frame(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).expect("short");
    let mut frame = vec![0x81];
    match length {
        0..126 => frame.push(length as u8),
        _ => frame.extend([126, (length >> 8) as u8, length as u8]),
    }
    frame.extend(text.as_bytes());
    frame
}

#[test]
fn the_native_wire_subscribes_publishes_and_answers_pings() {
    let greet = |subscriber: &mut TcpStream| {
        let mut buffer = [0; 4096];
        let count = subscriber.read(&mut buffer).expect("a subscription");
        let mut request = Vec::new();
        assert_eq!(step(&buffer[..count], &mut request), Step::Message(count));
        assert_eq!(text(&request)["topic"], "bench/room");
        let welcome = frame(r#"{"type":"welcome","connection":"c_1"}"#);
        let accepted = frame(r#"{"type":"ok","id":1,"epoch":"e","offset":0}"#);
        subscriber
            .write_all(&[welcome, accepted].concat())
            .expect("an answer");
    };
    let address = scripted_server(greet, |number, publish, subscriber| {
        let publish = text(&publish);
        assert_eq!(
            (&publish["type"], publish.get("id")),
            (&"publish".into(), None)
        );
        if number == 5 {
            subscriber.write_all(b"\x89\x02hi").expect("a ping");
            let mut pong = [0; 8];
            subscriber.read_exact(&mut pong).expect("a pong");
            assert_eq!(pong[..2], [0x8A, 0x82]);
        }
        let (topic, data) = (&publish["topic"], &publish["data"]);
        frame(&format!(
            r#"{{"type":"message","topic":{topic},"data":{data},"offset":{number}}}"#
        ))
    });
    let wire = WireKind::Native;
    let topic = "bench/room".to_owned();
    let flow = flow(&Options {
        wire,
        topic,
        ..options("fanout-1-w4", address)
    });
    assert!(flow.deliveries > 20, "{flow:?}");
    assert_eq!(flow.faults, Faults::default());
    assert!(flow.wire_bytes > 190.0, "the envelope is counted: {flow:?}");
}

#[test]
fn a_refused_subscription_fails_the_run_with_the_reason() {
    let greet = |subscriber: &mut TcpStream| {
        let refusal = r#"{"type":"error","id":1,"code":"permission_denied","message":"no"}"#;
        subscriber.write_all(&frame(refusal)).expect("an answer");
        // Stay until the client has read it and gone.
        let _ = subscriber.read_to_end(&mut Vec::new());
    };
    let address = scripted_server(greet, |_, frame, _| frame);
    let wire = WireKind::Native;
    let error = run(&Options {
        wire,
        ..options("fanout-1-w1", address)
    })
    .expect_err("refused");
    assert!(error.to_string().contains("permission_denied"), "{error}");
}

#[test]
fn a_server_that_goes_silent_ends_the_run_and_its_messages_are_lost() {
    let address = wrong_server(|number, frame| if number < 100 { frame } else { Vec::new() });
    let options = Options {
        seconds: 30.0,
        patience: 0.3,
        ..options("fanout-1-w4", address)
    };
    let flow = flow(&options);
    assert!(flow.seconds < 20.0, "it did not wait for the end: {flow:?}");
    assert_eq!(flow.faults.lost, 4);
}

#[test]
fn a_server_that_breaks_the_protocol_fails_the_run() {
    let address = wrong_server(|_, mut frame| {
        frame[0] |= 0x40;
        frame
    });
    let error = run(&options("fanout-1-w1", address)).expect_err("a reserved bit");
    assert!(error.to_string().contains("reserved"), "{error}");
}

#[test]
fn a_server_that_is_not_there_is_an_error() {
    let free = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let SocketAddr::V4(address) = free.local_addr().expect("an address") else {
        panic!("not v4")
    };
    drop(free);
    let case = Case::Echo { connections: 1 }.to_string();
    assert!(run(&options(&case, address)).is_err());
}
