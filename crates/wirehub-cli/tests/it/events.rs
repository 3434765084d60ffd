//! `[events]`, and `wirehub events tail`.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use rustix::process::Signal;
use serde_json::Value;

use crate::{
    cluster::RedisServer,
    program::{SECRET, Serving, directory, handshake, run, wirehub},
};

const KEY: &str = "an API key of the application";
const SET: [(&str, &str); 2] = [
    ("WIREHUB_AUTH__HMAC_SECRET", SECRET),
    ("WIREHUB_ADMIN__API_KEY", KEY),
];

fn event(line: &str) -> Value {
    serde_json::from_str(line).expect(line)
}

#[test]
fn what_happens_is_written_to_a_file_and_can_be_watched() {
    let directory = directory("events");
    let (file, settings) = (
        directory.join("events.jsonl"),
        directory.join("wirehub.toml"),
    );
    let text = format!(
        "[events]\nsource = \"eu-1\"\n[[events.files]]\npath = {:?}\nkinds = \"connected, \
         disconnected\"\n",
        file.display().to_string()
    );
    fs::write(&settings, text).unwrap();
    let settings = settings.to_str().unwrap();
    let mut hub = Serving::start(&directory, &["--config", settings], &SET);

    let admin = format!("http://{}", hub.admin);
    let tail = [
        "events",
        "tail",
        "--json",
        "--kind",
        "connected",
        "--admin",
        &admin,
    ];
    let mut tail = wirehub(&tail, &SET)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut stderr = BufReader::new(tail.stderr.take().unwrap());
    stderr.read_line(&mut said).unwrap();
    assert!(said.contains("watching"), "{said}");
    let token = run(&["token", "--user", "ann", "--subscribe", "#"], &SET).stdout;
    let (status, stream) = handshake(&hub.public, token.trim());
    assert_eq!(status, "101");
    let mut lines = BufReader::new(tail.stdout.take().unwrap()).lines();
    let seen = event(&lines.next().unwrap().unwrap());
    assert_eq!(
        (&seen["type"], &seen["data"]["user"]),
        (&"wirehub.connected".into(), &"ann".into())
    );
    drop(stream);

    hub.signal(Signal::TERM);
    assert_eq!(hub.exit_code(), Some(0));
    assert!(tail.wait().unwrap().success(), "the tail ends with the hub");
    let written = fs::read_to_string(&file).unwrap();
    let written: Vec<Value> = written.lines().map(event).collect();
    let kinds: Vec<_> = written.iter().map(|event| event["type"].clone()).collect();
    assert_eq!(kinds, ["wirehub.connected", "wirehub.disconnected"]);
    assert_eq!(written[0], seen);
    assert_eq!(seen["source"], "/wirehub/eu-1");
}

#[test]
fn a_redis_server_is_told() {
    let directory = directory("events-redis");
    let redis = RedisServer::start(&directory);
    let file = directory.join("wirehub.toml");
    let text = format!(
        "[[events.redis]]\nname = \"presence\"\nurl = {:?}\nstream = \"connection_events\"\n\
         form = \"words\"\nkinds = \"connected, disconnected\"\n",
        redis.url
    );
    fs::write(&file, text).unwrap();
    let mut hub = Serving::start(&directory, &["--config", file.to_str().unwrap()], &SET);
    let token = run(&["token", "--user", "ann", "--subscribe", "#"], &SET).stdout;
    let (status, stream) = handshake(&hub.public, token.trim());
    assert_eq!(status, "101");
    drop(stream);
    hub.signal(Signal::TERM);
    assert_eq!(hub.exit_code(), Some(0));
    let kept = Command::new("redis-cli")
        .args(["-u", &redis.url, "XRANGE", "connection_events", "-", "+"])
        .output()
        .unwrap();
    let kept = String::from_utf8(kept.stdout).unwrap();
    let words: Vec<_> = kept.lines().filter(|line| line.contains(":c_")).collect();
    assert_eq!(words.len(), 2, "{kept}");
    let connection = words[0].strip_prefix("CONNECT:").unwrap();
    assert_eq!(words[1], format!("DISCONNECT:{connection}"));
}

