//! Settings of what the hub remembers.

use std::fs;

use crate::program::{Ended, directory, run};

fn check(test: &str, text: &str) -> (String, Ended) {
    let file = directory(test).join("wirehub.toml");
    fs::write(&file, text).unwrap();
    let name = file.to_str().unwrap();
    (name.to_owned(), run(&["config", "check", name], &[]))
}

#[test]
fn namespaces_remember_what_their_file_says() {
    let text = "[sessions]\nresume_within = \"off\"\n[broker]\ndurability = \"relaxed\"\n\
                [[namespaces]]\npattern = \"chat/#\"\nretained = true\n\
                history = { size = 100, ttl = \"5m\" }\nread_history = \"user\"\n\
                [[namespaces]]\npattern = \"ticks/#\"\noverflow = \"latest\"\n\
                [namespaces.window]\ntime = \"50ms\"\n";
    let (name, ended) = check("remembers", text);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    for line in [
        format!("sessions.resume_within = \"off\"  # {name}:2"),
        format!("broker.durability = \"relaxed\"  # {name}:4"),
        "broker.kind = \"memory\"  # default".to_owned(),
        format!("[[namespaces]] ticks/#  # {name}:5"),
    ] {
        let found = ended.stdout.lines().any(|seen| seen == line);
        assert!(found, "{line} in {}", ended.stdout);
    }
}

#[test]
fn keys_inside_a_namespace_are_refused_with_their_line_and_the_nearest_right_one() {
    let text = "[[namespaces]]\npattern = \"a/#\"\nhistory = { siz = 1 }\nwindw = \"1s\"\n\
                retaned = true\n[namespaces.window]\ntimes = \"1s\"\n\
                [[namespaces]]\npattern = \"b/#\"\nhistory = 100\n\
                [[namespaces]]\npattern = \"c/#\"\nhistory.ttl = 5\n\
                [session]\nresume_within = \"1m\"\n";
    let (name, ended) = check("inside", text);
    assert_eq!(ended.code, Some(2));
    for hint in [
        ":3: no setting is called `history.siz`; did you mean `history.size`?",
        ":4: no setting is called `windw`; did you mean `window`?",
        ":5: no setting is called `retaned`; did you mean `retained`?",
        ":7: no setting is called `window.times`; did you mean `window.time`?",
        ":10: `namespaces.history` is a table: write history = {",
        ":13: `namespaces.history.ttl`: invalid type",
        ":14: no setting is called `session`; did you mean `sessions`?",
    ] {
        let hint = format!("{name}{hint}");
        assert!(ended.stderr.contains(&hint), "{hint} in {}", ended.stderr);
    }
    assert_eq!(ended.stderr.lines().count(), 7, "{}", ended.stderr);
}

#[test]
fn bounds_that_do_not_fit_together_are_refused() {
    let text = "[limits]\nmembers = 10\nmembers_told = 11\nmembers_listed = 0\n\
                state_bytes = \"1MiB\"\n[sessions]\nresume_within = \"2d\"\n\
                [broker]\npath = \"\"\nmax_bytes = \"1MiB\"\n\
                [[namespaces]]\npattern = \"a/#\"\nwindow.time = \"2m\"\n";
    let (name, ended) = check("bounds", text);
    assert_eq!(ended.code, Some(2));
    for (lines, fault) in [
        ("3, NAME:2", "`limits.members_told` = 11 is more than"),
        ("4", "`limits.members_listed` must be from 1 to 1000"),
        ("5", "`limits.state_bytes` = 1MiB is more than"),
        ("7", "`sessions.resume_within` must be at most 1d"),
        ("9", "`broker.path` must name a file"),
        ("10", "`broker.max_bytes` must be at least 16MiB"),
        ("11", "`namespaces` \"a/#\": `window.time` must be above"),
    ] {
        let line = format!("{name}:{}: {fault}", lines.replace("NAME", &name));
        assert!(ended.stderr.contains(&line), "{line} in {}", ended.stderr);
    }
    assert_eq!(ended.stderr.lines().count(), 7, "{}", ended.stderr);
}

#[test]
fn a_store_that_cannot_be_opened_is_refused_with_what_to_do() {
    let nowhere = directory("stores");
    let foreign = nowhere.join("letter.txt");
    fs::write(&foreign, "Dear Sir or Madam".repeat(1_000)).unwrap();
    let missing = nowhere.join("missing").join("wirehub.redb");
    for (path, hint) in [
        (&nowhere, "is a directory; name a file in it"),
        (&foreign, "is not a store of Wirehub; move it away"),
        (&missing, "does not exist; make it, or correct the path"),
    ] {
        let variables = [
            ("WIREHUB_BROKER__KIND", "redb"),
            ("WIREHUB_BROKER__PATH", path.to_str().unwrap()),
        ];
        let ended = run(&["serve", "--listen", "127.0.0.1:0"], &variables);
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(ended.stderr.contains("`broker.path`"), "{}", ended.stderr);
        assert!(ended.stderr.contains(hint), "{}", ended.stderr);
    }
    let kept = fs::read_to_string(&foreign).unwrap();
    assert!(kept.starts_with("Dear Sir"), "a foreign file is left alone");
}

#[test]
fn sessions_shorter_than_a_drain_are_advised_against() {
    let text = "[sessions]\nresume_within = \"59s\"\n";
    let (_, ended) = check("short_sessions", text);
    assert_eq!(ended.code, Some(0), "it is advice");
    let advice = "`sessions.resume_within` = 59s is less than twice `drain.deadline` = 30s";
    assert!(ended.stderr.contains(advice), "{}", ended.stderr);

    let variables = [("WIREHUB_SESSIONS__RESUME_WITHIN", "59s")];
    let seen = run(&["doctor"], &variables).stdout;
    let line = seen.lines().find(|line| line.contains("sessions")).unwrap();
    assert!(line.starts_with("warn") && line.contains(advice), "{line}");
    for span in ["1m", "off"] {
        let ended = run(&["config", "check"], &[(variables[0].0, span)]);
        assert_eq!(ended.stderr, "", "{span}");
    }
}
