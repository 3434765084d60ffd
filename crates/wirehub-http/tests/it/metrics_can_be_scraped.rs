//! `/metrics` as a scraper reads it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use crate::world;

/// The samples of a text, by name and labels; fails at the first line that is not valid.
fn parse(text: &str) -> (BTreeMap<String, f64>, BTreeMap<String, String>) {
    let (mut samples, mut types) = (BTreeMap::new(), BTreeMap::new());
    let mut described = String::new();
    assert!(text.ends_with('\n'));
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, help) = help.split_once(' ').unwrap();
            assert!(!help.is_empty());
            described = name.to_owned();
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert_eq!(name, described, "HELP comes before TYPE");
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert!(
                types.insert(name.to_owned(), kind.to_owned()).is_none(),
                "{line}"
            );
        } else {
            let (series, value) = line.rsplit_once(' ').expect(line);
            let name = series.split('{').next().unwrap();
            let family = ["_bucket", "_sum", "_count"]
                .iter()
                .filter(|_| types[&described] == "histogram")
                .find_map(|suffix| name.strip_suffix(suffix))
                .unwrap_or(name);
            assert_eq!(family, described, "samples follow their TYPE");
            check_labels(&series[name.len()..]);
            let value = value.parse().expect(line);
            assert!(
                samples.insert(series.to_owned(), value).is_none(),
                "twice: {line}"
            );
        }
    }
    (samples, types)
}

/// Checks `{name="value",…}` or nothing; no value in these tests holds a quote or a comma.
fn check_labels(labels: &str) {
    if labels.is_empty() {
        return;
    }
    let inner = labels
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    for label in inner.expect(labels).split(',') {
        let (name, value) = label.split_once('=').expect(label);
        let letter = |c: char| c.is_ascii_lowercase() || c == '_';
        assert!(!name.is_empty() && name.chars().all(letter), "{label}");
        let value = value
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        assert!(!value.expect(label).contains(['"', '\\']), "{label}");
    }
}

#[tokio::test]
async fn every_metric_of_the_document_is_there() {
    let world = world::start().await;
    let answer = world.get("/metrics").await;
    assert!(
        answer
            .head
            .contains("content-type: text/plain; version=0.0.4")
    );
    let (_, types) = parse(&answer.body);

    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/metrics.md");
    let document = fs::read_to_string(path).unwrap();
    let documented: BTreeSet<_> = document
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .map(|row| {
            let (name, rest) = row.split_once("` | ").unwrap();
            let kind = rest.split(' ').next().unwrap();
            (name.to_owned(), kind.to_owned())
        })
        .collect();
    assert!(documented.len() > 30);
    assert_eq!(types.into_iter().collect::<BTreeSet<_>>(), documented);
    world.stop().await;
}

#[tokio::test]
async fn numbers_follow_what_happens() {
    let world = world::start().await;
    let mut client = world.join("u1").await;
    client.subscribe("t").await;
    world
        .post("/api/publish", r#"{"topic":"t","data":1}"#)
        .await;
    client.text().await;
    world.post("/api/disconnect", r#"{"user":"u1"}"#).await;
    assert_eq!(client.text().await, "close 4410");
    drop(client);

    let closed = r#"wirehub_connections_closed_total{cause="disconnected"}"#;
    let now = loop {
        let (now, _) = parse(&world.get("/metrics").await.body);
        if now[closed] > 0.0 {
            break now;
        }
    };
    for (series, expected) in [
        (closed, 1.0),
        ("wirehub_shards", 2.0),
        (r#"wirehub_shard_up{shard="1"}"#, 1.0),
        (r#"wirehub_connections{state="open"}"#, 0.0),
        ("wirehub_connections_opened_total", 1.0),
        (r#"wirehub_handshakes_total{result="upgraded"}"#, 1.0),
        ("wirehub_handshake_duration_seconds_count", 1.0),
        (r#"wirehub_commands_total{type="subscribe"}"#, 1.0),
        ("wirehub_publications_total", 1.0),
        ("wirehub_deliveries_total", 1.0),
        ("wirehub_delivery_duration_seconds_count", 1.0),
        (
            r#"wirehub_delivery_duration_seconds_bucket{le="+Inf"}"#,
            1.0,
        ),
        ("wirehub_subscriptions", 0.0),
        ("wirehub_draining", 0.0),
    ] {
        assert_eq!(now.get(series), Some(&expected), "{series}");
    }
    assert!(now["wirehub_received_bytes_total"] > 0.0);
    assert!(now["process_resident_memory_bytes"] > 1e6);
    world.stop().await;
}

#[tokio::test]
async fn counters_do_not_fall_when_shards_are_silent() {
    let world = world::start().await;
    world
        .post("/api/publish", r#"{"topic":"t","data":1}"#)
        .await;
    let (before, _) = parse(&world.get("/metrics").await.body);
    assert_eq!(before["wirehub_publications_total"], 1.0);
    world.hub.stop().await;
    let (after, _) = parse(&world.get("/metrics").await.body);
    assert_eq!(after["wirehub_publications_total"], 1.0);
    assert_eq!(after[r#"wirehub_shard_up{shard="0"}"#], 0.0);
    world.stop().await;
}
