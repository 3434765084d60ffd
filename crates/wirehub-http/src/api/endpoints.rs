//! The table of the server API: the router is made of it.

use axum::routing::{MethodRouter, get, post};
use wirehub::auth::ApiScope;

use crate::{admin::Admin, api};

/// One path of the API.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Endpoint {
    pub(crate) path: &'static str,
    /// The methods it has, as answers name them.
    pub(crate) methods: &'static str,
    /// What a key needs for it.
    pub(crate) scope: ApiScope,
    /// Who answers.
    pub(crate) answer: fn() -> MethodRouter<Admin>,
}

/// All of them.
pub(crate) const ENDPOINTS: &[Endpoint] = &[
    posted("/api/publish", ApiScope::Publish, || post(api::publish)),
    posted("/api/send", ApiScope::Send, || post(api::send)),
    posted("/api/broadcast", ApiScope::Send, || post(api::broadcast)),
    posted("/api/disconnect", ApiScope::Connections, || {
        post(api::disconnect)
    }),
    posted("/api/subscribe", ApiScope::Connections, || {
        post(api::subscribe)
    }),
    posted("/api/unsubscribe", ApiScope::Connections, || {
        post(api::unsubscribe)
    }),
    posted("/api/refresh", ApiScope::Connections, || post(api::refresh)),
    posted("/api/history", ApiScope::Read, || post(api::history)),
    posted("/api/presence", ApiScope::Read, || post(api::presence)),
    posted("/api/topics", ApiScope::Read, || post(api::topics)),
    posted("/api/forget", ApiScope::Forget, || post(api::forget)),
    Endpoint {
        methods: "GET or POST",
        ..got("/api/info", || get(api::info).post(api::info))
    },
    got("/api/connections", || get(api::connections)),
    got("/api/events", || get(api::events)),
];

const fn posted(
    path: &'static str,
    scope: ApiScope,
    answer: fn() -> MethodRouter<Admin>,
) -> Endpoint {
    Endpoint {
        path,
        methods: "POST",
        scope,
        answer,
    }
}

/// What is got is read.
const fn got(path: &'static str, answer: fn() -> MethodRouter<Admin>) -> Endpoint {
    Endpoint {
        path,
        methods: "GET",
        scope: ApiScope::Read,
        answer,
    }
}
