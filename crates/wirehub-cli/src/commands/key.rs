//! `wirehub key`: keys for the application's servers.

use std::fmt::Write as _;

use toml::{Table, Value};
use wirehub::auth::{ApiScope, KeyDigest};
use wirehub_model::{Secret, TopicFilter};

use crate::{
    cli::{Key, NewKey},
    exit_code::ExitCode,
    failure::Failure,
    output,
    settings::no_scope,
};

pub(crate) fn run(what: Key) -> Result<ExitCode, Failure> {
    match what {
        Key::New(flags) => output::say(&new(&flags)?),
    }
    Ok(ExitCode::Fine)
}

/// 32 random bytes in hex.
pub(crate) fn random() -> Result<Secret, Failure> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::outside(format!("no randomness for secrets: {error}")))?;
    let mut text = String::new();
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(Secret::new(text))
}

/// The key, which is nowhere else, and the entry that lets it in.
fn new(flags: &NewKey) -> Result<String, Failure> {
    for name in &flags.scopes {
        ApiScope::named(name).ok_or_else(|| Failure::usage(no_scope(name)))?;
    }
    for text in &flags.topics {
        TopicFilter::parse(text)
            .map_err(|error| Failure::usage(format!("--topic {text:?}: {error}")))?;
    }
    let key = random()?;
    let hash = KeyDigest::of(&key).to_string();
    let mut entry = format!(
        "# The key, shown this once. Give it to the server that uses it:\n# {}\n\n[[admin.keys]]\n",
        key.expose()
    );
    for (name, value) in [
        ("name", Value::from(flags.name.clone())),
        ("hash", Value::from(hash)),
        ("scopes", Value::from(flags.scopes.clone())),
        ("topics", Value::from(flags.topics.clone())),
    ] {
        let line = Table::from_iter([(name.to_owned(), value)]);
        entry.push_str(&line.to_string());
    }
    Ok(entry)
}
