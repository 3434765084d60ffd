use super::check;
use crate::tidy::Source;

fn problems(text: &str) -> usize {
    let source = Source {
        path: "crates/a/src/lib.rs".to_owned(),
        text: text.to_owned(),
    };
    check(&[source]).unwrap().len()
}

#[test]
fn globs_are_refused_at_any_visibility() {
    assert_eq!(problems("mod a; pub use a::*;"), 1);
    assert_eq!(problems("mod a; pub(crate) use a::{b::*, C};"), 1);
    assert_eq!(problems("mod inner { pub use super::x::*; }"), 1);
    assert_eq!(
        problems("use a::*;"),
        0,
        "a private glob is clippy's to judge"
    );
}

#[test]
fn a_name_of_a_public_module_is_not_given_out_again() {
    assert_eq!(problems("pub mod a; pub use a::Name;"), 1);
    assert_eq!(
        problems("pub mod a; pub use crate::a::{Name, b::Other};"),
        2
    );
    assert_eq!(problems("pub mod a; pub use self::a::Name as Renamed;"), 1);
    assert_eq!(problems("mod a; pub use a::Name;"), 0);
    assert_eq!(problems("pub mod a; mod b; pub use b::Name;"), 0);
    assert_eq!(problems("pub mod a; use a::Name;"), 0);
    assert_eq!(problems("pub(crate) mod a; pub use a::Name;"), 0);
}

#[test]
fn a_name_is_given_out_once() {
    assert_eq!(
        problems("mod a; mod b; pub use a::Name; pub use b::c::Name;"),
        1
    );
    assert_eq!(problems("mod a; mod b; pub use a::One; pub use b::Two;"), 0);
}
