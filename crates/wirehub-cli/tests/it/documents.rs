//! What the documents show can be used.

use std::fs;

use crate::program::{directory, run};

/// The fenced pieces of TOML in a document, without those that leave something out, and those that
/// only a build with Kafka takes where this is none.
fn files(text: &str) -> Vec<String> {
    let pieces = text.split("```toml\n").skip(1);
    let ends = pieces.filter_map(|piece| piece.split_once("```"));
    let is_taken = |file: &str| cfg!(feature = "kafka") || !file.contains("kafka");
    let whole = ends.filter(|(file, _)| !file.contains('…') && is_taken(file));
    whole.map(|(file, _)| file.to_owned()).collect()
}

#[test]
fn settings_and_scenarios_in_documents_pass_the_check() {
    let documents = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operating");
    let file = directory("documents").join("wirehub.toml");
    let mut checked = 0;
    for document in fs::read_dir(documents).unwrap() {
        let path = document.unwrap().path();
        for text in files(&fs::read_to_string(&path).unwrap()) {
            fs::write(&file, &text).unwrap();
            let name = file.to_str().unwrap();
            let check = match text.contains("traffic = ") {
                true => ["load", "--print-scenario", name],
                false => ["config", "check", name],
            };
            let ended = run(&check, &[]);
            let passes = ended.code == Some(0);
            assert!(passes, "{}: {text}{}", path.display(), ended.stderr);
            checked += 1;
        }
    }
    assert!(checked >= 3, "{checked} found");
}
