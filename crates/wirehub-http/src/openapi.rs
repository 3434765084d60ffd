//! The server API, described as OpenAPI 3.1 says, for people and for programs that make clients.

pub(crate) mod operations;

mod components;
mod schema;

pub(crate) use operations::Operation;

use std::sync::LazyLock;

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use self::schema::component;
use crate::api::{ENDPOINTS, Endpoint};

/// The text of the document. `docs/openapi.json` is the same.
static TEXT: LazyLock<String> = LazyLock::new(|| format!("{:#}\n", document()));

/// The description needs no key: it says nothing about what runs here.
pub(crate) async fn serve() -> Response {
    let content_type = [(header::CONTENT_TYPE, "application/json")];
    (content_type, TEXT.as_str()).into_response()
}

fn document() -> Value {
    let paths: Map<_, _> = ENDPOINTS
        .iter()
        .map(|endpoint| (endpoint.path.to_owned(), path_item(endpoint)))
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Wirehub server API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What an application's own servers ask of the hub, on its admin listener.",
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": components::schemas(),
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A key of `admin.api_key`, or one of `[[admin.keys]]` with the \
                                    scope that the operation names.",
                },
            },
        },
    })
}

/// One operation for each method.
fn path_item(endpoint: &Endpoint) -> Value {
    let name = endpoint.path.rsplit('/').next().unwrap_or_default();
    let methods = endpoint.methods.split(" or ");
    let operations: Map<_, _> = methods
        .map(str::to_lowercase)
        .zip(["", "_again"])
        .map(|(method, suffix)| (method, operation(endpoint, &format!("{name}{suffix}"))))
        .collect();
    operations.into()
}

fn operation(endpoint: &Endpoint, id: &str) -> Value {
    let Operation {
        summary,
        parameters,
        body,
        media_type,
        answer,
    } = (endpoint.operation)();
    let scopes: Vec<_> = endpoint.scope.iter().map(|scope| scope.name()).collect();
    let mut operation = json!({
        "operationId": id,
        "summary": summary,
        "tags": [scopes.first().unwrap_or(&"any")],
        "security": [{ "key": scopes }],
        "responses": {
            "200": {
                "description": "It is done.",
                "content": { media_type: { "schema": answer } },
            },
            "401": problem("There is no key, or it is not valid."),
            "403": problem(
                "The key lacks the scope, may not touch the topic, or its namespace has not what \
                 is asked for.",
            ),
            "default": problem("What is wrong with the request, or with the hub."),
        },
    });
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(schema) = body {
        operation["requestBody"] = json!({
            "required": true,
            "content": { "application/json": { "schema": schema } },
        });
    }
    operation
}

fn problem(description: &str) -> Value {
    let schema = component("Problem");
    json!({
        "description": description,
        "content": { "application/json": { "schema": schema } },
    })
}

#[cfg(test)]
mod tests;
