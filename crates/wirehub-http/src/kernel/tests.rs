use std::{
    net::{TcpListener, TcpStream},
    time::{Duration, Instant},
};

use super::*;

/// Longer than the kernel takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks the kernel until it says what is expected.
fn until(address: SocketAddr, expected: impl Fn(&Kernel) -> bool) -> Kernel {
    let begun = Instant::now();
    loop {
        let kernel = Kernel::read(Some(address));
        if expected(&kernel) {
            return kernel;
        }
        assert!(begun.elapsed() < PATIENCE, "{kernel:?}");
        std::thread::yield_now();
    }
}

#[test]
fn who_waits_to_be_accepted_is_counted_and_who_was_is_looked_at() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let _clients: Vec<_> = (0..3)
        .map(|_| TcpStream::connect(address).unwrap())
        .collect();
    let waiting = |kernel: &Kernel| kernel.accept_queue.map(|queue| queue.waiting);
    let kernel = until(address, |kernel| waiting(kernel) == Some(3));
    assert!(kernel.accept_queue.unwrap().room >= 3);
    let _accepted = listener.accept().unwrap();
    until(address, |kernel| waiting(kernel) == Some(2));

    let sample = Kernel::read(Some(address)).sample.unwrap();
    assert_eq!(sample.connections(), 3, "not the other ends");
    assert!((0.0..1.0).contains(&sample.round_trip(0.99)), "{sample:?}");
    assert!(sample.again() < 0.5, "{sample:?}");
    assert!(kernel.drops.is_some());
}

#[test]
fn a_hub_without_a_listener_has_no_sockets_to_ask_for() {
    let kernel = Kernel::read(None);
    assert_eq!((kernel.accept_queue, kernel.sample), (None, None));
}

#[test]
fn quantiles_are_of_the_sample() {
    let micros = |round_trip_micros, again| Found {
        to_read: 0,
        to_write: 0,
        tcp: Some(sock_diag::TcpInfo {
            round_trip_micros,
            again,
            segments: 50,
        }),
    };
    let sample = Sample::of(&[micros(3_000, 0), micros(1_000, 5), micros(2_000, 0)]).unwrap();
    assert!((sample.round_trip(0.0) - 0.001).abs() < f64::EPSILON);
    assert!((sample.round_trip(0.5) - 0.002).abs() < f64::EPSILON);
    assert!((sample.round_trip(1.0) - 0.003).abs() < f64::EPSILON);
    assert!((sample.again() - 5.0 / 150.0).abs() < f64::EPSILON);
    assert_eq!(Sample::of(&[]), None);
}

#[test]
fn drops_are_found_by_their_names() {
    let netstat = "TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 1 7 9\n\
                   IpExt: InNoRoutes ListenDrops\nIpExt: 0 4\n";
    let drops = Drops {
        overflows: 7,
        all: 9,
    };
    assert_eq!(Drops::read(netstat), Some(drops));
    assert_eq!(Drops::read("TcpExt: ListenOverflows\nTcpExt: x\n"), None);
    assert_eq!(Drops::read(""), None);
}
