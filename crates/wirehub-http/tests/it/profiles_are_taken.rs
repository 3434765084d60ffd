//! Profiles of the process, for those who may see inside.

use wirehub::{
    Hub,
    auth::{ApiAccess, ApiKeys, ApiScope, HashedKey, KeyDigest},
};
use wirehub_http::AdminSettings;
use wirehub_model::Secret;

use crate::{http, world};

#[tokio::test]
async fn the_pages_want_a_key_with_the_scope_for_them() {
    let everything_else = ApiScope::ALL.into_iter();
    let everything_else = everything_else.filter(|scope| *scope != ApiScope::Debug);
    let reader = HashedKey {
        name: "reader".to_owned(),
        digest: KeyDigest::of(&Secret::new("reader".to_owned())),
        access: ApiAccess::new(everything_else.collect(), Vec::new()),
    };
    let settings = AdminSettings::new(ApiKeys::new(&[], &[reader]).unwrap());
    let world = world::start_with(Hub::builder(), settings).await;
    for path in [
        "/debug/pprof/",
        "/debug/pprof/profile?seconds=1",
        "/debug/pprof/heap",
        "/debug/pprof/allocs",
        "/debug/pprof/tasks",
        "/debug/pprof/threads",
        "/debug/pprof/cmdline",
        "/debug/tasks",
    ] {
        let without = http::request(world.admin, "GET", path, "", "").await;
        assert_eq!(without.status, 401, "{path}");
        let key = "authorization: Bearer reader\r\n";
        let (status, code, message) = http::request(world.admin, "GET", path, key, "")
            .await
            .error();
        assert_eq!(
            (status, code.as_str()),
            (403, "permission_denied"),
            "{path}"
        );
        assert!(message.contains("`debug`"), "{message}");
    }
    world.stop().await;
}

#[tokio::test]
async fn the_index_names_every_page_and_allows_nothing_else() {
    let world = world::start().await;
    let page = world.get("/debug/pprof/").await;
    assert_eq!(page.status, 200);
    assert!(
        page.head
            .contains("content-security-policy: default-src 'none'")
    );
    for name in ["profile", "heap", "allocs", "tasks", "threads", "cmdline"] {
        let link = format!("href=\"/debug/pprof/{name}\"");
        assert!(page.body.contains(&link), "{}", page.body);
    }
    world.stop().await;
}

#[tokio::test]
async fn tasks_and_threads_are_named() {
    let world = world::start().await;
    let tasks = world.get("/debug/pprof/tasks?debug=1").await;
    assert_eq!(tasks.status, 200);
    for own in [
        "wirehub::acceptor::start",
        "wirehub::watchdog::watch",
        "wirehub::builder::start",
    ] {
        assert!(tasks.body.contains(own), "{own} in {}", tasks.body);
    }
    let listed = world.get("/debug/tasks").await.json();
    let listed = listed["tasks"].as_array().unwrap().iter();
    let mut acceptors = listed.filter(|task| task["kind"] == "acceptor");
    let acceptor = acceptors.next().unwrap();
    assert!(acceptor["place"].as_str().unwrap().contains("acceptor.rs:"));
    assert_eq!(acceptor["state"], "waiting", "nobody connects");

    let threads = world.get("/debug/pprof/threads?debug=1").await;
    assert_eq!(threads.status, 200, "{}", threads.body);
    assert!(threads.body.contains("wirehub-shard"), "{}", threads.body);
    assert!(
        threads.body.contains("wirehub::shard_loop::run"),
        "{}",
        threads.body
    );
    world.stop().await;
}

#[tokio::test]
async fn one_profile_is_taken_at_a_time_and_what_is_wrong_is_named() {
    let world = world::start().await;
    let first = world.get("/debug/pprof/profile?seconds=2&debug=1");
    let other = async {
        // Asks until the first one is being taken.
        loop {
            let other = world.get("/debug/pprof/threads?debug=1").await;
            if other.status != 200 {
                return other;
            }
        }
    };
    let (first, other) = tokio::join!(first, other);
    assert_eq!(first.status, 200, "{}", first.body);
    assert!(
        first.body.starts_with("# cpu in nanoseconds"),
        "{}",
        first.body
    );
    assert_eq!(
        (other.error().0, other.error().1.as_str()),
        (429, "rate_limited")
    );
    assert!(other.hint().contains("one is taken at a time"));

    for (query, wrong) in [
        ("seconds=0", "from 1 to 60"),
        ("seconds=61", "from 1 to 60"),
        ("seconds=x", "from 1 to 60"),
        ("second=1", "no `second` here"),
    ] {
        let answer = world.get(&format!("/debug/pprof/profile?{query}")).await;
        let (status, _, message) = answer.error();
        assert_eq!(status, 400, "{query}");
        assert!(message.contains(wrong), "{message}");
    }
    let heap = world.get("/debug/pprof/heap").await;
    assert_eq!(
        heap.error().1,
        "not_enabled",
        "tests have another allocator"
    );
    let arguments = world.get("/debug/pprof/cmdline").await;
    assert_eq!(arguments.status, 200);
    world.stop().await;
}
