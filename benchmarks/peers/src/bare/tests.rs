use std::io::{Read, Write};
use std::net::{SocketAddr, SocketAddrV4, TcpStream};
use std::sync::mpsc;
use std::time::Duration;

use super::{Options, serve};

const MASK: [u8; 4] = [1, 2, 3, 4];

/// Starts the server on a free port. Its thread ends with the test process.
pub(crate) fn start() -> SocketAddrV4 {
    let (send, receive) = mpsc::channel();
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    std::thread::spawn(move || {
        let announce = |address| send.send(address).map_err(std::io::Error::other);
        serve(&Options { listen }, announce)
    });
    match receive
        .recv_timeout(Duration::from_secs(10))
        .expect("the server listens")
    {
        SocketAddr::V4(address) => address,
        SocketAddr::V6(address) => panic!("{address} was not asked for"),
    }
}

fn connect(address: SocketAddrV4, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("connects");
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .expect("a timeout");
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n\r\n"
    )
    .expect("writes");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("an answer");
        head.extend(byte);
    }
    assert!(String::from_utf8_lossy(&head).contains("HSmrc0sMlYUkAGmm5OPpG2HaGWk="));
    stream
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first, 0x80 | payload.len() as u8];
    frame.extend(MASK);
    frame.extend(
        payload
            .iter()
            .zip(MASK.iter().cycle())
            .map(|(byte, key)| byte ^ key),
    );
    frame
}

fn expect(stream: &mut TcpStream, bytes: &[u8]) {
    let mut received = vec![0; bytes.len()];
    stream.read_exact(&mut received).expect("a frame");
    assert_eq!(received, bytes);
}

#[test]
fn an_echo_comes_back_whatever_the_pieces() {
    let mut stream = connect(start(), "/echo");
    for byte in frame(0x81, b"in pieces") {
        stream.write_all(&[byte]).expect("writes");
    }
    expect(&mut stream, b"\x81\x09in pieces");
}

#[test]
fn what_is_published_goes_to_every_subscriber_and_nobody_else() {
    let address = start();
    let mut first = connect(address, "/sub");
    let mut second = connect(address, "/sub");
    let mut publisher = connect(address, "/pub");
    let burst = [frame(0x81, b"one"), frame(0x82, b"two")].concat();
    publisher.write_all(&burst).expect("writes");
    for subscriber in [&mut first, &mut second] {
        expect(subscriber, b"\x81\x03one\x82\x03two");
    }
    drop(first);
    let mut third = connect(address, "/sub");
    publisher.write_all(&frame(0x81, b"three")).expect("writes");
    for subscriber in [&mut second, &mut third] {
        expect(subscriber, b"\x81\x05three");
    }
    publisher.set_nonblocking(true).expect("non-blocking");
    assert!(
        publisher.read(&mut [0]).is_err(),
        "the publisher hears nothing"
    );
}

#[test]
fn a_close_frame_is_answered_and_the_stream_ends() {
    let mut stream = connect(start(), "/sub");
    stream.write_all(&frame(0x88, b"\x03\xe8")).expect("writes");
    expect(&mut stream, b"\x88\x02\x03\xe8");
    assert_eq!(stream.read(&mut [0]).expect("the end"), 0);
}
