//! `wirehub top`, on a terminal of its own.

use std::{
    fs::{File, OpenOptions},
    io::{Read as _, Write as _},
    os::unix::ffi::OsStrExt as _,
    process::{Child, Command},
};

use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};

use crate::program::{SECRET, Serving, directory, run, wirehub};

const KEY: &str = "a key for the terminal, 0123456789";

/// The near end of a terminal, and the far end for a program.
fn terminal() -> (File, File) {
    let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&near).unwrap();
    unlockpt(&near).unwrap();
    let size = Winsize {
        ws_row: 30,
        ws_col: 110,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&near, size).unwrap();
    let name = ptsname(&near, Vec::new()).unwrap();
    let path = std::ffi::OsStr::from_bytes(name.as_bytes());
    let far = OpenOptions::new().read(true).write(true).open(path);
    (File::from(near), far.unwrap())
}

/// A program on a terminal, and all that it ever sent there: what stays on a screen is sent once.
struct Watched {
    program: Child,
    terminal: File,
    seen: String,
}

impl Watched {
    /// Only the program holds the far end, so that its end is seen.
    fn start(mut command: Command) -> Self {
        let (terminal, far) = terminal();
        let [output, errors] = [far.try_clone(), far.try_clone()].map(Result::unwrap);
        let command = command.stdin(far).stdout(output).stderr(errors);
        Self {
            program: command.spawn().unwrap(),
            terminal,
            seen: String::new(),
        }
    }

    /// Reads until a text was on its way to the screen; the end of the program fails the test.
    fn until(&mut self, text: &str) {
        while !self.seen.contains(text) {
            let mut bytes = [0; 4_096];
            let count = self.terminal.read(&mut bytes);
            let count =
                count.unwrap_or_else(|error| panic!("{error} before {text}: {}", self.seen));
            self.seen
                .push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
    }
}

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
