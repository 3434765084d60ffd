//! What the agents of `conformance/` have in common: they speak in lines of JSON.

use std::io::Write as _;

use serde_json::Value;

/// Says a line. The judge is gone when it cannot be said, and then nobody listens anyway.
pub(crate) fn say(line: &Value) {
    let mut output = std::io::stdout().lock();
    let _ = writeln!(output, "{line}").and_then(|()| output.flush());
}

/// The word that the judge knows a state or a cause by: `AuthFailed` is `auth_failed`.
pub(crate) fn word(name: &impl std::fmt::Debug) -> String {
    let mut word = String::new();
    for letter in format!("{name:?}").chars() {
        if letter.is_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.extend(letter.to_lowercase());
    }
    word
}
