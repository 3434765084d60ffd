//! `wirehub load` on a terminal.

use std::io::Write as _;

use crate::{
    program::{SECRET, Serving, directory, wirehub},
    screen::Watched,
};

const SET: [(&str, &str); 1] = [("WIREHUB_AUTH__HMAC_SECRET", SECRET)];

#[test]
fn a_run_is_seen_on_a_full_screen_that_is_gone_afterwards() {
    let hub = Serving::start(&directory("load_screen"), &[], &SET);
    let url = format!("ws://{}/ws", hub.public);
    let arguments = ["load", "fanout", &url, "--connections", "20", "--for", "1h"];
    let mut load = Watched::start(wirehub(&arguments, &SET));
    load.until("\u{1b}[?1049h");
    load.until("Deliveries a second");
    // The first second is over.
    load.until("█");
    load.terminal.write_all(b"\x03").unwrap();
    load.until("Ctrl-C again waits for nothing");
    load.until("\u{1b}[?1049l");
    load.until("stopped before its scenario ended");
    assert!(matches!(load.program.wait().unwrap().code(), Some(0 | 4)));
}

#[test]
fn whoever_wants_lines_gets_lines() {
    let hub = Serving::start(&directory("load_lines"), &[], &SET);
    let url = format!("ws://{}/ws", hub.public);
    let mut arguments = vec!["load", "idle", &url, "--connections", "5", "--for", "2s"];
    arguments.extend(["--settle", "0s", "--lines"]);
    let mut load = Watched::start(wirehub(&arguments, &SET));
    load.until("PASS");
    assert!(load.seen.contains("open 6"), "{}", load.seen);
    assert!(!load.seen.contains("\u{1b}[?1049h"), "{}", load.seen);
    // The rest of the report has to be taken before a program on a terminal can end.
    load.until("bytes sent in frames");
    assert_eq!(load.program.wait().unwrap().code(), Some(0));
}
