use std::process::Command;
use std::time::Duration;

use super::{capture, is_on_path, run, succeeds, terminate, wait};

#[test]
fn a_failure_is_an_error_that_names_the_command_and_what_it_said() {
    let error = capture(Command::new("sh").args(["-c", "echo lost >&2; exit 3"])).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("sh -c") && text.contains("lost"), "{text}");
    assert!(run(Command::new("sh").args(["-c", "exit 3"])).is_err());
    assert!(!succeeds(Command::new("sh").args(["-c", "exit 3"])));
}

#[test]
fn a_program_that_is_not_there_is_an_error_and_not_a_panic() {
    assert!(capture(&mut Command::new("no-such-program-here")).is_err());
    assert!(!is_on_path("no-such-program-here"));
    assert!(is_on_path("sh"));
}

#[test]
fn waiting_kills_past_the_limit() {
    let mut child = Command::new("sleep").arg("600").spawn().unwrap();
    assert!(
        wait(&mut child, Duration::from_millis(100))
            .unwrap()
            .is_none()
    );
    let mut child = Command::new("sh").args(["-c", "exit 4"]).spawn().unwrap();
    let status = wait(&mut child, Duration::from_secs(60)).unwrap().unwrap();
    assert_eq!(status.code(), Some(4));
}

#[test]
fn terminating_lets_the_program_end_by_itself() {
    let mut child = Command::new("sleep").arg("600").spawn().unwrap();
    terminate(&child).unwrap();
    let status = wait(&mut child, Duration::from_secs(60)).unwrap().unwrap();
    assert!(!status.success());
}
