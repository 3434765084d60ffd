use std::{fs, path::PathBuf};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{layers::Layers, settings::Settings};

fn testdata(name: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/centrifugo");
    PathBuf::from(folder).join(name)
}

/// Translates options, and checks what comes out.
fn of(options: &Value) -> (Settings, Import) {
    let imported = import(Path::new("config.json"), &options.to_string()).unwrap();
    let layers = Layers::of_text(&imported.settings).expect(&imported.settings);
    let settings = Settings::new(&layers).expect(&imported.settings);
    (settings, imported)
}

/// What is said about an option.
fn said(imported: &Import, option: &str) -> String {
    let mut notes = imported.notes.iter();
    let found = notes.find(|note| note.option == option);
    found.expect(option).text.clone()
}

/// The examples with what they come to: settings, then notes.
#[test]
fn examples_come_to_what_stands_beside_them() {
    for name in ["chat.json", "prices.yaml", "hooks.toml"] {
        let path = testdata(name);
        let imported = import(&path, &fs::read_to_string(&path).unwrap()).unwrap();
        let notes = imported.notes.iter().map(|note| format!("{note}\n"));
        let found = format!("{}\n---\n{}", imported.settings, notes.collect::<String>());
        let beside = testdata(&format!("{name}.expected"));
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(&beside, &found).unwrap();
        }
        let expected = fs::read_to_string(&beside).unwrap();
        assert_eq!(found, expected, "{name}: UPDATE_EXPECT=1 writes it anew");
        let layers = Layers::of_text(&imported.settings).unwrap();
        Settings::new(&layers).expect(name);
        for secret in ["hunter2", "the-static-token", "a password", "a secret of"] {
            assert!(!found.contains(secret), "{name} shows {secret}");
        }
    }
}

#[test]
fn secrets_pass_as_they_are_and_are_never_spoken_of() {
    let (secret, before) = ("s".repeat(40), "p\"\\\n".repeat(10));
    let options = json!({
        "client": {"token": {"hmac_secret_key": secret, "hmac_previous_secret_key": before,
            "hmac_previous_secret_key_valid_until": 1_800_000_000}},
        "http_api": {"key": "x".repeat(15)},
        "http_server": {"tls": {"enabled": true, "cert_pem": "-----BEGIN CERTIFICATE-----",
            "key_pem": "-----BEGIN PRIVATE KEY----- mine"}},
    });
    let (settings, imported) = of(&options);
    let secrets = &settings.hub.door.auth.hmac_secrets;
    let found: Vec<_> = secrets
        .iter()
        .map(|secret| secret.secret.expose())
        .collect();
    assert_eq!(found, [&secret, &before]);
    assert!(said(&imported, "http_api.key").starts_with("left out"));
    for note in &imported.notes {
        let text = note.to_string();
        for part in [secret.as_str(), before.as_str(), "xxxxxxxxxxxxxxx", "mine"] {
            assert!(!text.contains(part), "{text}");
        }
    }
    assert!(said(&imported, "http_server.tls.key_pem").contains("`tls.key`"));
}

#[test]
fn who_may_do_what_is_no_wider_than_it_was() {
    use wirehub_model::{Access, Topic};
    let options = json!({"channel": {
        "without_namespace": {"allow_subscribe_for_client": true},
        "namespaces": [
            {"name": "open", "allow_subscribe_for_client": true, "allow_publish_for_anonymous": true,
                "allow_publish_for_client": true, "allow_history_for_client": true},
            {"name": "closed"},
            {"name": "talk", "allow_publish_for_subscriber": true},
        ],
    }});
    let (settings, imported) = of(&options);
    for (channel, subscribe, publish) in [
        ("news", Access::User, Access::Capability),
        ("open", Access::User, Access::Capability),
        ("open:1", Access::User, Access::Anyone),
        ("$open:1", Access::Capability, Access::Anyone),
        ("closed:1", Access::Capability, Access::Capability),
        ("talk:1", Access::Capability, Access::Capability),
        ("unheard:of", Access::Capability, Access::Capability),
    ] {
        let topic: Topic = wirehub_protocol::centrifuge::topic_of_channel(channel).unwrap();
        let namespace = settings.hub.namespaces.of_topic(&topic);
        let found = (namespace.subscribe, namespace.publish);
        assert_eq!(found, (subscribe, publish), "{channel}");
    }
    let text = said(
        &imported,
        "channel.namespaces[2].allow_publish_for_subscriber",
    );
    assert!(text.contains("`publish`"), "{text}");
}

#[test]
fn what_says_nothing_new_is_not_spoken_of() {
    let options = json!({
        "client": {"ping_interval": "25s", "token": {"audience": "", "user_id_claim": "sub"},
            "proxy": {"connect": {"enabled": false, "timeout": "1000ms"}}, "concurrency": 0},
        "channel": {"namespaces": [{"name": "a", "force_recovery": true, "history_size": 0}]},
        "engine": {"type": "memory", "redis": {"address": "redis://127.0.0.1:6379"}},
        "consumers": [], "proxies": [], "prometheus": {"handler_prefix": "/metrics"},
    });
    let (_, imported) = of(&options);
    // Nobody could be let in, which is worth saying.
    let options: Vec<_> = imported
        .notes
        .iter()
        .map(|note| note.option.as_str())
        .collect();
    assert_eq!(options, ["http_server.address"]);
}

