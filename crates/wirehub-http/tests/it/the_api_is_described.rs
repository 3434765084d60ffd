//! `/api/openapi.json` says what the API takes.

use serde_json::Value;

use crate::{http, world};

/// The fields that a schema of an object names, in the order of their names.
fn properties(schema: &Value) -> Vec<String> {
    let properties = schema["properties"].as_object().unwrap();
    let mut names: Vec<_> = properties.keys().cloned().collect();
    names.sort();
    names
}

/// The fields that a refusal of an unknown one names: `the fields are …`.
fn named_in(hint: &str) -> Vec<String> {
    let mut names: Vec<_> = hint.split('`').skip(1).step_by(2).collect();
    names.sort_unstable();
    names.into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn the_document_needs_no_key_and_each_of_its_operations_is_there() {
    let world = world::start().await;
    let answer = http::request(world.admin, "GET", "/api/openapi.json", "", "").await;
    assert_eq!(answer.status, 200);
    assert!(answer.head.contains("content-type: application/json"));
    let document = answer.json();
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() > 10, "{paths:?}");
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().unwrap() {
            let method = method.to_uppercase();
            let answer = http::request(world.admin, &method, path, "", "").await;
            assert_eq!(answer.status, 401, "{method} {path} is behind a key");
            let content = &operation["requestBody"]["content"];
            let Some(schema) = content["application/json"].get("schema") else {
                continue;
            };
            let answer = world.post(path, r#"{"no such field at all":1}"#).await;
            assert_eq!(answer.status, 400, "{path}: {}", answer.body);
            assert_eq!(properties(schema), named_in(&answer.hint()), "{path}");
        }
    }
    world.stop().await;
}
