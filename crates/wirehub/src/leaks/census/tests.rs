use std::{
    fs::File,
    io,
    net::{TcpListener, TcpStream},
};

use super::*;
use crate::leaks::target;

/// Looks at what this process has open, and plants more before each look; returns what is found.
fn planted<T>(mut plant: impl FnMut(&mut Vec<T>)) -> Vec<Leak> {
    let (mut census, mut kept) = (Census::default(), Vec::new());
    let mut found = Vec::new();
    for _ in 0..60 {
        plant(&mut kept);
        let unheld = target::targets(&target::open());
        found = census.look(&unheld, 0, false);
    }
    found
}

#[test]
fn files_that_are_opened_again_and_again_are_named_by_their_path() {
    let path = std::env::current_exe().unwrap();
    let found = planted(|kept| kept.push(File::open(&path).unwrap()));
    let [leak] = found.as_slice() else {
        panic!("one leak is found: {found:?}");
    };
    assert_eq!(leak.kind, LeakKind::Descriptor);
    assert!(
        leak.what.contains("files that nothing explains"),
        "{leak:?}"
    );
    assert!(leak.born.contains(&path.display().to_string()), "{leak:?}");
}

#[test]
fn pipes_are_found_too() {
    let found = planted(|kept| kept.push(io::pipe().unwrap()));
    assert!(
        found.iter().any(|leak| leak.what.contains("pipes")),
        "{found:?}"
    );
}

#[test]
fn sockets_whose_peers_are_gone_are_a_leak_and_those_whose_peers_are_there_are_none() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let accepted = || {
        let peer = TcpStream::connect(address).unwrap();
        (listener.accept().unwrap().0, peer)
    };
    let found = planted(|kept| {
        for _ in 0..4 {
            // What is closed here, at the far end, stays open at the near one.
            kept.push(accepted().0);
        }
    });
    let [leak] = found.as_slice() else {
        panic!("one leak is found: {found:?}");
    };
    let born = format!("at port {}, whose peers are gone", address.port());
    assert!(leak.born.contains(&born), "{leak:?}");

    let _pairs: Vec<_> = (0..100).map(|_| accepted()).collect();
    let unheld = target::targets(&target::open());
    let places = places(&unheld.values().collect::<Vec<_>>());
    let far = places
        .iter()
        .filter(|place| **place == format!("to {address}"));
    assert_eq!(
        far.count(),
        100,
        "the far ends, as this process has them too"
    );
    let near = places.iter().filter(|place| **place == born);
    assert_eq!(near.count(), 0, "the near ends are held by their peers");
}

#[test]
fn what_tasks_hold_is_explained() {
    let mut census = Census::default();
    for look in 0..200_i32 {
        let sockets = (0..look).map(|number| (number, Target::Socket(u64::from(u32::MAX))));
        let found = census.look(&sockets.collect(), look as usize, false);
        assert_eq!(found, []);
    }
}
