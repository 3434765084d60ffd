use serde_json::json;

use super::{manifest_problems, packages, reach_problems, reached};
use crate::project::Project;
use crate::tidy::table;

fn problems(package: &str, kind: &serde_json::Value, used: &str) -> usize {
    let metadata = json!({"packages": [
        {"name": package, "dependencies": [{"name": used, "kind": kind}]},
    ]});
    let members = [
        "wirehub-model",
        "wirehub-core",
        "wirehub-testkit",
        "wirehub-cli",
        "wirehub",
    ];
    let row = table::row(package).unwrap();
    manifest_problems(row, &packages(&metadata)[0], &members).len()
}

#[test]
fn arrows_point_down_the_table() {
    let normal = json!(null);
    assert_eq!(problems("wirehub-core", &normal, "wirehub-model"), 0);
    assert_eq!(problems("wirehub-model", &normal, "wirehub-core"), 1);
    assert_eq!(problems("wirehub-core", &normal, "wirehub-core"), 1);
    assert_eq!(problems("wirehub-cli", &normal, "wirehub"), 0);
    assert_eq!(problems("wirehub-bench", &normal, "wirehub-cli"), 1);
    assert_eq!(
        problems("wirehub-model", &json!("build"), "wirehub-core"),
        1
    );
}

#[test]
fn the_test_kit_is_for_tests() {
    assert_eq!(
        problems("wirehub-core", &json!("dev"), "wirehub-testkit"),
        0
    );
    assert_eq!(problems("wirehub-core", &json!(null), "wirehub-testkit"), 1);
    assert_eq!(problems("wirehub-cli", &json!(null), "wirehub-testkit"), 1);
}

#[test]
fn pure_crates_see_no_runtime_even_in_tests() {
    assert_eq!(problems("wirehub-websocket", &json!("dev"), "tokio"), 1);
    assert_eq!(problems("wirehub-websocket", &json!("dev"), "proptest"), 0);
    assert_eq!(problems("wirehub-websocket", &json!(null), "rand"), 1);
    assert_eq!(problems("wirehub-websocket", &json!("dev"), "rand"), 0);
    assert_eq!(problems("wirehub-transport", &json!(null), "tokio"), 0);
    assert_eq!(problems("wirehub", &json!(null), "clap"), 1);
}

#[test]
fn what_a_pure_crate_reaches_counts_too() {
    let names = |names: &[&str]| {
        names
            .iter()
            .map(|&name| name.to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        reach_problems("wirehub-core", &names(&["bytes", "tokio"])).len(),
        1
    );
    assert_eq!(reach_problems("wirehub-core", &names(&["bytes"])).len(), 0);
}

#[test]
fn the_tree_of_this_package_is_read() {
    let reached = reached(&Project::locate().unwrap(), "xtask").unwrap();
    assert!(reached.iter().any(|name| name == "xtask"));
    assert!(
        reached.iter().any(|name| name == "clap_builder"),
        "{reached:?}"
    );
}

#[test]
fn every_row_uses_rows_of_the_table() {
    for row in table::TABLE {
        if let table::Own::These(own) = row.own {
            assert!(
                own.iter().all(|name| table::row(name).is_some()),
                "{}",
                row.package
            );
        }
    }
}
