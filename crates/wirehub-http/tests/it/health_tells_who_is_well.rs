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
    let expected = json!({
        "status": "ready",
        "shards": [{"shard": 0, "answered": true}, {"shard": 1, "answered": true}],
        "dependencies": [],
    });
    assert_eq!(answer.json(), expected);
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
    let silent = json!([{"shard": 0, "answered": false}, {"shard": 1, "answered": false}]);
    assert_eq!(answer.json()["shards"], silent);

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
