//! The commands that ask a running hub: `send`, `disconnect`, `connections`, `topics`, `presence`
//! and `history`.

use std::{fs, io::Read as _, net::TcpStream};

use serde_json::{Value, json};

use crate::program::{Ended, SECRET, Serving, directory, handshake, post, run, within_deadline};

const KEY: &str = "an API key of the application";
const SET: [(&str, &str); 2] = [
    ("WIREHUB_AUTH__HMAC_SECRET", SECRET),
    ("WIREHUB_ADMIN__API_KEY", KEY),
];
const SETTINGS: &str = "\
[limits]
subscriptions = 2000
[[namespaces]]
pattern = \"rooms/#\"
presence = true
[namespaces.history]
size = 3000
ttl = \"1h\"
";

/// A hub whose topics under `rooms/` remember.
struct Hub {
    serving: Serving,
    admin: String,
}

impl Hub {
    fn start(test: &str) -> Self {
        let directory = directory(test);
        let file = directory.join("wirehub.toml");
        fs::write(&file, SETTINGS).unwrap();
        let config = ["--config", file.to_str().unwrap()];
        let serving = Serving::start(&directory, &config, &SET);
        let admin = format!("http://{}", serving.admin);
        Self { serving, admin }
    }

    fn run(&self, command: &[&str]) -> Ended {
        let admin = ["--admin", &self.admin];
        run(&[command, &admin].concat(), &SET)
    }

    /// What a command says that does what it is asked to.
    fn said(&self, command: &[&str]) -> String {
        let ended = self.run(command);
        assert_eq!(ended.code, Some(0), "{command:?}: {}", ended.stderr);
        ended.stdout
    }

