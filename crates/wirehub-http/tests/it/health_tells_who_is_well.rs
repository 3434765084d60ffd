//! `/healthz` and `/readyz`.

use serde_json::json;
use wirehub::{DrainSettings, Hub};

use crate::world;

#[tokio::test]
async fn a_healthy_hub_is_ready() {
    let world = world::start().await;
    assert_eq!(world.get("/healthz").await.status, 200);
    let answer = world.get("/readyz").await;
    assert_eq!(answer.status, 200);
    let mut json = answer.json();
    for shard in json["shards"].as_array_mut().unwrap() {
        let latency = shard["latency_ms"].take().as_f64().unwrap();
        assert!((0.0..500.0).contains(&latency), "{latency}");
    }
    let shard = |number| {
        json!({
            "shard": number,
            "answered": true,
            "latency_ms": null,
            "error": null,
            "stalled": null,
            "last_error": null,
        })
    };
    let expected = json!({
        "status": "ready",
        "draining": false,
        "shards": [shard(0), shard(1)],
        "dependencies": [],
        "sinks": [],
    });
    assert_eq!(json, expected);
    world.stop().await;
}

#[tokio::test]
async fn a_draining_hub_is_not_ready() {
    let world = world::start().await;
    world.hub.drain(DrainSettings::default()).await;
    let answer = world.get("/readyz").await;
    assert_eq!(
        (answer.status, &answer.json()["status"]),
        (503, &json!("draining"))
    );
    assert_eq!(world.get("/healthz").await.status, 200);
    assert_eq!(world.get("/api/info").await.json()["draining"], true);
    world.stop().await;
}

#[tokio::test]
async fn a_failing_dependency_is_named() {
    let builder = Hub::builder().depends_on("database", async || Err("refused".to_owned()));
    let world = world::start_with(builder, world::settings()).await;
    let answer = loop {
        let answer = world.get("/readyz").await;
        if answer.json()["dependencies"][0]["status"] != "unknown" {
            break answer;
        }
    };
    let json = answer.json();
    let database = &json["dependencies"][0];
    assert_eq!((answer.status, &json["status"]), (503, &json!("unhealthy")));
    assert_eq!(database["name"], "database");
    assert_eq!(database["status"], "down");
    assert_eq!(database["error"], "refused");
    assert!(database["latency_ms"].is_number());
    let metrics = world.get("/metrics").await.body;
    assert!(metrics.contains("\nwirehub_dependency_up{name=\"database\"} 0\n"));
    world.stop().await;
}

#[tokio::test]
async fn shards_that_do_not_answer_are_named() {
    let world = world::start().await;
    world.hub.stop().await;
    let answer = world.get("/readyz").await;
    assert_eq!(
        (answer.status, &answer.json()["status"]),
        (503, &json!("unhealthy"))
    );
    for shard in answer.json()["shards"].as_array().unwrap() {
        assert_eq!(shard["answered"], false);
        assert_eq!(shard["latency_ms"], json!(null));
        assert_eq!(shard["error"], "the shard has stopped");
    }

    let refused = world.post("/api/broadcast", r#"{"data":1}"#).await;
    assert_eq!(refused.error().0, 503);
    assert_eq!(refused.hint(), "shards 0, 1 do not answer");
    assert_eq!(
        world.get("/api/info").await.json()["silent_shards"],
        json!([0, 1])
    );
    assert_eq!(world.get("/healthz").await.status, 200);
    world.stop().await;
}
