use super::{Decoder, check_table};
use crate::tidy::Source;

const FILE: &str = "crates/a/src/decoder.rs";
const TABLE: &[Decoder] = &[Decoder {
    file: FILE,
    target: "decode",
}];
const MANIFEST: (&str, &str) = ("fuzz/Cargo.toml", "[[bin]]\nname = 'decode'\n");
const TARGET: (&str, &str) = ("fuzz/fuzz_targets/decode.rs", "");

fn problems(table: &[Decoder], files: &[(&str, &str)]) -> usize {
    let sources: Vec<_> = files
        .iter()
        .map(|&(path, text)| Source {
            path: path.to_owned(),
            text: text.to_owned(),
        })
        .collect();
    check_table(table, &sources).unwrap().len()
}

#[test]
fn a_decoder_with_its_target_passes() {
    assert_eq!(problems(TABLE, &[(FILE, ""), MANIFEST, TARGET]), 0);
}

#[test]
fn a_decoder_without_a_row_is_found() {
    assert_eq!(problems(&[], &[(FILE, "")]), 1);
    assert_eq!(problems(&[], &[("crates/a/src/native/json.rs", "")]), 1);
    assert_eq!(problems(&[], &[("crates/a/src/topic.rs", "")]), 0);
    assert_eq!(problems(&[], &[("xtask/src/decoder.rs", "")]), 0);
}

#[test]
fn a_row_without_its_files_is_found() {
    assert_eq!(
        problems(TABLE, &[MANIFEST, TARGET]),
        1,
        "the decoder is gone"
    );
    assert_eq!(
        problems(TABLE, &[(FILE, ""), MANIFEST]),
        1,
        "the target is gone"
    );
    assert_eq!(
        problems(TABLE, &[(FILE, ""), TARGET]),
        1,
        "the manifest does not list it"
    );
}

#[test]
fn a_target_without_a_row_is_found() {
    assert_eq!(problems(&[], &[MANIFEST, TARGET]), 1);
}
