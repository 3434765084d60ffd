use std::fs;

use rustix::process::Signal;

use crate::program::{SECRET, Serving, answer, directory, handshake, handshake_with, run};

const PING: &str = "GET /ping HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n";
const KEY: &str = "an API key of the application";
const SET: [(&str, &str); 2] = [
    ("WIREHUB_AUTH__HMAC_SECRET", SECRET),
    ("WIREHUB_ADMIN__API_KEY", KEY),
];

/// Opens a WebSocket with a token of the program's own, and waits until it is open.
fn open(hub: &Serving) -> std::net::TcpStream {
    let token = run(&["token", "--user", "u1", "--subscribe", "#"], &SET).stdout;
    let (status, stream) = handshake(&hub.public, token.trim());
    assert_eq!(status, "101");
    stream
}

#[test]
fn serves_until_sigterm_and_ends_with_zero() {
    let directory = directory("serves");
    let mut hub = Serving::start(&directory, &[], &[]);
    assert!(answer(&hub.public, PING).starts_with("HTTP/1.1 200"));
    let health = PING.replace("/ping", "/healthz");
    assert!(answer(&hub.admin, &health).starts_with("HTTP/1.1 200"));

    let banner = fs::read_to_string(directory.join("stdout")).unwrap();
    assert!(
        banner.contains(&format!("ws://{}/ws", hub.public)),
        "{banner}"
    );
    assert!(banner.contains("development secrets"), "{banner}");
    hub.signal(Signal::TERM);
    assert_eq!(hub.exit_code(), Some(0));
    assert!(!hub.ready_file.exists());
}

#[test]
fn lets_a_client_in_with_a_token_of_the_configured_secret() {
    let mut hub = Serving::start(&directory("lets_in"), &[], &SET);
    let client = open(&hub);
    drop(client);
    hub.signal(Signal::INT);
    assert_eq!(hub.exit_code(), Some(0));
}

/// The status of a handshake that a page opened from a file asks for.
fn from_a_file(hub: &Serving, token: &str) -> String {
    handshake_with(&hub.public, token, "Origin: null\r\n").0
}

#[test]
fn hands_out_the_client_library_to_any_page() {
    let hub = Serving::start(&directory("client"), &[], &SET);
    let script = answer(&hub.public, &PING.replace("/ping", "/wirehub.js"));
    assert!(script.starts_with("HTTP/1.1 200"), "{script}");
    let head = script.to_lowercase();
    assert!(head.contains("content-type: text/javascript"), "{script}");
    assert!(head.contains("access-control-allow-origin: *"), "{script}");
    assert!(script.contains("export"), "{script}");
}

#[test]
fn a_page_from_a_file_is_let_in_with_the_token_of_a_trial_and_only_there() {
    let folder = directory("file_page");
    let trial = Serving::start(&folder, &[], &[]);
    let banner = fs::read_to_string(folder.join("stdout")).unwrap();
    let token = banner.split("token ").nth(1).unwrap();
    let token = token.split_whitespace().next().unwrap();
    assert_eq!(from_a_file(&trial, token), "101");
    assert_eq!(from_a_file(&trial, "guessed"), "401");

    let hub = Serving::start(&directory("file_page_configured"), &[], &SET);
    let token = run(&["token", "--user", "u1", "--subscribe", "#"], &SET).stdout;
    assert_eq!(from_a_file(&hub, token.trim()), "403");
}

#[test]
fn publishes_through_the_admin_interface() {
    let hub = Serving::start(&directory("publishes"), &[], &SET);
    let admin = format!("http://{}", hub.admin);
    let arguments = [
        "publish",
        "orders/42",
        "--admin",
        &admin,
        "--event",
        "paid",
        "--key",
        "BTC-EUR",
        "--idempotency-key",
        "order 42",
        "{\"amount\":5}",
    ];
    let ended = run(&arguments, &SET);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let position: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(position["offset"], 1);

    // That the keys arrive shows in what is wrong with them.
    for (flag, name) in [("--key", "key"), ("--idempotency-key", "idempotency_key")] {
        let arguments = ["publish", "t", "1", "--admin", &admin, flag, ""];
        let ended = run(&arguments, &SET);
        assert_eq!(ended.code, Some(4), "{}", ended.stderr);
        let message = format!("`{name}` must have 1 to 255 bytes");
        assert!(ended.stderr.contains(&message), "{}", ended.stderr);
    }

    let wrong = [("WIREHUB_ADMIN__API_KEY", "not the key of this hub")];
    let ended = run(&arguments, &wrong);
    assert_eq!(ended.code, Some(4), "{}", ended.stderr);
    assert!(ended.stderr.contains("401"), "{}", ended.stderr);
}

