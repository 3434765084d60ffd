//! What goes on inside the process, for people who look for a reason: profiles, tasks and leaks.

mod leaks;
mod profiles;
mod tasks;

use axum::{
    Router,
    http::header,
    middleware,
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use wirehub::auth::ApiScope;

use crate::{admin::Admin, keys};

/// One path, who answers there, and what it says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    pub(crate) path: &'static str,
    what: &'static str,
    answer: fn() -> MethodRouter<Admin>,
}

/// All of them, but for the one that lists them.
pub(crate) const PAGES: &[Page] = &[
    page(
        "/debug/pprof/profile",
        "Where processor time goes: <code>?seconds=30</code>, at most 60.",
        || get(profiles::cpu),
    ),
    page("/debug/pprof/heap", "Who has memory.", || {
        get(profiles::heap)
    }),
    page(
        "/debug/pprof/allocs",
        "Who asked for memory since the process began.",
        || get(profiles::allocs),
    ),
    page(
        "/debug/pprof/tasks",
        "Every live task by the function it runs, its kind and its state.",
        || get(profiles::tasks),
    ),
    page(
        "/debug/pprof/threads",
        "Where every thread is at this moment.",
        || get(profiles::threads),
    ),
    page(
        "/debug/pprof/cmdline",
        "How the process was started.",
        || get(profiles::cmdline),
    ),
    page(
        "/debug/tasks",
        "The same tasks as JSON, each with its age.",
        || get(tasks::tasks),
    ),
    page(
        "/debug/leaks",
        "What is left over although nothing should keep it.",
        || get(leaks::leaks),
    ),
];

const fn page(path: &'static str, what: &'static str, answer: fn() -> MethodRouter<Admin>) -> Page {
    Page { path, what, answer }
}

/// All pages, behind a key that has the scope for them.
pub(crate) fn routes(admin: &Admin) -> Router<Admin> {
    let door = (admin.clone(), Some(ApiScope::Debug));
    let door = middleware::from_fn_with_state(door, keys::check);
    let router = PAGES.iter().fold(Router::new(), |router, page| {
        router.route(page.path, (page.answer)())
    });
    router.route("/debug/pprof/", get(index)).route_layer(door)
}

/// What there is, on a page without scripts, styles or anything from elsewhere.
async fn index() -> Response {
    let rows = PAGES.iter().map(|page| {
        let (path, what) = (page.path, page.what);
        format!("<li><a href=\"{path}\">{path}</a>: {what}</li>\n")
    });
    let rows: String = rows.collect();
    let page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Profiles</title>\
         </head><body>\n<h1>Profiles of this hub</h1>\n<ul>\n{rows}</ul>\n\
         <p>Fetch one with a key that has the scope <code>debug</code>, and open it with \
         <code>go tool pprof</code>. With <code>?debug=1</code> it is text.</p>\n</body></html>\n"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, page).into_response()
}
