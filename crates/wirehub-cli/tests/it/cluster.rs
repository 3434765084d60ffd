//! Hubs that meet on a Redis server.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
};

use rustix::process::Signal;
use serde_json::{Value, json};
use tungstenite::{Message, WebSocket, protocol::Role};

use crate::program::{SECRET, Serving, answer, directory, handshake, post, run, within_deadline};

pub(crate) const KEY: &str = "an API key of the application";

/// A server of the test's own, which ends with it.
pub(crate) struct RedisServer {
    child: Child,
    port: u16,
    pub(crate) url: String,
}

impl RedisServer {
    pub(crate) fn start(folder: &Path) -> Self {
        for _ in 0..20 {
            let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
            let port = free.local_addr().unwrap().port();
            drop(free);
            if let Some(child) = Self::spawn(port, folder) {
                let url = format!("redis://127.0.0.1:{port}");
                return Self { child, port, url };
            }
            // Somebody took the port meanwhile.
        }
        panic!("the server has found no free port");
    }

    /// Starts a server that keeps nothing; `None` when it cannot have the port.
    fn spawn(port: u16, folder: &Path) -> Option<Child> {
        let mut child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--port"])
            .arg(port.to_string())
            .arg("--dir")
            .arg(folder)
            .stdout(Stdio::piped())
            .spawn()
            .expect("redis-server has to be installed: `cargo xtask setup` does it");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        if lines.any(|line| line.unwrap().contains("Ready to accept connections")) {
            // What it says later goes nowhere, so that it never waits for a reader.
            std::thread::spawn(move || for _ in lines {});
            return Some(child);
        }
        child.wait().unwrap();
        None
    }

    /// Kills the server and starts another in its place, which knows nothing.
    fn lose_everything(&mut self, folder: &Path) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.child = Self::spawn(self.port, folder).expect("its port is free again");
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// A hub with the settings that all of a test have, and others of its own.
pub(crate) fn hub(test: &str, name: &str, redis: &str) -> Serving {
    let folder = directory(&format!("{test}-{name}"));
    let file = folder.join("wirehub.toml");
    let text = "[broker]\nkind = \"redis\"\n[[namespaces]]\npattern = \"chat/#\"\n\
                history = { size = 100, ttl = \"5m\" }\nread_history = \"user\"\n\
                presence = true\nread_presence = \"user\"\n";
    fs::write(&file, text).unwrap();
    let variables = [
        ("WIREHUB_AUTH__HMAC_SECRET", SECRET),
        ("WIREHUB_ADMIN__API_KEY", KEY),
        ("WIREHUB_BROKER__REDIS__URL", redis),
        ("WIREHUB_BROKER__NODE", name),
    ];
    Serving::start(&folder, &["--config", file.to_str().unwrap()], &variables)
}

/// A client that is let in.
struct Client(WebSocket<TcpStream>);

impl Client {
    fn connect(hub: &Serving) -> Self {
        Self::connect_as("u1", hub)
    }

    fn connect_as(user: &str, hub: &Serving) -> Self {
        let variables = [("WIREHUB_AUTH__HMAC_SECRET", SECRET)];
        let rights = [
            "token",
            "--user",
            user,
            "--subscribe",
            "#",
            "--publish",
            "#",
            "--publish",
            "$users/#",
        ];
        let token = run(&rights, &variables).stdout;
        let (status, mut stream) = handshake(&hub.public, token.trim());
        assert_eq!(status, "101");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.extend(byte);
        }
        let mut client = Self(WebSocket::from_raw_socket(stream, Role::Client, None));
        client.next("welcome");
        client
    }

    fn say(&mut self, said: &Value) {
        self.0.send(Message::text(said.to_string())).unwrap();
    }

    /// The next message.
    fn read(&mut self) -> Value {
        loop {
            if let Message::Text(text) = self.0.read().unwrap() {
                return serde_json::from_str(&text).unwrap();
            }
        }
    }

    /// The next message, which has to be of this type.
    fn next(&mut self, kind: &str) -> Value {
        let message = self.read();
        assert_eq!(message["type"], kind, "{message}");
        message
    }
}

/// Joins the chat and watches who is there; returns who is.
fn enter(client: &mut Client) -> Vec<String> {
    client.say(&json!({"type": "subscribe", "id": 1, "topic": "chat/1", "presence": true}));
    let begun = client.next("ok");
    let members = begun["presence"]["members"].as_array().unwrap();
    let users = members
        .iter()
        .map(|member| member["user"].as_str().unwrap().to_owned());
    let mut users: Vec<_> = users.collect();
    users.sort();
    users
}

