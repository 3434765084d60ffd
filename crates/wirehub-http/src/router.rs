//! Which path is answered by whom.

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{Method, StatusCode, Uri},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use wirehub_model::ErrorCode;

use crate::{
    admin::Admin,
    api, centrifugo, health, keys, metrics,
    nearest::{nearest, shown},
    problem::Problem,
    pusher,
};

/// Every path and its methods, for answers to requests that miss them.
const PATHS: [(&str, &str); 24] = [
    ("/healthz", "GET"),
    ("/readyz", "GET"),
    ("/metrics", "GET"),
    ("/api/publish", "POST"),
    ("/api/send", "POST"),
    ("/api/broadcast", "POST"),
    ("/api/disconnect", "POST"),
    ("/api/history", "POST"),
    ("/api/presence", "POST"),
    ("/api/subscribe", "POST"),
    ("/api/unsubscribe", "POST"),
    ("/api/refresh", "POST"),
    ("/api/topics", "POST"),
    ("/api/forget", "POST"),
    ("/api/info", "GET or POST"),
    ("/api/connections", "GET"),
    ("/api/events", "GET"),
    ("/apps/{app}/events", "POST"),
    ("/apps/{app}/batch_events", "POST"),
    ("/apps/{app}/channels", "GET"),
    ("/apps/{app}/channels/{channel}", "GET"),
    ("/apps/{app}/channels/{channel}/users", "GET"),
    ("/apps/{app}/connections", "GET"),
    ("/apps/{app}/users/{user}/terminate_connections", "POST"),
];

/// All of the admin side.
pub(crate) fn routes(admin: Admin) -> Router {
    let body_bytes = admin.settings().body_bytes;
    let api = Router::new()
        .route("/api/publish", post(api::publish))
        .route("/api/send", post(api::send))
        .route("/api/broadcast", post(api::broadcast))
        .route("/api/disconnect", post(api::disconnect))
        .route("/api/history", post(api::history))
        .route("/api/presence", post(api::presence))
        .route("/api/subscribe", post(api::subscribe))
        .route("/api/unsubscribe", post(api::unsubscribe))
        .route("/api/refresh", post(api::refresh))
        .route("/api/topics", post(api::topics))
        .route("/api/forget", post(api::forget))
        .route("/api/info", get(api::info).post(api::info))
        .route("/api/connections", get(api::connections))
        .route("/api/events", get(api::events))
        .method_not_allowed_fallback(wrong_method)
        .route_layer(middleware::from_fn_with_state(admin.clone(), keys::check));
    let foreign = admin.settings().centrifugo_api.as_ref();
    let foreign = foreign.map(|prefix| centrifugo::routes(prefix, &admin));
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::scrape))
        .method_not_allowed_fallback(wrong_method)
        .merge(api)
        .merge(pusher::routes())
        .merge(foreign.unwrap_or_default())
        .fallback(unknown_path)
        .layer(DefaultBodyLimit::max(body_bytes))
        .layer(middleware::from_fn_with_state(admin.clone(), hurry))
        .with_state(admin)
}

/// Ends requests that take too long, mostly because their body does not come.
async fn hurry(State(admin): State<Admin>, request: Request, next: Next) -> Response {
    let limit = admin.settings().request_timeout;
    let answer = tokio::time::timeout(limit, next.run(request)).await;
    answer.unwrap_or_else(|_| {
        let limit = limit.as_secs_f64();
        Problem::new(
            ErrorCode::Timeout,
            format!("the request took more than {limit} s"),
        )
        .status(StatusCode::REQUEST_TIMEOUT)
        .into_response()
    })
}

async fn unknown_path(uri: Uri) -> Problem {
    let path = uri.path();
    Problem::new(
        ErrorCode::NotFound,
        format!("there is no `{}`", shown(path)),
    )
    .did_you_mean(nearest(path, PATHS.iter().map(|(path, _)| *path)))
}

async fn wrong_method(method: Method, uri: Uri) -> Problem {
    let path = uri.path();
    let known = PATHS.iter().find(|(known, _)| *known == path);
    let problem = Problem::wrong_method(format!("`{}` has no `{method}`", shown(path)));
    match known {
        Some((_, methods)) => problem.hint(format!("use {methods}")),
        None => problem,
    }
}
