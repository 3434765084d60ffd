use std::iter;

use super::{check, functions, wide_lines};
use crate::tidy::Source;

fn source(path: &str, text: impl Into<String>) -> Source {
    Source {
        path: path.to_owned(),
        text: text.into(),
    }
}

fn function_of(lines: usize) -> String {
    let body: String = iter::repeat_n("    call();\n", lines - 2).collect();
    format!("/// Why.\nimpl X {{\n/// What.\nfn long() {{\n{body}}}\n}}\n")
}

#[test]
fn a_function_is_measured_from_its_name_to_its_brace() {
    let measured = functions(&source("a.rs", function_of(12))).unwrap();
    assert_eq!((measured[0].lines, measured[0].line), (12, 4));
    assert_eq!(measured[0].name, "function a.rs long");
}

#[test]
fn nested_and_default_functions_count() {
    let text = "trait T { fn a() { fn b() {} } fn c(); }\nmod m { fn d() {} }\n";
    let names: Vec<_> = functions(&source("a.rs", text))
        .unwrap()
        .into_iter()
        .map(|thing| thing.name)
        .collect();
    assert_eq!(
        names,
        ["function a.rs a", "function a.rs b", "function a.rs d"]
    );
}

#[test]
fn functions_and_files_have_a_cap() {
    assert!(
        check(&[source("a.rs", function_of(70))])
            .unwrap()
            .is_empty()
    );
    assert_eq!(check(&[source("a.rs", function_of(71))]).unwrap().len(), 1);
    let lines = |count: usize| "// A line.\n".repeat(count);
    assert!(check(&[source("a.rs", lines(600))]).unwrap().is_empty());
    assert_eq!(check(&[source("a.rs", lines(601))]).unwrap().len(), 1);
    assert_eq!(check(&[source("a.mjs", lines(601))]).unwrap().len(), 1);
    assert!(check(&[source("a.lock", lines(601))]).unwrap().is_empty());
}

#[test]
fn wide_comments_are_broken_and_addresses_are_not() {
    let wide = "word ".repeat(21);
    let count = |line: String| wide_lines(&source("a.rs", line)).len();
    assert_eq!(count(format!("// {wide}")), 1);
    assert_eq!(count(format!("    //! say \"x\" {wide}")), 1);
    assert_eq!(count(format!("// http://example.org/{wide}")), 0);
    assert_eq!(count(format!("/// | a | {wide} |")), 0);
    assert_eq!(count(format!("let x = \"{wide}\";")), 0);
    assert_eq!(count(format!("let x = {wide};")), 1);
    assert_eq!(count("// short".to_owned()), 0);
}
