//! Requests that miss their path or method are told where it is.

use crate::{http, world};

#[tokio::test]
async fn unknown_paths_get_the_nearest_one() {
    let world = world::start().await;
    let answer = world.post("/api/publsh", "{}").await;
    assert_eq!(
        answer.error(),
        (
            404,
            "not_found".to_owned(),
            "there is no `/api/publsh`".to_owned()
        )
    );
    assert_eq!(answer.hint(), "did you mean `/api/publish`?");

    let answer = http::request(world.admin, "GET", "/health", "", "").await;
    assert_eq!(answer.hint(), "did you mean `/healthz`?");

    let answer = world.get("/something/else/entirely").await;
    assert_eq!(answer.status, 404);
    assert!(answer.json()["error"].get("hint").is_none());
    world.stop().await;
}

#[tokio::test]
async fn wrong_methods_are_told_the_right_one() {
    let world = world::start().await;
    let answer = world.get("/api/publish").await;
    let (status, code, _) = answer.error();
    assert_eq!((status, code.as_str()), (405, "method_not_allowed"));
    assert_eq!(answer.hint(), "use POST");
    assert!(answer.head.contains("allow: post"), "{}", answer.head);

    let answer = world.post("/metrics", "").await;
    assert_eq!((answer.status, answer.hint().as_str()), (405, "use GET"));
    world.stop().await;
}
