use super::check;
use crate::tidy::Source;

fn problems(core: Option<&str>) -> usize {
    let mut sources = vec![
        ("crates/wirehub-model/Cargo.toml", ""),
        ("crates/wirehub-model/clippy.toml", "bans"),
        ("crates/wirehub-core/Cargo.toml", ""),
    ];
    sources.extend(core.map(|text| ("crates/wirehub-core/clippy.toml", text)));
    let sources: Vec<_> = sources
        .into_iter()
        .map(|(path, text)| Source {
            path: path.to_owned(),
            text: text.to_owned(),
        })
        .collect();
    check(&sources).len()
}

#[test]
fn copies_are_there_and_equal() {
    assert_eq!(problems(Some("bans")), 0);
    assert_eq!(problems(Some("other bans")), 1);
    assert_eq!(problems(None), 1);
}

#[test]
fn the_model_itself_must_exist() {
    let lone = Source {
        path: "crates/wirehub-model/Cargo.toml".to_owned(),
        text: String::new(),
    };
    assert_eq!(check(&[lone]).len(), 1);
}
