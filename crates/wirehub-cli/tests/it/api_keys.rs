//! `wirehub key`, and `[[admin.keys]]` in a running hub.

use std::{fs, io::Write as _};

use rustix::process::Signal;

use crate::program::{SECRET, Serving, answer, directory, run};

const AUTH: (&str, &str) = ("WIREHUB_AUTH__HMAC_SECRET", SECRET);

/// A key that was made, and the entry for it.
fn made(arguments: &[&str]) -> (String, String) {
    let ended = run(&[&["key", "new"], arguments].concat(), &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let key = ended.stdout.lines().nth(1).unwrap();
    let key = key.trim_start_matches("# ").to_owned();
    assert_eq!(key.len(), 64, "{key}");
    (key, ended.stdout)
}

/// The status of a request with a key.
fn status(admin: &str, key: &str, path: &str, body: &str) -> String {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\nContent-Length: {length}\r\n\
         Authorization: Bearer {key}\r\n\r\n{body}"
    );
    answer(admin, &head)[9..12].to_owned()
}

#[test]
fn keys_that_were_made_open_what_they_are_for_and_come_and_go_with_reloads() {
    let directory = directory("scoped-keys");
    let file = directory.join("wirehub.toml");
    let name = file.to_str().unwrap().to_owned();
    let (reader, entry) = made(&["--name", "reader", "--scope", "read"]);
    let (writer, more) = made(&[
        "--name", "writer", "--scope", "publish", "--topic", "news/#", "--topic", "orders/+",
    ]);
    fs::write(&file, &entry).unwrap();
    let mut hub = Serving::start(&directory, &["--config", &name], &[AUTH]);
    let publish = |key: &str, topic: &str| {
        let body = format!("{{\"topic\":\"{topic}\",\"data\":1}}");
        status(&hub.admin, key, "/api/publish", &body)
    };
    assert_eq!(status(&hub.admin, &reader, "/api/info", ""), "200");
    assert_eq!(publish(&reader, "news/a"), "403");
    assert_eq!(publish(&writer, "news/a"), "401", "not listed yet");

    let mut appended = fs::OpenOptions::new().append(true).open(&file).unwrap();
    appended.write_all(more.as_bytes()).unwrap();
    hub.signal(Signal::HUP);
    hub.wait_for_log("settings are reloaded");
    let publish = |key: &str, topic: &str| {
        let body = format!("{{\"topic\":\"{topic}\",\"data\":1}}");
        status(&hub.admin, key, "/api/publish", &body)
    };
    assert_eq!(publish(&writer, "news/a"), "200");
    assert_eq!(publish(&writer, "orders/1/2"), "403");
    assert_eq!(status(&hub.admin, &writer, "/api/info", ""), "403");

    let ended = run(&["config", "check", &name], &[AUTH]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(
        ended.stdout.contains("[[admin.keys]] writer"),
        "{}",
        ended.stdout
    );
    let banner = fs::read_to_string(directory.join("stdout")).unwrap();
    assert!(!banner.contains("api key"), "none is made beside: {banner}");
    for shown in [ended.stdout, ended.stderr, banner] {
        assert!(!shown.contains(&reader) && !shown.contains(&writer));
    }
}

#[test]
fn mistakes_are_named_and_a_key_in_place_of_its_hash_is_not_repeated() {
    let file = directory("scoped-keys-wrong").join("wirehub.toml");
    let name = file.to_str().unwrap();
    let key = "6f".repeat(32);
    let hash = format!("sha256:{key}");
    for (entry, expected) in [
        (
            format!("name = \"a\"\nhash = \"{key}\"\n"),
            "`admin.keys` \"a\": `hash` must be `sha256:` and 64 hexadecimal digits",
        ),
        (
            format!("name = \"a\"\nhash = \"{hash}\"\nscopes = [\"publsh\"]\n"),
            "`admin.keys` \"a\": no scope is called \"publsh\"; did you mean `publish`?",
        ),
        (
            format!("name = \"a\"\nhash = \"{hash}\"\ntopics = [\"#/a\"]\n"),
            "`admin.keys` has \"#/a\"",
        ),
        (
            format!("name = \"\"\nhash = \"{hash}\"\n"),
            "`admin.keys` \"\": each entry needs a `name` of its own",
        ),
        ("name = \"a\"\n".to_owned(), "the key has no `hash`"),
    ] {
        fs::write(&file, format!("[[admin.keys]]\n{entry}")).unwrap();
        let ended = run(&["config", "check", name], &[AUTH]);
        assert_eq!(ended.code, Some(2), "{entry}");
        assert!(
            ended.stderr.contains(expected),
            "{expected} in {}",
            ended.stderr
        );
        assert!(!ended.stderr.contains(&key), "{}", ended.stderr);
    }
}

#[test]
fn a_key_is_not_made_of_scopes_or_topics_that_are_none() {
    let wrong = [
        (["--scope", "raed"], "did you mean `read`?"),
        (["--topic", "a/#/b"], "--topic \"a/#/b\""),
    ];
    for (flags, expected) in wrong {
        let arguments = ["key", "new", "--name", "a", "--scope", "read"];
        let ended = run(&[&arguments[..], &flags].concat(), &[]);
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        assert!(ended.stderr.contains(expected), "{}", ended.stderr);
        assert_eq!(ended.stdout, "");
    }
}
