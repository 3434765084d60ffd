//! Files that are made from the code.

use std::{fs, path::PathBuf};

/// The file at `path` under the repository's root.
pub(crate) fn path(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// The text of a file, empty when there is none yet.
pub(crate) fn read(file: &str) -> String {
    fs::read_to_string(path(file)).unwrap_or_default()
}

/// Compares a file with what it should be, or rewrites it when `UPDATE_EXPECT` is set.
#[track_caller]
pub(crate) fn check(file: &str, expected: &str) {
    let found = read(file);
    if found == expected {
        return;
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(path(file), expected).unwrap();
        return;
    }
    let pairs = found.lines().zip(expected.lines());
    let place = pairs
        .take_while(|(found, expected)| found == expected)
        .count();
    panic!(
        "{file} differs from the code in line {line}:\n  in the file: {found:?}\n  expected:    {expected:?}\n\
         `UPDATE_EXPECT=1 cargo test -p wirehub-protocol` rewrites it",
        line = place + 1,
        found = found.lines().nth(place),
        expected = expected.lines().nth(place),
    );
}
