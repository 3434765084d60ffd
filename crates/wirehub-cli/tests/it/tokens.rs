use crate::program::{SECRET, run};

const SET: [(&str, &str); 1] = [("WIREHUB_AUTH__HMAC_SECRET", SECRET)];

#[test]
fn a_token_is_printed_bare_and_accepted_by_the_same_secret() {
    let made = run(
        &[
            "token",
            "--user",
            "u1",
            "--subscribe",
            "orders/#",
            "--history",
            "--ttl",
            "1h",
        ],
        &SET,
    );
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    assert_eq!(made.stdout.lines().count(), 1);
    let token = made.stdout.trim();

    let seen = run(&["token", "inspect", token], &SET);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    for part in [
        "\"sub\": \"u1\"",
        "\"history\": [",
        "orders/#",
        "verified",
        "expires in",
    ] {
        assert!(seen.stdout.contains(part), "{part} in {}", seen.stdout);
    }

    let other = [(
        "WIREHUB_AUTH__HMAC_SECRET",
        "another secret of thirty-two bytes",
    )];
    let seen = run(&["token", "inspect", token], &other);
    assert_eq!(seen.code, Some(4));
    assert!(seen.stdout.contains("refused"), "{}", seen.stdout);
}

#[test]
fn without_a_secret_nothing_is_signed() {
    let ended = run(&["token", "--user", "u1"], &[]);
    assert_eq!(ended.code, Some(2));
    assert_eq!(ended.stdout, "");
    assert!(
        ended.stderr.contains("WIREHUB_AUTH__HMAC_SECRET"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_wrong_filter_is_named() {
    let ended = run(&["token", "--user", "u1", "--publish", "a/#/b"], &SET);
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.stderr.contains("--publish \"a/#/b\""),
        "{}",
        ended.stderr
    );
}
