//! Standard output and standard error, for people and pipes.

use std::io::{self, Write};

/// Prints a text and a line break. A pipe that was closed has read all it wanted.
pub(crate) fn say(text: &str) {
    let _ = writeln!(io::stdout().lock(), "{}", text.trim_end_matches('\n'));
}

/// Says on standard error what went wrong, each line by itself.
pub(crate) fn complain(message: &str) {
    let mut stderr = io::stderr().lock();
    for line in message.lines() {
        let _ = writeln!(stderr, "wirehub: {line}");
    }
}