/// What the server API answers.
fn ask(hub: &Serving, path: &str, body: &Value) -> Value {
    let answer = post(&hub.admin, path, KEY, &body.to_string());
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

/// What the server API answers to whoever only reads.
fn look(hub: &Serving, path: &str) -> Value {
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\
         Authorization: Bearer {KEY}\r\n\r\n"
    );
    let answer = answer(&hub.admin, &head);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

fn publish(hub: &Serving, text: &str) -> Value {
    ask(
        hub,
        "/api/publish",
        &json!({"topic": "chat/1", "data": text}),
    )
}

/// What is published on one of two hubs is heard on the other, and a client goes on there; then
/// both end in order.
pub(crate) fn meet(mut one: Serving, mut other: Serving) {
    let mut client = Client::connect(&one);
    client.say(&json!({"type": "subscribe", "id": 1, "topic": "chat/1"}));
    let begun = client.next("ok");
    assert_eq!(begun["offset"], 0, "{begun}");
    for text in ["a", "b"] {
        publish(&other, text);
    }
    publish(&one, "c");
    for (offset, text) in [(1, "a"), (2, "b"), (3, "c")] {
        let message = client.next("message");
        assert_eq!(
            (&message["offset"], &message["data"]),
            (&json!(offset), &json!(text))
        );
    }

    // It goes on where it was, on the other hub.
    drop(client);
    let mut client = Client::connect(&other);
    let since = json!({"epoch": begun["epoch"], "offset": 1});
    client.say(&json!({"type": "subscribe", "id": 2, "topic": "chat/1", "since": since}));
    let recovered = client.next("ok");
    assert_eq!(recovered["recovered"], true, "{recovered}");
    assert_eq!(recovered["epoch"], begun["epoch"]);
    assert_eq!(client.next("message")["data"], "b");
    assert_eq!(client.next("message")["data"], "c");
    client.say(&json!({"type": "publish", "id": 3, "topic": "chat/1", "data": "d"}));
    // The publication comes before the answer or after it.
    let mut both = [client.read(), client.read()];
    both.sort_by_key(|message| message["type"].to_string());
    let [message, ok] = both;
    assert_eq!(
        (&message["type"], &message["data"]),
        (&json!("message"), &json!("d"))
    );
    assert_eq!((&ok["type"], &ok["offset"]), (&json!("ok"), &json!(4)));

    // A hub that has no clients has nothing to drain.
    drop(client);
    for hub in [&mut one, &mut other] {
        hub.signal(Signal::TERM);
        assert_eq!(hub.exit_code(), Some(0));
    }
}

#[test]
fn what_one_hub_publishes_is_heard_and_recovered_on_the_other() {
    let redis = RedisServer::start(&directory("cluster-redis"));
    let one = hub("cluster", "one", &redis.url);
    let other = hub("cluster", "other", &redis.url);
    meet(one, other);
}

#[test]
fn three_hubs_are_one_to_their_clients_and_one_that_dies_leaves_no_ghost() {
    let redis = RedisServer::start(&directory("cluster-three-redis"));
    three_are_one(["one", "two", "three"].map(|name| hub("cluster-three", name, &redis.url)));
}

/// Who is where, words to users and what the server API does span three hubs of these names; the
/// last one halts and is killed.
pub(crate) fn three_are_one([one, two, mut three]: [Serving; 3]) {
    let mut ann = Client::connect_as("ann", &one);
    assert_eq!(enter(&mut ann), ["ann"]);
    let mut bob = Client::connect_as("bob", &two);
    assert_eq!(enter(&mut bob), ["ann", "bob"]);
    assert_eq!(ann.next("joined")["member"]["user"], "bob");
    let mut cyd = Client::connect_as("cyd", &three);
    assert_eq!(enter(&mut cyd), ["ann", "bob", "cyd"]);
    for client in [&mut ann, &mut bob] {
        assert_eq!(client.next("joined")["member"]["user"], "cyd");
    }

    ann.say(&json!({"type": "send", "id": 2, "to": {"user": "cyd"}, "data": "hello"}));
    ann.next("ok");
    assert_eq!(cyd.next("message")["data"], "hello");
    let told = ask(
        &two,
        "/api/send",
        &json!({"to": {"user": "ann"}, "data": 1}),
    );
    assert_eq!(told, json!({"connections": 1}));
    assert_eq!(ann.next("message")["data"], 1);
    let present = ask(&three, "/api/presence", &json!({"topic": "chat/1"}));
    assert_eq!(present["connections"], 3, "{present}");
    let topics = ask(&one, "/api/topics", &json!({}));
    assert_eq!(
        topics,
        json!({"topics": [{"topic": "chat/1", "subscribers": 3}]})
    );
    let gone = ask(&one, "/api/disconnect", &json!({"user": "bob"}));
    assert_eq!(gone, json!({"connections": 1}));
    assert_eq!(ann.next("left")["member"]["user"], "bob");
    assert_eq!(cyd.next("left")["member"]["user"], "bob");

    // One that is halted does not answer, and is named; the others do.
    let info = look(&one, "/api/info");
    assert_eq!(info["cluster"]["node"], "one", "{info}");
    assert_eq!(
        info["cluster"]["nodes"].as_array().unwrap().len(),
        3,
        "{info}"
    );
    three.signal(Signal::STOP);
    let gone = ask(&one, "/api/disconnect", &json!({"user": "nobody"}));
    assert_eq!(gone, json!({"connections": 0, "silent_nodes": ["three"]}));
    let listed = look(&two, "/api/connections");
    assert_eq!(listed["silent_nodes"], json!(["three"]), "{listed}");
    let info = look(&two, "/api/info");
    assert_eq!(info["cluster"]["silent_nodes"], json!(["three"]), "{info}");

    // Nobody says goodbye for it; its lease ends, and its members are told to leave.
    three.signal(Signal::KILL);
    three.exit_code();
    assert_eq!(ann.next("left")["member"]["user"], "cyd");
    // Each hub learns it by itself.
    let present = || ask(&two, "/api/presence", &json!({"topic": "chat/1"}));
    while present()["connections"] != 1 {}
}

#[test]
fn members_enter_again_when_the_server_has_forgotten_them() {
    let folder = directory("cluster-forgetful-redis");
    let mut redis = RedisServer::start(&folder);
    let hubs = ["one", "two"].map(|name| hub("cluster-forgetful", name, &redis.url));
    let mut ann = Client::connect_as("ann", &hubs[0]);
    assert_eq!(enter(&mut ann), ["ann"]);
    let mut bob = Client::connect_as("bob", &hubs[1]);
    assert_eq!(enter(&mut bob), ["ann", "bob"]);
    assert_eq!(ann.next("joined")["member"]["user"], "bob");

    redis.lose_everything(&folder);
    // Another hub knows only what the server does; it hears of everybody in time, although nobody
    // comes or goes.
    let late = hub("cluster-forgetful", "late", &redis.url);
    within_deadline(|| {
        let present = ask(&late, "/api/presence", &json!({"topic": "chat/1"}));
        (present["connections"] == 2).then_some(())
    });
    let mut cyd = Client::connect_as("cyd", &late);
    let mut seen = enter(&mut cyd);
    while seen != ["ann", "bob", "cyd"] {
        let joined = cyd.next("joined");
        seen.push(joined["member"]["user"].as_str().unwrap().to_owned());
        seen.sort();
    }
    // Those who were there see that one came, and perhaps that others were gone for a moment; in
    // the end they know everybody.
    for client in [&mut ann, &mut bob] {
        while connections(client) != 3 {}
    }
}

#[test]
fn who_stayed_is_told_that_the_server_has_lost_the_topic() {
    let folder = directory("cluster-lost-redis");
    let mut redis = RedisServer::start(&folder);
    let hubs = ["one", "two"].map(|name| hub("cluster-lost", name, &redis.url));
    let mut ann = Client::connect_as("ann", &hubs[0]);
    ann.say(&json!({"type": "subscribe", "id": 1, "topic": "chat/1"}));
    let begun = ann.next("ok");
    for text in ["a", "b"] {
        publish(&hubs[1], text);
        assert_eq!(ann.next("message")["data"], text);
    }

    redis.lose_everything(&folder);
    let mut bob = Client::connect_as("bob", &hubs[1]);
    let mut id = 1;
    while {
        bob.say(&json!({"type": "publish", "id": id, "topic": "chat/1", "data": "c"}));
        bob.read()["type"] == "error"
    } {
        // The hub comes back to the server by itself.
        std::thread::sleep(std::time::Duration::from_millis(20));
        id += 1;
    }
    let told = ann.next("subscribed");
    assert_eq!(told["recovered"], false, "{told}");
    assert_eq!(told["reason"], "unknown_epoch", "{told}");
    assert_ne!(told["epoch"], begun["epoch"]);
    assert_eq!(told["offset"], 0, "{told}");
    let message = ann.next("message");
    assert_eq!(
        (&message["offset"], &message["data"]),
        (&json!(1), &json!("c"))
    );
}

/// How many are in the chat, as a client is told; who comes and goes is passed over.
fn connections(client: &mut Client) -> u64 {
    client.say(&json!({"type": "presence", "id": 7, "topic": "chat/1"}));
    loop {
        let message = client.read();
        match message["type"].as_str() {
            Some("ok") => return message["connections"].as_u64().unwrap(),
            Some("joined" | "left") => {}
            _ => panic!("{message}"),
        }
    }
}

#[test]
fn a_name_that_is_taken_and_a_server_that_is_not_there_are_refused() {
    let redis = RedisServer::start(&directory("cluster-names-redis"));
    let _first = hub("cluster-names", "same", &redis.url);
    let nobody = "redis://user:hush@127.0.0.1:1";
    for (url, hint) in [
        (redis.url.as_str(), "a node named same is attached"),
        (nobody, "cannot be reached"),
        ("http://127.0.0.1", "write it as redis://"),
    ] {
        let variables = [
            ("WIREHUB_BROKER__KIND", "redis"),
            ("WIREHUB_BROKER__REDIS__URL", url),
            ("WIREHUB_BROKER__NODE", "same"),
        ];
        let ended = run(&["serve", "--listen", "127.0.0.1:0"], &variables);
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(ended.stderr.contains(hint), "{hint} in {}", ended.stderr);
        let all = format!("{}{}", ended.stdout, ended.stderr);
        assert!(!all.contains("hush"), "the password is told: {all}");
    }
}
