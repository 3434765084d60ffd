use std::fs::File;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::{environment, wait_until_ready};
use crate::process::Guarded;
use crate::project::Project;

#[test]
fn the_suites_learn_addresses_and_secrets() {
    let addresses = json!({"public": "http://127.0.0.1:1", "admin": "http://127.0.0.1:2"});
    let variables = environment(&addresses, 3, "t", Path::new("wirehub")).unwrap();
    let value = |name| {
        variables
            .iter()
            .find(|(known, _)| *known == name)
            .unwrap()
            .1
            .as_str()
    };
    assert_eq!(value("WIREHUB_TEST_URL"), "ws://127.0.0.1:1/ws");
    assert_eq!(value("WIREHUB_TEST_ADMIN"), "http://127.0.0.1:2");
    assert_eq!(value("WIREHUB_TEST_TOKEN"), "t");
    let half = json!({"public": "http://127.0.0.1:1"});
    assert!(environment(&half, 3, "t", Path::new("wirehub")).is_err());
}

#[test]
fn a_server_that_ends_early_is_an_error_with_its_words() {
    let folder = Project::locate().unwrap().scratch("interop-test").unwrap();
    let log = folder.join("early.log");
    let mut command = Command::new("sh");
    command
        .args(["-c", "echo no such setting; exit 2"])
        .stdout(File::create(&log).unwrap());
    let mut child = Guarded(command.spawn().unwrap());
    let error = wait_until_ready(&mut child, &folder.join("absent.json"), &log).unwrap_err();
    assert!(error.to_string().contains("no such setting"), "{error}");
}
