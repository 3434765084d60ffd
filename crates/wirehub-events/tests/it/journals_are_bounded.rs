use std::{fs, path::Path};

use serde_json::Value;
use wirehub_events::{EventSink as _, Journal, JournalSettings, Source};

use crate::occurred;

fn subjects(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().map(|line| {
        let event: Value = serde_json::from_str(line).unwrap();
        event["subject"].as_str().unwrap().to_owned()
    });
    lines.collect()
}

#[tokio::test]
async fn the_oldest_files_go() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    let settings = JournalSettings {
        max_bytes: 1,
        keep: 2,
        ..JournalSettings::new(&path)
    };
    let journal = Journal::open(settings).unwrap();
    let source = Source::new("n", 1);
    for topic in ["a", "b", "c", "d"] {
        journal.bring(&occurred(&source, &[topic])).await.unwrap();
    }
    assert_eq!(subjects(&path), ["d"]);
    assert_eq!(subjects(&folder.path().join("events.jsonl.1")), ["c"]);
    assert_eq!(subjects(&folder.path().join("events.jsonl.2")), ["b"]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[tokio::test]
async fn a_journal_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    for topic in ["a", "b"] {
        let journal = Journal::open(JournalSettings::new(&path)).unwrap();
        let source = Source::new("n", 1);
        journal.bring(&occurred(&source, &[topic])).await.unwrap();
    }
    assert_eq!(subjects(&path), ["a", "b"]);
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nowhere/events.jsonl");
    assert!(Journal::open(JournalSettings::new(path)).is_err());
}
