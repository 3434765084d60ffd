//! `GET /api/events`.

use serde_json::Value;

use crate::{
    events::Events,
    world::{self, KEY},
};

#[tokio::test]
async fn events_come_as_they_happen_until_the_hub_stops() {
    let world = world::start().await;
    let mut events = Events::open(world.admin, KEY, "kinds=connected,subscribed").await;
    let mut ann = world.join("ann").await;
    ann.subscribe("news").await;
    let came = events.until("wirehub.subscribed").await;
    let lines = came.lines().filter(|line| line.starts_with('{'));
    let kinds = lines.map(|line| {
        let event: Value = serde_json::from_str(line).unwrap();
        assert_eq!(event["subject"], ann.connection);
        event["type"].as_str().unwrap().to_owned()
    });
    let kinds: Vec<_> = kinds.collect();
    assert_eq!(kinds, ["wirehub.connected", "wirehub.subscribed"]);
    world.hub.stop().await;
    let rest = events.rest().await;
    assert!(rest.ends_with("0\r\n\r\n"), "the stream ends in order");
    world.stop().await;
}

#[tokio::test]
async fn mistakes_are_named_with_the_nearest_right_word() {
    let world = world::start().await;
    for (query, message, hint) in [
        (
            "kinds=conected",
            "no events are called `conected`",
            "connected",
        ),
        ("topic=a", "there is no `topic` here", "topics"),
        ("topics=a/%23/b", "wildcard", ""),
    ] {
        let answer = world.get(&format!("/api/events?{query}")).await;
        let (status, code, said) = answer.error();
        assert_eq!((status, code.as_str()), (400, "bad_request"), "{query}");
        assert!(said.contains(message), "{said}");
        assert!(hint.is_empty() || answer.hint().contains(hint), "{query}");
    }
    world.stop().await;
}
