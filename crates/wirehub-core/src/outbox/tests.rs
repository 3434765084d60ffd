use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::{Flavour, batch::Patience};

const DROPPABLE: Patience = Patience {
    droppable: true,
    last: false,
    expires_at: None,
    subject: 0,
};

fn flavour() -> Flavour {
    Flavour::new(0).unwrap()
}

fn shared(batch: &mut Batch, patience: Patience, text: &str) -> Span {
    batch.shared(flavour(), patience, |out| out.extend(text.bytes()))
}

fn private(batch: &mut Batch, text: &str) -> Span {
    batch.private(Patience::default(), |out| out.extend(text.bytes()))
}

/// Sends up to `room` bytes and returns them.
fn send(outbox: &mut Outbox, batch: &mut Batch, room: usize) -> String {
    let mut slices = [IoSlice::new(&[]); 4];
    let used = outbox.slices(batch, &mut slices);
    let bytes: Vec<u8> = slices[..used]
        .iter()
        .flat_map(|slice| slice.to_vec())
        .collect();
    let sent = bytes[..room.min(bytes.len())].to_vec();
    outbox.consume(batch, sent.len());
    String::from_utf8(sent).unwrap()
}

#[test]
fn deliveries_in_a_row_are_one_slice() {
    let mut batch = Batch::default();
    let mut outbox = Outbox::default();
    for text in ["one ", "two ", "three"] {
        let span = shared(&mut batch, DROPPABLE, text);
        outbox.push(&mut batch, span);
    }
    let mut slices = [IoSlice::new(&[]); 4];
    assert_eq!(outbox.slices(&batch, &mut slices), 1);
    assert_eq!(&*slices[0], b"one two three");
}

#[test]
fn private_frames_keep_their_place() {
    let mut batch = Batch::default();
    let mut outbox = Outbox::default();
    for span in [
        shared(&mut batch, DROPPABLE, "a"),
        private(&mut batch, "B"),
        shared(&mut batch, DROPPABLE, "c"),
    ] {
        outbox.push(&mut batch, span);
    }
    assert_eq!(send(&mut outbox, &mut batch, 9), "aBc");
    assert!(outbox.is_empty());
}

#[test]
fn what_the_socket_did_not_take_goes_first_next_time() {
    let mut batch = Batch::default();
    let mut outbox = Outbox::default();
    let span = shared(&mut batch, DROPPABLE, "first");
    outbox.push(&mut batch, span);
    assert_eq!(send(&mut outbox, &mut batch, 2), "fi");
    assert_eq!(outbox.settle(&batch, 100), Settled::default());
    batch.clear();

    assert_eq!(outbox.waiting(), 3);
    let span = shared(&mut batch, DROPPABLE, " second");
    outbox.push(&mut batch, span);
    assert_eq!(send(&mut outbox, &mut batch, 99), "rst second");
    assert!(outbox.is_empty());
}

#[test]
fn a_full_backlog_drops_the_oldest_droppable_frames() {
    let mut batch = Batch::default();
    let mut outbox = Outbox::default();
    for span in [
        shared(&mut batch, DROPPABLE, "aaaa"),
        private(&mut batch, "KEEP"),
        shared(&mut batch, DROPPABLE, "bbbb"),
        shared(&mut batch, DROPPABLE, "cccc"),
    ] {
        outbox.push(&mut batch, span);
    }
    assert_eq!(send(&mut outbox, &mut batch, 1), "a");
    // "aaa" is begun, "KEEP" may not go, so "bbbb" has to.
    let settled = outbox.settle(&batch, 12);
    assert_eq!((settled.dropped, settled.overflowed), (1, false));
    batch.clear();
    assert_eq!(send(&mut outbox, &mut batch, 99), "aaaKEEPcccc");
}

#[test]
fn a_full_backlog_of_frames_that_must_stay_overflows() {
    let mut batch = Batch::default();
    let mut outbox = Outbox::default();
    for text in ["12345678", "12345678"] {
        let span = private(&mut batch, text);
        outbox.push(&mut batch, span);
    }
    assert!(outbox.settle(&batch, 10).overflowed);
}

