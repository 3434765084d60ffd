use super::check;
use crate::tidy::Source;

fn problems(path: &str, text: &str) -> usize {
    check(&[Source {
        path: path.to_owned(),
        text: text.to_owned(),
    }])
    .unwrap()
    .len()
}

#[test]
fn files_folders_and_inline_modules_need_a_noun() {
    assert_eq!(problems("crates/a/src/utils.rs", ""), 1);
    assert_eq!(problems("crates/a/tests/common/mod.rs", ""), 1);
    assert_eq!(
        problems("crates/a/src/topic.rs", "mod x { mod helpers {} }"),
        1
    );
}

#[test]
fn nouns_pass() {
    assert_eq!(problems("crates/a/src/topic.rs", "mod tests {}"), 0);
    assert_eq!(problems("crates/a/src/commonality.rs", ""), 0);
}
