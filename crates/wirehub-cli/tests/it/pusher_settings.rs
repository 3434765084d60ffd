//! `[pusher]` and `[[pusher.apps]]`.

use std::fs;

use crate::program::{SECRET, directory, run};

const AUTH: (&str, &str) = ("WIREHUB_AUTH__HMAC_SECRET", SECRET);
const HIDDEN: &str = "app-secret-0123456789";

#[test]
fn apps_come_from_a_file_or_a_variable_and_show_no_secret() {
    let file = directory("pusher").join("wirehub.toml");
    let text = format!(
        "[pusher]\nactivity_timeout = \"1m\"\n[[pusher.apps]]\nid = \"one\"\nkey = \"k\"\n\
         secret = \"{HIDDEN}\"\npublic = \"news/#, chat/#\"\n[[pusher.apps]]\nid = \"two\"\n\
         key = \"l\"\nsecret = \"{HIDDEN}\"\nscope = \"shop\"\n"
    );
    fs::write(&file, text).unwrap();
    let name = file.to_str().unwrap();
    let ended = run(&["config", "check", name], &[AUTH]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    for line in [
        format!("pusher.activity_timeout = \"1m\"  # {name}:2"),
        format!("[[pusher.apps]] one  # {name}:3"),
        format!("[[pusher.apps]] two  # {name}:3"),
    ] {
        let found = ended.stdout.lines().any(|seen| seen == line);
        assert!(found, "{line} in {}", ended.stdout);
    }
    let variable = format!(r#"[{{ id = "env", key = "k", secret = "{HIDDEN}" }}]"#);
    let variables = [AUTH, ("WIREHUB_PUSHER__APPS", variable.as_str())];
    let from_variable = run(&["config", "check", name], &variables);
    assert_eq!(from_variable.code, Some(0), "{}", from_variable.stderr);
    let line = "[[pusher.apps]] env  # WIREHUB_PUSHER__APPS";
    assert!(
        from_variable.stdout.contains(line),
        "{}",
        from_variable.stdout
    );
    for ended in [ended, from_variable] {
        assert!(!ended.stdout.contains(HIDDEN) && !ended.stderr.contains(HIDDEN));
    }
}

#[test]
fn mistakes_are_named_with_their_lines() {
    let file = directory("pusher-wrong").join("wirehub.toml");
    let name = file.to_str().unwrap();
    for (text, expected) in [
        (
            "[[pusher.apps]]\nid = \"a\"\nkey = \"b\"\nsecrt = \"x\"\n".to_owned(),
            vec![
                format!("{name}:4: no setting is called `secrt`; did you mean `secret`?"),
                format!("{name}:1: the app has no `secret`"),
            ],
        ),
        (
            "[pusher]\napp = 1\n".to_owned(),
            vec![format!(
                "{name}:2: no setting is called `pusher.app`; did you mean `pusher.apps`?"
            )],
        ),
        (
            "[pusher]\nactivity_timeout = \"1500ms\"\n".to_owned(),
            vec![format!(
                "{name}:2: `pusher.activity_timeout` must be whole seconds"
            )],
        ),
        (
            "[[pusher.apps]]\nid = \"a\"\nkey = \"b\"\nsecret = \"short\"\n".to_owned(),
            vec![format!(
                "{name}:1: `pusher.apps`: the secret of the Pusher app \"a\" has 5 bytes"
            )],
        ),
        (
            format!(
                "[[pusher.apps]]\nid = \"a\"\nkey = \"b\"\nsecret = \"{HIDDEN}\"\nscope = \"a/b\"\n\
                 public = [\"x/#/y\"]\nclient_events = 1\n"
            ),
            vec![format!(
                "{name}:7: `pusher.apps.client_events`: invalid type"
            )],
        ),
        (
            format!(
                "[[pusher.apps]]\nid = \"a\"\nkey = \"b\"\nsecret = \"{HIDDEN}\"\nscope = \"a/b\"\n\
                 public = [\"x/#/y\"]\n"
            ),
            vec![
                "`scope` = \"a/b\" must have 1 to 40 letters".to_owned(),
                "`pusher.apps` has \"x/#/y\"".to_owned(),
            ],
        ),
    ] {
        fs::write(&file, &text).unwrap();
        let ended = run(&["config", "check", name], &[AUTH]);
        assert_eq!(ended.code, Some(2), "{text}");
        for words in expected {
            assert!(ended.stderr.contains(&words), "{words} in {}", ended.stderr);
        }
        assert!(!ended.stderr.contains(HIDDEN));
    }
}

#[test]
fn mistakes_of_webhooks_are_named() {
    let file = directory("pusher-webhooks-wrong").join("wirehub.toml");
    let name = file.to_str().unwrap();
    for (url, events, expected) in [
        (
            "https://a.example",
            "",
            "there is no `pusher.apps` with this `id`",
        ),
        (
            "https://a.example",
            "channel_ocupied",
            "no events are called \"channel_ocupied\"; did you mean `channel_occupied`?",
        ),
        (
            "http://10.0.0.1/",
            "",
            "\"http://10.0.0.1/\" is not encrypted",
        ),
    ] {
        let text =
            format!("[[pusher.webhooks]]\napp = \"a\"\nurl = \"{url}\"\nevents = \"{events}\"\n");
        fs::write(&file, &text).unwrap();
        let ended = run(&["config", "check", name], &[AUTH]);
        assert_eq!(ended.code, Some(2), "{text}");
        let expected = format!("{name}:1: `pusher.webhooks` \"a\": {expected}");
        assert!(ended.stderr.contains(&expected), "{}", ended.stderr);
    }
}
