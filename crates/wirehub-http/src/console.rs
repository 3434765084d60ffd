//! The console: what `cargo xtask generate` builds from `console/`, handed out to browsers.
//!
//! The files are the same for everybody and tell nothing about the hub, so they need no key; what
//! the page asks for does.

mod file;

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use wirehub_model::ErrorCode;

use self::file::{FILES, File};
use crate::{admin::Admin, nearest::nearest, problem::Problem};

/// Where people find it.
pub(crate) const PATH: &str = "/console/";

/// What a page of the console may do: run its own script, look as its own sheet says, and talk to
/// the hub it came from. Whatever a topic's name or a payload holds, none of it becomes markup.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types \
                      'none'";

/// The page and its parts.
pub(crate) fn routes() -> Router<Admin> {
    Router::new()
        .route("/console", get(to_the_page))
        .route(PATH, get(page))
        .route("/console/{name}", get(part))
}

/// Its parts are named relative to the page, so the page's address ends in a slash.
async fn to_the_page() -> Response {
    (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, PATH)]).into_response()
}

async fn page(headers: HeaderMap) -> Response {
    answer(File::page(), &headers)
}

async fn part(
    State(_): State<Admin>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let file = FILES.iter().find(|file| file.name == name);
    let file = file.ok_or_else(|| {
        let problem = Problem::new(ErrorCode::NotFound, "the console has no such file");
        problem.did_you_mean(nearest(&name, FILES.iter().map(|file| file.name)))
    })?;
    Ok(answer(file, &headers))
}

/// A file as a browser wants it: compressed if it can be, and not again if it has it.
fn answer(file: &'static File, headers: &HeaderMap) -> Response {
    let always = [
        (header::CONTENT_TYPE, file.content_type),
        (header::ETAG, file.tag()),
        // A new hub brings a new console: browsers ask each time, and mostly get 304.
        (header::CACHE_CONTROL, "no-cache"),
        (header::VARY, "accept-encoding"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    let isolated = [
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ];
    if said(headers, header::IF_NONE_MATCH, file.tag()) {
        return (StatusCode::NOT_MODIFIED, always, isolated).into_response();
    }
    if said(headers, header::ACCEPT_ENCODING, "gzip")
        && let Some(compressed) = file.compressed()
    {
        let encoding = [(header::CONTENT_ENCODING, "gzip")];
        return (always, isolated, encoding, compressed).into_response();
    }
    (always, isolated, file.bytes).into_response()
}

/// Whether a list in a header has a word.
fn said(headers: &HeaderMap, name: header::HeaderName, word: &str) -> bool {
    let lists = headers.get_all(name).into_iter();
    let mut lists = lists.filter_map(|list| list.to_str().ok());
    lists.any(|list| list.split(',').any(|item| item.trim() == word))
}
