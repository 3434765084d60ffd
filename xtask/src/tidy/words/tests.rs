use super::{WORDS, check};
use crate::tidy::Source;

fn problems(path: &str, text: &str) -> Vec<usize> {
    let source = Source {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    check(&[source])
        .into_iter()
        .map(|problem| problem.line)
        .collect()
}

#[test]
fn every_word_is_found_with_its_line() {
    for word in WORDS {
        let text = format!("first line\nbefore {} after\n", word.word);
        assert_eq!(problems("a.rs", &text), [2], "{}", word.word);
    }
}

#[test]
fn words_of_rust_are_free_elsewhere() {
    assert!(problems("a.md", concat!("never leave db", "g!( in code")).is_empty());
    assert!(!problems("a.md", concat!("see /ro", "ot/x")).is_empty());
}

#[test]
fn a_word_may_be_where_it_is_at_home() {
    let text = concat!("#![expect(unsafe", "_code)]");
    assert!(problems("crates/wirehub-profile/src/stack.rs", text).is_empty());
    assert!(!problems("crates/wirehub/src/hub.rs", text).is_empty());
}

#[test]
fn ordinary_text_passes() {
    assert!(
        problems(
            "a.rs",
            "//! From crates.io, PyPI, npm and Debian.\nfn work() {}\n"
        )
        .is_empty()
    );
}