#[test]
fn a_frame_that_may_be_dropped_goes_itself_when_nothing_else_can() {
    let mut batch = Batch::default();
    let mut outbox = Outbox::default();
    for span in [
        private(&mut batch, "12345678"),
        shared(&mut batch, DROPPABLE, "abcdefgh"),
    ] {
        outbox.push(&mut batch, span);
    }
    let settled = outbox.settle(&batch, 10);
    assert_eq!((settled.dropped, settled.overflowed), (1, false));
    batch.clear();
    assert_eq!(send(&mut outbox, &mut batch, 99), "12345678");
}

#[test]
fn behind_a_frame_without_room_only_the_goodbye_is_kept() {
    let mut batch = Batch::default();
    let mut outbox = Outbox::default();
    let last = Patience {
        last: true,
        ..Patience::default()
    };
    for span in [
        private(&mut batch, "1234567890"),
        private(&mut batch, "no room"),
        private(&mut batch, "x"),
        batch.private(last, |out| out.extend(b"bye")),
    ] {
        outbox.push(&mut batch, span);
    }
    assert!(outbox.settle(&batch, 10).overflowed);
    batch.clear();
    assert_eq!(send(&mut outbox, &mut batch, 99), "1234567890bye");
}

#[test]
fn giving_up_still_ends_the_frame_that_was_begun() {
    let mut batch = Batch::default();
    let mut outbox = Outbox::default();
    for text in ["begun", "other"] {
        let span = private(&mut batch, text);
        outbox.push(&mut batch, span);
    }
    assert_eq!(send(&mut outbox, &mut batch, 2), "be");
    let _ = outbox.settle(&batch, 100);
    outbox.abandon();
    batch.clear();
    assert_eq!(send(&mut outbox, &mut batch, 99), "gun");
}

#[test]
fn expired_frames_are_dropped_wherever_they_wait() {
    let mut batch = Batch::default();
    let mut outbox = Outbox::default();
    let end = Moment::ZERO + Duration::from_secs(1);
    let patience = Patience {
        expires_at: Some(end),
        ..Patience::default()
    };
    for span in [
        shared(&mut batch, patience, "old "),
        private(&mut batch, "new "),
        shared(&mut batch, patience, "old "),
        private(&mut batch, "newer"),
    ] {
        outbox.push(&mut batch, span);
    }
    let _ = outbox.settle(&batch, 100);
    batch.clear();
    assert_eq!(outbox.expire(Moment::ZERO), 0);
    assert_eq!(outbox.expire(end), 2);
    assert_eq!(outbox.expire(end), 0);
    assert_eq!(send(&mut outbox, &mut batch, 99), "new newer");
}

#[derive(Clone, Debug)]
enum Step {
    Share(u8),
    Tell(u8),
    Send(usize),
    EndTurn,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        any::<u8>().prop_map(Step::Share),
        any::<u8>().prop_map(Step::Tell),
        (0_usize..40).prop_map(Step::Send),
        Just(Step::EndTurn),
    ]
}

proptest! {
    #[test]
    fn every_byte_leaves_once_and_in_order(steps in prop::collection::vec(step(), 1..60)) {
        let mut batch = Batch::default();
        let mut outbox = Outbox::default();
        let (mut said, mut sent) = (String::new(), String::new());
        for step in steps {
            match step {
                Step::Share(number) | Step::Tell(number) => {
                    let text = format!("<{number}>");
                    let span = if matches!(step, Step::Share(_)) {
                        shared(&mut batch, DROPPABLE, &text)
                    } else {
                        private(&mut batch, &text)
                    };
                    outbox.push(&mut batch, span);
                    said += &text;
                }
                Step::Send(room) => sent += &send(&mut outbox, &mut batch, room),
                Step::EndTurn => {
                    prop_assert_eq!(outbox.settle(&batch, 1 << 20), Settled::default());
                    batch.clear();
                }
            }
        }
        while !outbox.is_empty() {
            sent += &send(&mut outbox, &mut batch, 1000);
        }
        prop_assert_eq!(sent, said);
    }
}