    /// The JSON that a command says, one value a line.
    fn told(&self, command: &[&str]) -> Vec<Value> {
        let text = self.said(&[command, &["--json"]].concat());
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Connects a user who is subscribed to `rooms/1`, and waits until it is.
    fn join(&self, user: &str) -> TcpStream {
        let token = [
            "token",
            "--user",
            user,
            "--subscribe",
            "rooms/1",
            "--auto-subscribe",
        ];
        let token = run(&token, &SET).stdout;
        let (status, stream) = handshake(&self.serving.public, token.trim());
        assert_eq!(status, "101");
        within_deadline(|| {
            let members = self.told(&["presence", "rooms/1"]);
            members
                .iter()
                .any(|member| member["user"] == user)
                .then_some(())
        });
        stream
    }

    /// Has the server API do the same for each of some numbers.
    fn batch(&self, commands: impl Iterator<Item = Value>) {
        let commands: Vec<_> = commands.collect();
        for commands in commands.chunks(1_000) {
            let body = json!({ "commands": commands }).to_string();
            let answer = post(&self.serving.admin, "/api/batch", KEY, &body);
            assert!(
                answer.contains("200 OK") && !answer.contains("error"),
                "{answer}"
            );
        }
    }
}

/// The words of each line.
fn words(text: &str) -> Vec<Vec<&str>> {
    text.lines()
        .map(|line| line.split_whitespace().collect())
        .collect()
}

#[test]
fn what_is_there_is_shown_in_tables_and_as_json() {
    let hub = Hub::start("shown");
    assert_eq!(hub.said(&["topics"]), "", "no table of nothing");
    let (_ann, _bob) = (hub.join("ann"), hub.join("bob"));

    let table = hub.said(&["connections"]);
    let rows = words(&table);
    assert_eq!(rows[0][..3], ["CONNECTION", "USER", "NODE"], "{table}");
    assert_eq!((rows.len(), rows[1][3]), (3, "open"), "{table}");
    let connections = hub.told(&["connections", "--user", "ann"]);
    assert_eq!(connections.len(), 1);
    assert_eq!(connections[0]["user"], "ann");
    assert_eq!(connections[0]["subscriptions"], 1);
    let first = hub.run(&["connections", "--limit", "1"]);
    assert_eq!(words(&first.stdout).len(), 2, "{}", first.stdout);
    assert!(
        first.stderr.contains("there are more; --limit or --all"),
        "{}",
        first.stderr
    );

    assert_eq!(
        words(&hub.said(&["topics", "rooms/+"])),
        [["SUBSCRIBERS", "TOPIC"], ["2", "rooms/1"]]
    );
    let members = hub.run(&["presence", "rooms/1"]);
    let mut users: Vec<_> = words(&members.stdout).iter().map(|row| row[1]).collect();
    users.sort_unstable();
    assert_eq!(users, ["USER", "ann", "bob"]);
    let sum = "connections: 2, users: 2";
    assert!(members.stderr.contains(sum), "{}", members.stderr);
}

#[test]
fn the_newest_of_a_history_stand_at_the_end_as_they_were_published() {
    let hub = Hub::start("history");
    let data = "{\"z\":1.50,\"a\":[1,2]}";
    for data in ["1", "\"two\"", data] {
        hub.said(&["publish", "rooms/1", data, "--event", "said"]);
    }
    let table = hub.said(&["history", "rooms/1", "--limit", "2"]);
    assert_eq!(
        words(&table),
        [
            vec!["OFFSET", "EVENT", "KEY", "FROM", "DATA"],
            vec!["2", "said", "\"two\""],
            vec!["3", "said", data],
        ]
    );
    let lines = hub.said(&["history", "rooms/1", "--json"]);
    let last = lines.lines().last().unwrap();
    assert!(last.contains(&format!("\"data\":{data}")), "{last}");
}

#[test]
fn lists_that_are_longer_than_a_page_are_followed() {
    let hub = Hub::start("pages");
    let publish = |number| json!({ "publish": { "topic": "rooms/1", "data": number } });
    hub.batch((1..=2_500).map(publish));
    let offsets = |messages: Vec<Value>| -> Vec<u64> {
        let offsets = messages
            .iter()
            .map(|message| message["offset"].as_u64().unwrap());
        offsets.collect()
    };
    let all = offsets(hub.told(&["history", "rooms/1", "--all"]));
    assert_eq!(all, (1..=2_500).collect::<Vec<_>>());
    let most = offsets(hub.told(&["history", "rooms/1", "--limit", "1700"]));
    assert_eq!(most, (801..=2_500).collect::<Vec<_>>());

    let _ann = hub.join("ann");
    let subscribe = |number| {
        let topic = format!("many/{number:04}");
        json!({ "subscribe": { "user": "ann", "topic": topic } })
    };
    hub.batch((0..1_500).map(subscribe));
    let topics = hub.told(&["topics", "many/#", "--all"]);
    let names: Vec<_> = topics
        .iter()
        .map(|it| it["topic"].as_str().unwrap())
        .collect();
    let expected: Vec<_> = (0..1_500)
        .map(|number| format!("many/{number:04}"))
        .collect();
    assert_eq!(names, expected);
}

#[test]
fn clients_are_told_and_sent_away() {
    let hub = Hub::start("told");
    let (mut ann, _bob) = (hub.join("ann"), hub.join("bob"));
    let send = ["send", "--user", "ann", "--event", "note", "for ann alone"];
    assert_eq!(hub.said(&send), "1 connection told\n");
    assert_eq!(
        hub.told(&["send", "--everyone", "[1, 2]"]),
        [json!({ "connections": 2 })]
    );
    let nobody = ["send", "--connection", "c_1", "null"];
    assert_eq!(hub.said(&nobody), "no connection is there\n");

    let disconnect = ["disconnect", "--user", "ann", "--reason", "token_expired"];
    assert_eq!(hub.said(&disconnect), "1 connection closed\n");
    let mut heard = Vec::new();
    ann.read_to_end(&mut heard).unwrap();
    let heard = String::from_utf8_lossy(&heard);
    for text in [
        "\"data\":\"for ann alone\"",
        "\"data\":[1, 2]",
        "token_expired",
    ] {
        assert!(heard.contains(text), "{heard}");
    }
}

#[test]
fn what_cannot_be_done_is_said_with_a_code() {
    let hub = Hub::start("refused");
    for (command, code, said) in [
        (
            vec!["history", "plain"],
            4,
            "set `history.size` of the topic's namespace",
        ),
        (vec!["presence", "a/#"], 4, "400"),
        (
            vec!["disconnect", "--user", "u", "--reason", "bored"],
            4,
            "there is no close reason",
        ),
        (vec!["send", "hello"], 2, "--everyone"),
        (
            vec!["disconnect", "--user", "u", "--connection", "c_1"],
            2,
            "cannot be used with",
        ),
        (
            vec!["topics", "--all", "--limit", "3"],
            2,
            "cannot be used with",
        ),
    ] {
        let ended = hub.run(&command);
        assert_eq!(ended.code, Some(code), "{command:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(said), "{command:?}: {}", ended.stderr);
    }
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nowhere = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let ended = run(&["topics", "--admin", &nowhere], &SET);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("no answer from"), "{}", ended.stderr);
}
