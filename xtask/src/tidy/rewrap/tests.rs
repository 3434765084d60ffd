use super::rewrap;

fn check(text: &str, wanted: &str) {
    assert_eq!(rewrap(text, 20).as_deref().unwrap_or(text), wanted);
    assert_eq!(rewrap(wanted, 20), None, "a second time changes nothing");
}

#[test]
fn what_does_not_fit_flows_through_its_paragraph() {
    check(
        "// one two three four\n// five\nfn f() {}\n",
        "// one two three\n// four five\nfn f() {}\n",
    );
    check(
        "    /// one two three\n    fn f() {}",
        "    /// one two\n    /// three\n    fn f() {}",
    );
    check(
        "//! one two three four\n//! five six seven\n//!\n//! eight",
        "//! one two three\n//! four five six\n//! seven\n//!\n//! eight",
    );
}

#[test]
fn lists_keep_their_shape() {
    check(
        "/// - one two three four\n///   five\n/// - six",
        "/// - one two three\n///   four five\n/// - six",
    );
    check(
        "/// 1. one two three four\n/// 2. five",
        "/// 1. one two three\n///    four\n/// 2. five",
    );
}

#[test]
fn what_cannot_be_broken_stays() {
    for text in [
        "// https://example.org/a/long/address",
        "/// | a | table | of | words |",
        "/// # A heading that is long",
        "/// ```\n/// let code = is_left_alone;\n/// ```",
        "let code_is_for_rustfmt = true;",
        "let s = \"not // a comment at all\";",
    ] {
        assert_eq!(rewrap(text, 20), None, "{text}");
    }
}

#[test]
fn letters_of_more_bytes_count_once() {
    check("// ééééééééé ééééééé", "// ééééééééé ééééééé");
    check("// ééééééééé ééééééé é", "// ééééééééé ééééééé\n// é");
}
