//! The account of a crowd, with the server played by hand.

use std::time::Instant;

use super::{Crowd, offset_in};
use crate::case::Comeback;
use crate::load::payload::Payload;
use crate::load::pool::{Comer, Receiver};
use crate::load::wire::{Wire, WireKind};
use crate::outcome::Faults;

/// Two clients that have message 0 at offset 5, were cut, and are owed messages 1 and 2.
fn away(by: Comeback) -> Crowd {
    let wire = Wire::new(WireKind::Native, "t", "bench/room");
    let mut crowd = Crowd::new(wire, Payload::new(128), 2);
    for link in 0..2 {
        tell(&mut crowd, link, r#"{"type":"welcome","session":"s_1"}"#);
        tell(&mut crowd, link, r#"{"type":"ok","epoch":"e","offset":4}"#);
    }
    assert!(crowd.is_done(), "nothing is owed yet");
    crowd.expect(1);
    for link in 0..2 {
        publication(&mut crowd, link, 0);
    }
    assert!(crowd.is_done());
    crowd.leave(by);
    crowd.expect(2);
    crowd
}

fn tell(crowd: &mut Crowd, link: usize, text: &str) {
    hear(crowd, link, text.as_bytes()).expect("known words");
}

fn hear(crowd: &mut Crowd, link: usize, message: &[u8]) -> std::io::Result<()> {
    crowd.message(link, message, Instant::now(), &mut Vec::new())
}

/// Message `number` has offset `number + 5`.
fn publication(crowd: &mut Crowd, link: usize, number: u64) {
    let mut message = br#"{"type":"message","topic":"bench/room","data":"#.to_vec();
    message.extend(Payload::new(128).numbered(number));
    message.extend(format!(r#","offset":{}}}"#, number + 5).bytes());
    hear(crowd, link, &message).expect("a message");
}

const RECOVERED: &str = r#"{"type":"ok","epoch":"e","offset":7,"recovered":true}"#;

#[test]
fn who_gets_all_in_order_is_complete_without_fault() {
    let mut crowd = away(Comeback::Since);
    for link in 0..2 {
        tell(&mut crowd, link, RECOVERED);
        publication(&mut crowd, link, 1);
        assert_eq!(crowd.complete(), link);
        publication(&mut crowd, link, 2);
    }
    assert!(crowd.is_done());
    assert_eq!(crowd.faults(), Faults::default());
}

#[test]
fn it_says_where_it_was_when_it_was_cut() {
    let hello = |by| {
        let mut frame = Vec::new();
        let mut crowd = away(by);
        // The new connection has a session of its own by then.
        tell(&mut crowd, 0, r#"{"type":"welcome","session":"s_2"}"#);
        crowd.hello(0, &mut frame);
        let header = if frame[1] & 0x7F == 126 { 4 } else { 2 };
        let (key, text) = frame[header..].split_at(4);
        let text = text.iter().zip(key.iter().cycle());
        String::from_utf8(text.map(|(byte, key)| byte ^ key).collect()).expect("text")
    };
    let since = hello(Comeback::Since);
    assert!(since.contains(r#"{"epoch":"e","offset":5}"#), "{since}");
    let resume = hello(Comeback::Resume);
    assert!(resume.contains(r#""session":"s_1""#), "{resume}");
}

#[test]
fn lost_doubled_swapped_and_foreign_messages_are_told_apart() {
    let mut crowd = away(Comeback::Since);
    tell(&mut crowd, 0, RECOVERED);
    tell(&mut crowd, 1, RECOVERED);
    for number in [2, 1, 1, 9] {
        publication(&mut crowd, 0, number);
    }
    publication(&mut crowd, 1, 2);
    let faults = Faults {
        lost: 1,
        duplicated: 1,
        reordered: 1,
        corrupt: 1,
    };
    assert_eq!(crowd.faults(), faults);
    assert_eq!(crowd.complete(), 1);
}

#[test]
fn a_server_that_cannot_recover_ends_the_run() {
    let refused = r#"{"type":"ok","epoch":"e","offset":7,"recovered":false,"reason":"expired"}"#;
    let error = hear(&mut away(Comeback::Since), 0, refused.as_bytes()).expect_err("not recovered");
    assert!(error.to_string().contains("expired"), "{error}");
    let refused = r#"{"type":"error","id":1,"code":"not_resumable"}"#;
    let error = hear(&mut away(Comeback::Resume), 0, refused.as_bytes()).expect_err("refused");
    assert!(error.to_string().contains("not_resumable"), "{error}");
}

#[test]
fn a_resumed_client_is_here_when_its_subscription_is() {
    let mut crowd = away(Comeback::Resume);
    for link in 0..2 {
        tell(&mut crowd, link, r#"{"type":"ok","id":1,"resumed":true}"#);
        publication(&mut crowd, link, 1);
        publication(&mut crowd, link, 2);
    }
    assert_eq!(crowd.complete(), 0);
    for link in 0..2 {
        let subscribed = r#"{"type":"subscribed","topic":"bench/room","recovered":true}"#;
        tell(&mut crowd, link, subscribed);
    }
    assert!(crowd.is_done());
}

#[test]
fn offsets_are_read_from_behind_the_payload() {
    assert_eq!(offset_in(br#""x","offset":120,"from":{}}"#), Some(120));
    assert_eq!(offset_in(br#""x","offset":}"#), None);
    assert_eq!(offset_in(b"{}"), None);
}
