use std::fs;

use crate::program::{SECRET, directory, run};

const MINE: &str = "WIREHUB_AUTH__HMAC_SECRET";

#[test]
fn the_environment_wins_over_the_file_and_both_over_defaults() {
    let file = directory("precedence").join("wirehub.toml");
    let text = "shards = 2\n[heartbeat]\ninterval = \"20s\"\ntimeout = \"5s\"\n";
    fs::write(&file, text).unwrap();
    let name = file.to_str().unwrap();
    let variables = [("WIREHUB_HEARTBEAT__TIMEOUT", "7s"), (MINE, SECRET)];
    let ended = run(&["config", "check", name], &variables);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let lines = [
        format!("shards = 2  # {name}:1"),
        format!("heartbeat.interval = \"20s\"  # {name}:3"),
        "heartbeat.timeout = \"7s\"  # WIREHUB_HEARTBEAT__TIMEOUT".to_owned(),
        "path = \"/ws\"  # default".to_owned(),
        format!("auth.hmac_secret = (hidden)  # {MINE}"),
    ];
    for line in lines {
        assert!(
            ended.stdout.lines().any(|seen| seen == line),
            "{line} in {}",
            ended.stdout
        );
    }
    assert!(!ended.stdout.contains(SECRET));
}

#[test]
fn a_flag_wins_over_the_environment() {
    let variables = [("WIREHUB_LISTEN", "127.0.0.1:0")];
    let ended = run(&["serve", "--listen", "nowhere"], &variables);
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.stderr.contains("--listen: `listen`:"),
        "{}",
        ended.stderr
    );
}

#[test]
fn the_hub_is_not_looked_through_without_a_pause() {
    let variables = [("WIREHUB_LEAK_CHECK", "500ms"), (MINE, SECRET)];
    let ended = run(&["config", "check"], &variables);
    assert_eq!(ended.code, Some(2));
    let advice = "`leak_check` must be 1s or more";
    assert!(ended.stderr.contains(advice), "{}", ended.stderr);
}

#[test]
fn an_unknown_key_is_refused_with_its_line_and_the_nearest_right_one() {
    let file = directory("unknown").join("wirehub.toml");
    fs::write(&file, "[auth]\nhmac_secrt = \"x\"\n\n[limit]\ntopics = 5\n").unwrap();
    let name = file.to_str().unwrap();
    let ended = run(&["config", "check", name], &[("WIREHUB_AUTH__ISUER", "me")]);
    assert_eq!(ended.code, Some(2));
    let hints = [
        format!(
            "{name}:2: no setting is called `auth.hmac_secrt`; did you mean `auth.hmac_secret`?"
        ),
        format!("{name}:4: no setting is called `limit`; did you mean `limits`?"),
        "WIREHUB_AUTH__ISUER: no setting has this name; did you mean WIREHUB_AUTH__ISSUER?"
            .to_owned(),
    ];
    for hint in hints {
        assert!(ended.stderr.contains(&hint), "{hint} in {}", ended.stderr);
    }
}

#[test]
fn variables_that_an_orchestrator_sets_for_a_service_are_passed_over() {
    let variables = [
        ("WIREHUB_SERVICE_HOST", "10.0.0.1"),
        ("WIREHUB_PORT", "tcp://10.0.0.1"),
    ];
    let ended = run(&["config", "check"], &variables);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

#[test]
fn a_wrong_value_is_refused_with_its_line_and_how_to_write_it() {
    let file = directory("wrong").join("wirehub.toml");
    let text = "[heartbeat]\ninterval = 25\n[limits]\nframe_bytes = \"64KB\"\n\
                [[namespaces]]\npattern = \"a/#\"\nsubscribe = \"everyone\"\n";
    fs::write(&file, text).unwrap();
    let name = file.to_str().unwrap();
    let ended = run(&["config", "check", name], &[]);
    assert_eq!(ended.code, Some(2));
    let lines: Vec<_> = ended.stderr.lines().collect();
    assert_eq!(lines.len(), 3, "{}", ended.stderr);
    assert!(
        lines
            .iter()
            .any(|line| line.contains(":2:") && line.contains("\"25s\""))
    );
    assert!(
        lines
            .iter()
            .any(|line| line.contains(":4:") && line.contains("64KiB"))
    );
    assert!(
        lines
            .iter()
            .any(|line| line.contains(":7:") && line.contains("anyone"))
    );
}

#[test]
fn settings_that_do_not_fit_together_are_refused() {
    let variables = [("WIREHUB_TCP__USER_TIMEOUT", "5s")];
    let ended = run(&["config", "check"], &variables);
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.stderr.contains("user_timeout is 5s"),
        "{}",
        ended.stderr
    );
}

#[test]
fn what_is_traced_is_checked_before_anything_starts() {
    let endpoint = (
        "WIREHUB_TRACES__ENDPOINT",
        "http://127.0.0.1:4318/v1/traces",
    );
    let check = |variables: &[(&str, &str)]| run(&["config", "check"], variables);
    let ended = check(&[endpoint, ("WIREHUB_TRACES__SAMPLE", "0.25")]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(
        ended.stdout.contains("traces.sample = 0.25"),
        "{}",
        ended.stdout
    );
    for (variables, said) in [
        (
            [endpoint, ("WIREHUB_TRACES__SAMPLE", "2")],
            "`traces.sample`: the part of traces",
        ),
        (
            [
                ("WIREHUB_TRACES__ENDPOINT", "collector:4317"),
                (MINE, SECRET),
            ],
            "`traces.endpoint`: \"collector:4317\" is no address of a collector",
        ),
    ] {
        let ended = check(&variables);
        assert_eq!(ended.code, Some(2), "{variables:?}");
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
}

#[test]
fn nothing_wider_than_loopback_runs_without_keys() {
    let ended = run(&["serve", "--listen", "0.0.0.0:0"], &[]);
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.stderr.contains("set `auth.hmac_secret`"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("--listen: "), "{}", ended.stderr);

    let ended = run(&["serve", "--admin-listen", "0.0.0.0:0"], &[(MINE, SECRET)]);
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.stderr.contains("set `admin.api_key`"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_short_secret_is_refused_and_not_shown() {
    let ended = run(&["config", "check"], &[(MINE, "hunter2")]);
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.stderr.contains("openssl rand -hex 32"),
        "{}",
        ended.stderr
    );
    assert!(!ended.stderr.contains("hunter2"));
}

#[test]
fn the_default_file_holds_every_setting_and_passes_the_check() {
    let file = directory("default").join("wirehub.toml");
    let ended = run(&["config", "default"], &[]);
    fs::write(&file, &ended.stdout).unwrap();
    let name = file.to_str().unwrap();
    let ended = run(&["config", "check", name], &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    for line in ended.stdout.lines() {
        assert!(line.contains(&format!("# {name}:")), "{line}");
    }
    assert!(ended.stdout.lines().count() > 60);
}

#[test]
fn the_document_of_settings_is_what_the_program_prints() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/config.md");
    let printed = run(&["config", "doc"], &[]).stdout;
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(path, &printed).unwrap();
    }
    let kept = fs::read_to_string(path).unwrap();
    assert_eq!(
        kept, printed,
        "run the test with UPDATE_EXPECT=1 to write it anew"
    );
}