#[test]
fn wrong_names_and_kinds_are_said() {
    let options = json!({
        "client": {"pign_interval": "25s", "pong_timeout": 8, "channel_limit": "many",
            "allowed_origins": ["https://a.example", "nonsense"]},
        "channel": {"namespaces": [{"name": "a", "presense": true}, {"presence": true}]},
        "token_hmac_secret_key": "of version 5",
        "log": {"level": "none"},
    });
    let (settings, imported) = of(&options);
    assert!(
        said(&imported, "client.pign_interval").ends_with("did you mean `client.ping_interval`?")
    );
    assert!(said(&imported, "client.pong_timeout").starts_with("is no duration"));
    assert!(said(&imported, "client.channel_limit").starts_with("is no whole number"));
    assert!(said(&imported, "client.allowed_origins").contains("nonsense"));
    let near = said(&imported, "channel.namespaces[0].presense");
    assert!(
        near.ends_with("did you mean `channel.namespaces[].presence`?"),
        "{near}"
    );
    assert!(said(&imported, "channel.namespaces[1].name").contains("no name"));
    assert!(said(&imported, "token_hmac_secret_key").contains("no such option"));
    assert!(said(&imported, "log.level").contains("`error`"));
    assert_eq!(settings.hub.door.origins.allowed, ["https://a.example"]);
}

#[test]
fn what_cannot_be_read_is_a_fault_without_a_piece_of_the_file() {
    for (name, text) in [
        ("a.json", "{\"client\": \"my secret"),
        ("a.json", "[\"my secret\"]"),
        ("a.yaml", "a: my secret: [\n- {"),
        ("a.yaml", "my secret"),
        ("a.toml", "key = \"my secret"),
        ("a.conf", "my secret"),
        ("a", "{}"),
    ] {
        let faults = import(Path::new(name), text).unwrap_err().to_string();
        assert!(faults.starts_with(&format!("{name}: ")), "{faults}");
        assert!(!faults.contains("my secret"), "{faults}");
    }
    assert!(import(Path::new("empty.yml"), "").is_ok());
}

/// Any value for an option, mostly of the right kind.
fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        (-2_i64..100_000).prop_map(Value::from),
        prop::sample::select(vec![
            "",
            "0s",
            "1ms",
            "25s",
            "1h",
            "9000h",
            "redis",
            "memory",
            "cache",
            "stream",
            "*",
            "https://a.example",
            "/api",
            "/own",
            "/",
            "127.0.0.1",
            "::1",
            "info",
            "none",
            "sub",
            "a secret of more than thirty-two bytes",
            "-----BEGIN PUBLIC KEY-----",
            "true",
        ])
        .prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::collection::vec(any::<String>().prop_map(Value::from), 0..3).prop_map(Value::from),
        Just(json!({"a": 1})),
        Just(Value::Null),
    ]
}

/// Options of Centrifugo's, and some that it does not have.
fn options() -> impl Strategy<Value = Vec<(String, Value)>> {
    let names: Vec<&str> = include_str!("options.txt")
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| !name.contains("[]") && !name.starts_with("tls."))
        .collect();
    let name = prop_oneof![
        20 => prop::sample::select(names).prop_map(str::to_owned),
        1 => "[a-z]{1,8}(\\.[a-z_]{1,8}){0,2}",
    ];
    prop::collection::vec((name, value()), 0..40)
}

/// Puts a value at its place, unless something else is on the way.
fn put(options: &mut Value, name: &str, value: Value) {
    let mut place = options;
    for part in name.split('.') {
        if !place.is_object() {
            *place = json!({});
        }
        place = &mut place[part];
    }
    *place = value;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever is set, the settings pass the check, and each option is a setting, as it is there
    /// anyway, or spoken of.
    #[test]
    fn any_configuration_comes_to_settings_that_pass(
        set in options(),
        names in prop::collection::vec(any::<String>(), 0..4),
        inner in options(),
    ) {
        let mut all = json!({});
        for (name, value) in set {
            put(&mut all, &name, value);
        }
        let namespaces = names.into_iter().map(|name| {
            let mut entry = json!({});
            for (option, value) in &inner {
                if let Some(option) = option.strip_prefix("channel.without_namespace.") {
                    put(&mut entry, option, value.clone());
                }
            }
            entry["name"] = name.into();
            entry
        });
        let namespaces: Vec<Value> = namespaces.collect();
        put(&mut all, "channel.namespaces", namespaces.into());
        let imported = import(Path::new("config.json"), &all.to_string()).unwrap();
        let layers = Layers::of_text(&imported.settings);
        let layers = layers.map_err(|faults| {
            TestCaseError::fail(format!("{faults}\n{}", imported.settings))
        })?;
        let checked = Settings::new(&layers);
        prop_assert!(checked.is_ok(), "{}\n{}", checked.unwrap_err(), imported.settings);
        let whole = imported.notes.iter().find(|note| note.option == "(all)");
        prop_assert!(whole.is_none(), "{whole:?}");
    }
}