/// What is wrong with settings that name Kafka: with the feature just what is asked for here.
fn with_kafka(wrong: &'static str) -> &'static str {
    if cfg!(feature = "kafka") {
        wrong
    } else {
        "this build has no Kafka"
    }
}

#[test]
fn mistakes_are_named_with_their_lines() {
    let file = directory("events-wrong").join("wirehub.toml");
    let name = file.to_str().unwrap();
    let webhook =
        "[[events.webhooks]]\nname = \"billing\"\nsecret = \"a secret of 24 bytes or so\"\n";
    for (text, expected) in [
        (
            "[[events.files]]\npath = \"x\"\nkinds = \"conected\"\n".to_owned(),
            "`events.files`: no events are called \"conected\"; did you mean `connected`?",
        ),
        (
            format!("{webhook}url = \"http://10.0.0.1/\"\n"),
            "`events.webhooks` \"billing\": \"http://10.0.0.1/\" is not encrypted",
        ),
        (
            format!("{webhook}url = \"https://a.example/\"\ntopics = \"a/#/b\"\n"),
            "`events.webhooks` has \"a/#/b\"",
        ),
        (
            "[[events.webhooks]]\nname = \"b\"\nurl = \"https://a.example\"\nsecret = \"short\"\n"
                .to_owned(),
            "24 bytes or more",
        ),
        (
            "[[events.webhooks]]\nname = \"b\"\nurl = \"https://a.example\"\n".to_owned(),
            "the webhook has no `secret`",
        ),
        (
            "[[events.redis]]\nname = \"b\"\nurl = \"redis://:short@a\"\n".to_owned(),
            "`events.redis` \"b\": name either a `channel` or a `stream`",
        ),
        (
            "[[events.redis]]\nname = \"b\"\nurl = \"http://:short@a\"\nchannel = \"c\"\n".to_owned(),
            "`events.redis` \"b\": the address of the Redis server is not valid",
        ),
        (
            "[[events.nats]]\nname = \"b\"\nurl = \"nats://a\"\nsubject = \"a.*\"\n".to_owned(),
            "`events.nats` \"b\": `subject` must have tokens",
        ),
        (
            "[[events.kafka]]\nname = \"b\"\nservers = \"a:9092\"\ntopic = \"a b\"\n".to_owned(),
            with_kafka("`events.kafka` \"b\": \"a b\" is no name of a Kafka topic"),
        ),
        (
            "[[intake.kafka]]\nname = \"b\"\nservers = \"a:9092\"\nfrom = \"c\"\nform = \"events\"\n\
             to = \"a/{keys}\"\n"
                .to_owned(),
            "`intake.kafka` \"b\": `to` = \"a/{keys}\": `{keys}` is no gap",
        ),
        (
            "[[intake.kafka]]\nname = \"b\"\nservers = \"a:9092\"\nfrom = \"c\"\ngroup = \"\"\n".to_owned(),
            with_kafka("`intake.kafka` \"b\": a Kafka group needs a name"),
        ),
    ] {
        fs::write(&file, &text).unwrap();
        let ended = run(&["config", "check", name], &SET);
        assert_eq!(ended.code, Some(2), "{text}");
        assert!(ended.stderr.contains(expected), "{}", ended.stderr);
        assert!(!ended.stderr.contains("short"), "{}", ended.stderr);
    }
}

#[test]
fn a_file_that_cannot_be_opened_is_said_before_the_hub_starts() {
    let directory = directory("events-nowhere");
    let file = directory.join("wirehub.toml");
    fs::write(
        &file,
        "[events]\ndead_letters = \"/nowhere/at/all/dead.jsonl\"\n",
    )
    .unwrap();
    let listen = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
    let config = ["serve", "--config", file.to_str().unwrap()];
    let ended = run(&[config.as_slice(), &listen].concat(), &SET);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    let expected = "failed to open /nowhere/at/all/dead.jsonl";
    assert!(ended.stderr.contains(expected), "{}", ended.stderr);
}
