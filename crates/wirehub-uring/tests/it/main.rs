//! The ring against real sockets. A kernel that forbids io_uring is tested for saying so.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers as well"
)]

use std::io::{self, IoSlice, Read as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;

use wirehub_uring::{Parcel, SendRing, Sent};

/// Both ends of a connection; the near one does not block.
fn pair() -> (UnixStream, UnixStream) {
    let (near, far) = UnixStream::pair().unwrap();
    near.set_nonblocking(true).unwrap();
    (near, far)
}

/// A ring, or nothing where the kernel has none or forbids it: any other failure is ours.
fn ring(parcels: u32) -> Option<SendRing> {
    match SendRing::new(parcels) {
        Ok(ring) => Some(ring),
        Err(error) => {
            let reasons = [io::ErrorKind::PermissionDenied, io::ErrorKind::Unsupported];
            assert!(reasons.contains(&error.kind()), "{error}");
            None
        }
    }
}

fn count(sent: &Sent) -> usize {
    *sent.as_ref().unwrap().as_ref().unwrap()
}

fn refusal(sent: &Sent) -> io::ErrorKind {
    sent.as_ref().unwrap().as_ref().unwrap_err().kind()
}

#[test]
fn each_gets_its_own() {
    let Some(mut ring) = ring(8) else { return };
    // Three times as many as the ring holds.
    let pairs: Vec<_> = (0..25).map(|_| pair()).collect();
    let texts: Vec<_> = (0..25).map(|number| format!("number {number}")).collect();
    let slices: Vec<_> = texts
        .iter()
        .map(|text| [IoSlice::new(text.as_bytes())])
        .collect();
    let parcels = pairs.iter().zip(&slices).map(|((near, _), slices)| Parcel {
        socket: near.as_fd(),
        slices,
    });
    let mut sent = Vec::new();
    ring.send(parcels, &mut sent).unwrap();
    assert_eq!(sent.len(), 25);
    for (((_, far), text), sent) in pairs.iter().zip(&texts).zip(&sent) {
        assert_eq!(count(sent), text.len());
        let mut heard = vec![0; text.len()];
        (&*far).read_exact(&mut heard).unwrap();
        assert_eq!(heard, text.as_bytes());
    }
}

#[test]
fn slices_leave_in_order() {
    let Some(mut ring) = ring(8) else { return };
    let (near, mut far) = pair();
    let slices = [b"one ".as_slice(), b"", b"two ", b"three"].map(IoSlice::new);
    let parcel = Parcel {
        socket: near.as_fd(),
        slices: &slices,
    };
    let mut sent = Vec::new();
    ring.send([parcel], &mut sent).unwrap();
    assert_eq!(count(&sent[0]), 13);
    drop(near);
    let mut heard = String::new();
    far.read_to_string(&mut heard).unwrap();
    assert_eq!(heard, "one two three");
}

#[test]
fn full_and_dead_sockets_do_not_keep_the_others() {
    let Some(mut ring) = ring(8) else { return };
    let (full, _unread) = pair();
    let much = vec![7; 16 << 20];
    let (dead, gone) = pair();
    drop(gone);
    let (well, mut far) = pair();
    let (much, little) = ([IoSlice::new(&much)], [IoSlice::new(b"hello")]);
    let to = |socket, slices| Parcel { socket, slices };
    let mut sent = Vec::new();
    let all = [
        to(full.as_fd(), &much),
        to(dead.as_fd(), &little),
        to(well.as_fd(), &little),
    ];
    ring.send(all, &mut sent).unwrap();
    let some = count(&sent[0]);
    assert!(0 < some && some < 16 << 20, "{some}");
    assert_eq!(refusal(&sent[1]), io::ErrorKind::BrokenPipe);
    assert_eq!(count(&sent[2]), 5);
    let mut heard = [0; 5];
    far.read_exact(&mut heard).unwrap();

    ring.send([to(full.as_fd(), &little)], &mut sent).unwrap();
    assert_eq!(refusal(&sent[0]), io::ErrorKind::WouldBlock);
}

#[test]
fn a_panic_on_the_way_leaves_nothing_behind() {
    let Some(mut ring) = ring(8) else { return };
    let (near, far) = pair();
    let broken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let text = String::from("never sent");
        let slices = [IoSlice::new(text.as_bytes())];
        let first = Parcel {
            socket: near.as_fd(),
            slices: &slices,
        };
        let parcels = [Some(first), None].into_iter().map(Option::unwrap);
        ring.send(parcels, &mut Vec::new())
    }));
    assert!(broken.is_err());

    let slices = [IoSlice::new(b"sent")];
    let parcel = Parcel {
        socket: near.as_fd(),
        slices: &slices,
    };
    let mut sent = Vec::new();
    ring.send([parcel], &mut sent).unwrap();
    drop(near);
    let mut heard = String::new();
    (&far).read_to_string(&mut heard).unwrap();
    assert_eq!(heard, "sent");
}

#[test]
fn another_thread_is_told_and_may_write_itself() {
    let Some(mut ring) = ring(8) else { return };
    let (near, _far) = pair();
    let sent = std::thread::spawn(move || {
        let slices = [IoSlice::new(b"hello")];
        let parcel = Parcel {
            socket: near.as_fd(),
            slices: &slices,
        };
        let mut sent = Vec::new();
        let first = ring.send([parcel], &mut sent).unwrap_err();
        let again = ring.send([parcel], &mut sent).unwrap_err();
        (first.kind(), again.kind(), sent.pop())
    });
    let (first, again, sent) = sent.join().unwrap();
    assert_eq!(first, io::ErrorKind::AlreadyExists);
    assert_eq!(again, io::ErrorKind::BrokenPipe);
    assert!(matches!(sent, Some(None)));
}
