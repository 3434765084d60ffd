use super::check;
use crate::tidy::Source;

const GOOD: &str = "[package]\nname = 'a'\ndescription = 'It is.'\nlicense.workspace = true\n\
                    publish.workspace = true\n[lints]\nworkspace = true\n";

fn problems(manifest: &str, lib: &str) -> usize {
    let sources = [
        ("crates/a/Cargo.toml", manifest),
        ("crates/a/src/lib.rs", lib),
    ]
    .map(|(path, text)| Source {
        path: path.to_owned(),
        text: text.to_owned(),
    });
    check(&sources).len()
}

#[test]
fn a_complete_package_passes() {
    assert_eq!(problems(GOOD, "//! It is.\n"), 0);
    assert_eq!(
        problems("[workspace]\n", "//! It is.\n"),
        0,
        "a virtual manifest is no package"
    );
}

#[test]
fn each_missing_field_is_named() {
    for field in [
        "description",
        "license.workspace",
        "publish.workspace",
        "[lints]",
    ] {
        let without = GOOD.replace(field, "[x]\n#");
        assert!(problems(&without, "//! It is.\n") >= 1, "{field}");
    }
    assert_eq!(
        problems(
            &GOOD.replace("[lints]\nworkspace = true", ""),
            "//! It is.\n"
        ),
        1
    );
    assert_eq!(problems("[package", "//! It is.\n"), 1);
}

#[test]
fn a_crate_has_a_first_page() {
    assert_eq!(problems(GOOD, "mod a;\n"), 1);
}

#[test]
fn a_workspace_of_its_own_inherits_nothing() {
    let fuzz = "[package]\nname = 'fuzz'\npublish = false\n[workspace]\n";
    assert_eq!(problems(fuzz, "//! It is.\n"), 0);
}
