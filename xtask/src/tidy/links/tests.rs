use super::check;
use crate::tidy::Source;

fn problems(path: &str, text: &str) -> usize {
    let other = Source {
        path: "docs/protocol.md".to_owned(),
        text: "# Close codes\n".to_owned(),
    };
    let sources = [
        Source {
            path: path.to_owned(),
            text: text.to_owned(),
        },
        other,
    ];
    check(&sources, &|file| {
        matches!(file, "docs" | "docs/protocol.md" | "README.md")
    })
    .len()
}

#[test]
fn relative_links_lead_to_files() {
    assert_eq!(
        problems("README.md", "[p](docs/protocol.md) and [d](docs/)"),
        0
    );
    assert_eq!(problems("README.md", "[p](docs/protocols.md)"), 1);
    assert_eq!(
        problems("docs/a.md", "[r](../README.md), [p](protocol.md \"title\")"),
        0
    );
    assert_eq!(problems("docs/a.md", "[r](README.md)"), 1);
    assert_eq!(problems("README.md", "[r](../elsewhere)"), 1);
    assert_eq!(problems("README.md", "[p]: docs/nothing.md"), 1);
}

#[test]
fn anchors_lead_to_headings() {
    assert_eq!(
        problems("README.md", "[p](docs/protocol.md#close-codes)"),
        0
    );
    assert_eq!(problems("README.md", "[p](docs/protocol.md#open-codes)"), 1);
    assert_eq!(problems("README.md", "# Top\n[p](#top)"), 0);
    assert_eq!(problems("README.md", "# Top\n[p](#bottom)"), 1);
}

#[test]
fn code_and_other_sites_are_not_links_of_ours() {
    assert_eq!(problems("README.md", "`[p](nothing.md)`"), 0);
    assert_eq!(problems("README.md", "```\n[p](nothing.md)\n```\n"), 0);
    assert_eq!(
        problems("README.md", "[p](https://example.org/nothing.md)"),
        0
    );
}
