use serde_json::json;

use super::{instruction_benches, locked_version};

#[test]
fn benches_are_found_by_the_library_they_use() {
    let targets = json!([
        {"name": "codec", "kind": ["bench"]},
        {"name": "shows", "kind": ["example"]},
    ]);
    let package = |name: &str, used: &str| json!({"name": name, "targets": targets, "dependencies": [{"name": used}]});
    let metadata = json!({"packages": [package("counts", "gungraun"), package("times", "other")]});
    let wanted = [("counts".to_owned(), "codec".to_owned())];
    assert_eq!(instruction_benches(&metadata), wanted);
}

#[test]
fn the_runner_has_the_version_of_the_lock_file() {
    let lock = "[[package]]\nname = 'a'\nversion = '1.2.3'\n";
    assert_eq!(locked_version(lock, "a").unwrap(), "1.2.3");
    assert!(locked_version(lock, "b").is_err());
    assert!(locked_version("not TOML", "a").is_err());
}
