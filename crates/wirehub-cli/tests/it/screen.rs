//! A terminal, and a program on it.

use std::{
    fs::{File, OpenOptions},
    io::Read as _,
    os::unix::ffi::OsStrExt as _,
    process::{Child, Command},
};

use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};

/// The near end of a terminal, and the far end for a program.
fn terminal() -> (File, File) {
    let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&near).unwrap();
    unlockpt(&near).unwrap();
    resize(&near, 110, 30);
    let name = ptsname(&near, Vec::new()).unwrap();
    let path = std::ffi::OsStr::from_bytes(name.as_bytes());
    let far = OpenOptions::new().read(true).write(true).open(path);
    (File::from(near), far.unwrap())
}

fn resize(terminal: impl std::os::fd::AsFd, columns: u16, rows: u16) {
    let size = Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(terminal, size).unwrap();
}

/// A program on a terminal, and all that it ever sent there: what stays on a screen is sent once.
pub(crate) struct Watched {
    pub(crate) program: Child,
    pub(crate) terminal: File,
    pub(crate) seen: String,
}

impl Watched {
    /// Only the program holds the far end, so that its end is seen.
    pub(crate) fn start(mut command: Command) -> Self {
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
    pub(crate) fn until(&mut self, text: &str) {
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