#[test]
fn a_second_signal_ends_the_drain_at_once() {
    let mut hub = Serving::start(&directory("second"), &[], &SET);
    let _client = open(&hub);
    hub.signal(Signal::TERM);
    hub.wait_for_log("draining");
    hub.signal(Signal::TERM);
    assert_eq!(hub.exit_code(), Some(143));
}

#[test]
fn a_reload_applies_what_it_can_and_a_bad_file_changes_nothing() {
    let directory = directory("reload");
    let file = directory.join("wirehub.toml");
    fs::write(&file, "[limits]\nsubscriptions = 5\n").unwrap();
    let config = ["--config", file.to_str().unwrap()];
    let mut hub = Serving::start(&directory, &config, &SET);

    fs::write(&file, "[limits]\nsubscription = 6\n").unwrap();
    hub.signal(Signal::HUP);
    let line = hub.wait_for_log("settings are not reloaded");
    assert!(line.contains("limits.subscriptions"), "{line}");

    fs::write(&file, "path = \"/other\"\n[limits]\nsubscriptions = 6\n").unwrap();
    hub.signal(Signal::HUP);
    let line = hub.wait_for_log("needs a restart");
    assert!(line.contains("\"setting\":\"path\""), "{line}");
    hub.wait_for_log("settings are reloaded");
    assert!(answer(&hub.public, PING).starts_with("HTTP/1.1 200"));
}

#[test]
fn api_keys_are_rotated_by_a_reload() {
    let directory = directory("rotation");
    let file = directory.join("wirehub.toml");
    let (old, new) = ("an old key of enough bytes", "a new key of enough bytes");
    let write = |key: &str| fs::write(&file, format!("[admin]\napi_key = \"{key}\"\n")).unwrap();
    write(old);
    let config = ["--config", file.to_str().unwrap()];
    let mut hub = Serving::start(&directory, &config, &SET[..1]);
    let status = |admin: &str, key: &str| {
        let head = format!(
            "GET /api/info HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\
             Authorization: Bearer {key}\r\n\r\n"
        );
        answer(admin, &head)[9..12].to_owned()
    };
    assert_eq!(
        [status(&hub.admin, old), status(&hub.admin, new)],
        ["200", "401"]
    );

    write("short");
    hub.signal(Signal::HUP);
    hub.wait_for_log("settings are not reloaded");
    assert_eq!(status(&hub.admin, old), "200");

    write(new);
    hub.signal(Signal::HUP);
    hub.wait_for_log("settings are reloaded");
    assert_eq!(
        [status(&hub.admin, old), status(&hub.admin, new)],
        ["401", "200"]
    );
}

#[test]
fn an_address_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = run(
        &[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--admin-listen",
            &address,
        ],
        &SET,
    );
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains(&address), "{}", ended.stderr);
}

#[test]
fn a_certificate_is_renewed_when_its_files_change_and_kept_when_they_are_broken() {
    let directory = directory("certificate");
    let (certificate, key) = (directory.join("cert.pem"), directory.join("key.pem"));
    let renew = || {
        let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(&key, pair.signing_key.serialize_pem()).unwrap();
        fs::write(&certificate, pair.cert.pem()).unwrap();
    };
    renew();
    let variables = [
        ("WIREHUB_TLS__CERTIFICATE", certificate.to_str().unwrap()),
        ("WIREHUB_TLS__KEY", key.to_str().unwrap()),
    ];
    let mut hub = Serving::start(&directory, &[], &variables);
    let ready = fs::read_to_string(&hub.ready_file).unwrap();
    assert!(
        ready.contains(&format!("https://{}", hub.public)),
        "{ready}"
    );

    fs::write(&certificate, "no certificate").unwrap();
    let line = hub.wait_for_log("stays in use");
    assert!(line.contains("BEGIN CERTIFICATE"), "{line}");
    renew();
    hub.wait_for_log("the certificate is renewed");
    hub.signal(Signal::TERM);
    assert_eq!(hub.exit_code(), Some(0));
}
