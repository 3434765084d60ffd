//! The table of the server API: the router is made of it, and so is its description.

use axum::routing::{MethodRouter, get, post};
use wirehub::auth::ApiScope;

use crate::{
    admin::Admin,
    api,
    openapi::{Operation, operations},
};

/// One path of the API.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Endpoint {
    pub(crate) path: &'static str,
    /// The methods it has, as answers name them.
    pub(crate) methods: &'static str,
    /// What a key needs for it; `None` where any key will do.
    pub(crate) scope: Option<ApiScope>,
    /// How it is used, for `/api/openapi.json`.
    pub(crate) operation: fn() -> Operation,
    /// Who answers.
    pub(crate) answer: fn() -> MethodRouter<Admin>,
}

/// All of them.
pub(crate) const ENDPOINTS: &[Endpoint] = &[
    posted(
        "/api/publish",
        ApiScope::Publish,
        operations::publish,
        || post(api::publish),
    ),
    posted("/api/send", ApiScope::Send, operations::send, || {
        post(api::send)
    }),
    posted(
        "/api/broadcast",
        ApiScope::Send,
        operations::broadcast,
        || post(api::broadcast),
    ),
    posted(
        "/api/disconnect",
        ApiScope::Connections,
        operations::disconnect,
        || post(api::disconnect),
    ),
    posted(
        "/api/subscribe",
        ApiScope::Connections,
        operations::subscribe,
        || post(api::subscribe),
    ),
    posted(
        "/api/unsubscribe",
        ApiScope::Connections,
        operations::unsubscribe,
        || post(api::unsubscribe),
    ),
    posted(
        "/api/refresh",
        ApiScope::Connections,
        operations::refresh,
        || post(api::refresh),
    ),
    posted("/api/history", ApiScope::Read, operations::history, || {
        post(api::history)
    }),
    posted(
        "/api/presence",
        ApiScope::Read,
        operations::presence,
        || post(api::presence),
    ),
    posted("/api/topics", ApiScope::Read, operations::topics, || {
        post(api::topics)
    }),
    posted("/api/forget", ApiScope::Forget, operations::forget, || {
        post(api::forget)
    }),
    posted("/api/drain", ApiScope::Drain, operations::drain, || {
        post(api::drain)
    }),
    posted("/api/stay", ApiScope::Drain, operations::stay, || {
        post(api::stay)
    }),
    got("/api/draining", operations::draining, || get(api::draining)),
    Endpoint {
        scope: None,
        ..posted("/api/batch", ApiScope::Publish, operations::batch, || {
            post(api::batch)
        })
    },
    Endpoint {
        methods: "GET or POST",
        ..got("/api/info", operations::info, || {
            get(api::info).post(api::info)
        })
    },
    got("/api/connections", operations::connections, || {
        get(api::connections)
    }),
    got("/api/connection", operations::connection, || {
        get(api::connection)
    }),
    got("/api/key", operations::key, || get(api::key)),
    got("/api/settings", operations::settings, || get(api::settings)),
    got("/api/events", operations::events, || get(api::events)),
];

const fn posted(
    path: &'static str,
    scope: ApiScope,
    operation: fn() -> Operation,
    answer: fn() -> MethodRouter<Admin>,
) -> Endpoint {
    Endpoint {
        path,
        methods: "POST",
        scope: Some(scope),
        operation,
        answer,
    }
}

/// What is got is read.
const fn got(
    path: &'static str,
    operation: fn() -> Operation,
    answer: fn() -> MethodRouter<Admin>,
) -> Endpoint {
    Endpoint {
        path,
        methods: "GET",
        scope: Some(ApiScope::Read),
        operation,
        answer,
    }
}
