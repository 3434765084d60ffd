//! What a message says, as it is typed.

use std::io::{self, Read};

use serde_json::value::{RawValue, to_raw_value};

use crate::failure::Failure;

/// The most that is read from standard input.
const INPUT_MAX: u64 = 16 * 1024 * 1024;

/// A payload out of an argument: JSON goes as it is, all else as a JSON string; `-` stands for
/// standard input.
pub(super) fn payload(argument: String) -> Result<Box<RawValue>, Failure> {
    let text = match argument.as_str() {
        "-" => read_input()?,
        _ => argument,
    };
    match serde_json::from_str(&text) {
        Ok(json) => Ok(json),
        Err(_) => to_raw_value(&text).map_err(Failure::outside),
    }
}

fn read_input() -> Result<String, Failure> {
    let mut text = String::new();
    let mut input = io::stdin().lock().take(INPUT_MAX);
    let read = input.read_to_string(&mut text);
    read.map_err(|error| Failure::outside(format!("failed to read standard input: {error}")))?;
    Ok(text.trim_end_matches('\n').to_owned())
}
