//! Which path is answered by whom.

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{Method, StatusCode, Uri},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use wirehub_model::ErrorCode;

use crate::{
    admin::Admin,
    api::ENDPOINTS,
    centrifugo, console, debug, health, keys, metrics,
    nearest::{nearest, shown},
    openapi,
    problem::Problem,
    pusher,
};

/// The paths beside the API and their methods, for answers to requests that miss them.
const BESIDE: [(&str, &str); 13] = [
    (console::PATH, "GET"),
    ("/healthz", "GET"),
    ("/readyz", "GET"),
    ("/metrics", "GET"),
    ("/api/openapi.json", "GET"),
    ("/debug/pprof/", "GET"),
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
    let foreign = admin.settings().centrifugo_api.as_ref();
    let foreign = foreign.map(|prefix| centrifugo::routes(prefix, &admin));
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::scrape))
        .route("/api/openapi.json", get(openapi::serve))
        .merge(api(&admin))
        .merge(console::routes())
        .method_not_allowed_fallback(wrong_method)
        .merge(pusher::routes())
        .merge(foreign.unwrap_or_default())
        .fallback(unknown_path)
        .layer(DefaultBodyLimit::max(body_bytes))
        .layer(middleware::from_fn_with_state(admin.clone(), hurry))
        // A profile takes as long as it is told to, and has a bound of its own.
        .merge(debug::routes(&admin))
        .with_state(admin)
}

/// The server API, each endpoint behind a door of its own.
fn api(admin: &Admin) -> Router<Admin> {
    ENDPOINTS.iter().fold(Router::new(), |router, endpoint| {
        let door = (admin.clone(), endpoint.scope);
        let door = middleware::from_fn_with_state(door, keys::check);
        router.route(endpoint.path, (endpoint.answer)().route_layer(door))
    })
}

/// Every path and its methods.
fn paths() -> impl Iterator<Item = (&'static str, &'static str)> {
    let api = ENDPOINTS.iter();
    let pages = debug::PAGES.iter().map(|page| (page.path, "GET"));
    BESIDE
        .into_iter()
        .chain(pages)
        .chain(api.map(|endpoint| (endpoint.path, endpoint.methods)))
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
    .did_you_mean(nearest(path, paths().map(|(path, _)| path)))
}

async fn wrong_method(method: Method, uri: Uri) -> Problem {
    let path = uri.path();
    let known = paths().find(|(known, _)| *known == path);
    let problem = Problem::wrong_method(format!("`{}` has no `{method}`", shown(path)));
    match known {
        Some((_, methods)) => problem.hint(format!("use {methods}")),
        None => problem,
    }
}
