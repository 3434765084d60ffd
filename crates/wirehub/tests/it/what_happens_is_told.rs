//! What happens in a hub reaches sinks and onlookers.

use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use serde_json::Value;
use wirehub::{
    Hub,
    events::{
        EventSink, Occurred, OccurrenceKind, OutletSettings, Outlets, Selection, SinkError, Source,
    },
};
use wirehub_model::TopicFilter;

use crate::world;

/// A sink that keeps everything.
#[derive(Debug, Default)]
struct Kept(Mutex<Vec<Value>>);

impl EventSink for Kept {
    fn bring<'a>(
        &'a self,
        occurrences: &'a [Arc<Occurred>],
    ) -> BoxFuture<'a, Result<(), SinkError>> {
        let events = occurrences.iter().map(|one| event(one));
        self.0.lock().unwrap().extend(events);
        Box::pin(async { Ok(()) })
    }
}

fn event(occurred: &Occurred) -> Value {
    serde_json::from_str(&occurred.to_json()).unwrap()
}

#[tokio::test]
async fn a_sink_has_everything_when_the_hub_has_stopped() {
    let kept = Arc::new(Kept::default());
    let mut outlets = Outlets::new(Source::new("eu-1", 1));
    let settings = OutletSettings::new("kept", Selection::everything());
    outlets.add(settings, Arc::clone(&kept) as Arc<dyn EventSink>);
    let mut settings = world::settings();
    settings.shards = 2;
    let builder = Hub::builder().settings(settings).events(outlets);
    let world = world::start_with(builder).await;
    let mut client = world.join("ann").await;
    let answer = client
        .ask(r#"{"type":"subscribe","id":1,"topic":"news"}"#)
        .await;
    assert_eq!(answer["type"], "ok");
    client.send_close().await;
    client.ended().await;
    world
        .until(|report| report.total.core.connections.iter().sum::<u64>() == 0)
        .await;
    let hub = world.hub.clone();
    hub.stop().await;

    let events = kept.0.lock().unwrap().clone();
    let about = |name: &str| {
        let found = events.iter().filter(|event| event["type"] == name);
        let found: Vec<&Value> = found.collect();
        assert_eq!(found.len(), 1, "{name}: {events:?}");
        found[0].clone()
    };
    let connected = about("wirehub.connected");
    assert_eq!(connected["data"]["user"], "ann");
    assert_eq!(connected["source"], "/wirehub/eu-1");
    assert_eq!(about("wirehub.subscribed")["data"]["topic"], "news");
    assert_eq!(about("wirehub.topic_occupied")["subject"], "news");
    assert_eq!(about("wirehub.disconnected")["data"]["cause"], "client");
    assert_eq!(about("wirehub.topic_vacated")["subject"], "news");
    let of_it = events
        .iter()
        .filter(|event| event["subject"] == connected["subject"]);
    let order: Vec<_> = of_it.map(|event| event["type"].clone()).collect();
    let expected = [
        "wirehub.connected",
        "wirehub.subscribed",
        "wirehub.disconnected",
    ];
    assert_eq!(order, expected);
    let stats = &hub.report().await.outlets[0];
    assert_eq!((stats.delivered, stats.waiting), (events.len() as u64, 0));
}

#[tokio::test]
async fn who_looks_on_hears_from_then_on_what_it_selected() {
    let world = world::start().await;
    let mut early = world.join("early").await;
    let mut onlooker = world
        .hub
        .look_on(Selection::of(
            [
                OccurrenceKind::Connected,
                OccurrenceKind::Subscribed,
                OccurrenceKind::Occupied,
            ]
            .into_iter()
            .collect(),
            vec![TopicFilter::parse("rooms/#").unwrap()],
        ))
        .await;
    for topic in ["news", "rooms/1"] {
        let request = format!(r#"{{"type":"subscribe","id":1,"topic":"{topic}"}}"#);
        assert_eq!(early.ask(&request).await["type"], "ok");
    }
    let _late = world.join("late").await;
    let mut heard = Vec::new();
    while heard.len() < 3 {
        heard.push(event(&onlooker.next().await.unwrap().unwrap()));
    }
    let mut kinds: Vec<_> = heard
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    kinds.sort_unstable();
    assert_eq!(
        kinds,
        [
            "wirehub.connected",
            "wirehub.subscribed",
            "wirehub.topic_occupied"
        ]
    );
    let late = heard
        .iter()
        .find(|event| event["type"] == "wirehub.connected");
    assert_eq!(late.unwrap()["data"]["user"], "late");
    world.hub.stop().await;
    while let Some(heard) = onlooker.next().await {
        heard.unwrap();
    }
}
