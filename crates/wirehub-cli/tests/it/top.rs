//! `wirehub top`, on a terminal of its own.

use std::io::Write as _;

use crate::{
    program::{SECRET, Serving, directory, run, wirehub},
    screen::Watched,
};

const KEY: &str = "a key for the terminal, 0123456789";

#[test]
fn a_hub_is_seen_at_a_glance_until_somebody_leaves() {
    let keys = [
        ("WIREHUB_AUTH__HMAC_SECRET", SECRET),
        ("WIREHUB_ADMIN__API_KEY", KEY),
    ];
    let hub = Serving::start(&directory("top"), &[], &keys);
    let address = format!("http://{}", hub.admin);
    let arguments = ["top", "--admin", &address, "--every", "250ms"];
    let command = wirehub(&arguments, &[("WIREHUB_ADMIN__API_KEY", KEY)]);
    let mut top = Watched::start(command);
    top.until("running");
    // That takes figures of two looks.
    top.until("turns/s");
    top.terminal.write_all(b"q").unwrap();
    // The screen of before comes back.
    top.until("\u{1b}[?1049l");
    assert_eq!(top.program.wait().unwrap().code(), Some(0));
}

#[test]
fn without_a_terminal_it_says_what_there_is_instead() {
    let ended = run(&["top"], &[("WIREHUB_ADMIN__API_KEY", KEY)]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("`/metrics`"), "{}", ended.stderr);
    let ended = run(&["top", "--every", "1ms"], &[]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("at least 250ms"), "{}", ended.stderr);
}
