//! Replays `clients/transcripts`; the session in TypeScript replays the same files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::words;
use crate::session::Session;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../clients/transcripts")
}

/// Plays a transcript; says where the session and the transcript differ first.
fn replay(text: &str) -> Result<(), String> {
    let mut lines = text
        .lines()
        .zip(1..)
        .filter(|(line, _)| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|(line, number)| (serde_json::from_str::<Value>(line).unwrap(), number));
    let (head, _) = lines.next().unwrap();
    let random: Vec<f64> = serde_json::from_value(head["random"].clone()).unwrap();
    let mut random = random.into_iter().cycle();
    let names = words::transports(&head["options"]);
    let options = words::options(&head["options"]);
    let mut session = Session::new(options, move || random.next().unwrap());
    let mut spoken: Vec<Value> = Vec::new();
    for (line, number) in lines {
        if line.get("in").is_some() {
            if let Some(more) = spoken.first() {
                return Err(format!("before line {number} it also says {more}"));
            }
            let at = line["at"].as_f64().unwrap();
            if line["in"] == "timeout" {
                session.handle_timeout(at);
            } else {
                session.handle_input(at, words::input(&line));
            }
            let said = std::iter::from_fn(|| session.poll_output());
            spoken = said.map(|said| words::output(said, &names)).collect();
        } else if let Some(due) = line.get("timeout") {
            let wanted = session.poll_timeout();
            if wanted != due.as_f64() {
                return Err(format!("line {number}: {due}, but it waits for {wanted:?}"));
            }
        } else if spoken.first() != Some(&line) {
            let said = spoken.first().unwrap_or(&Value::Null);
            return Err(format!("line {number}: {line}, but it says {said}"));
        } else {
            spoken.remove(0);
        }
    }
    match spoken.first() {
        Some(more) => Err(format!("at the end it also says {more}")),
        None => Ok(()),
    }
}

#[test]
fn transcripts_are_replayed() {
    let files = fs::read_dir(folder()).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|kind| kind == "jsonl"));
    files.sort();
    assert!(!files.is_empty(), "there are transcripts");
    let differ: Vec<String> = files
        .iter()
        .filter_map(|file| {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            let error = replay(&fs::read_to_string(file).unwrap()).err()?;
            Some(format!("{name}: {error}"))
        })
        .collect();
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}
