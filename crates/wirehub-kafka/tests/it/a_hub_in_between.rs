//! A hub that publishes what one topic has, and tells another what it published.

use std::{sync::Arc, time::Duration};

use wirehub::{
    Hub, HubSettings,
    auth::AuthSettings,
    events::{OccurrenceKind, OccurrenceKinds, OutletSettings, Outlets, Selection, Source},
    intake::{Intake, IntakeSettings, Reader, RecordForm},
};
use wirehub_kafka::{KafkaLog, KafkaLogSettings, KafkaSink, KafkaSinkSettings, Start};
use wirehub_model::{
    Capabilities, HistoryPage, HistoryQuery, HistoryRules, Namespace, Namespaces, Topic,
    TopicFilter,
};

use crate::scene::{Cluster, say, text, until};

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_in_goes_out() {
    let cluster = Cluster::with("orders", 2);
    cluster.0.create_topic("said", 1, 2).unwrap();
    let hub = hub(&cluster).await;
    let topics = vec!["orders".to_owned()];
    let log = KafkaLog::open(&KafkaLogSettings {
        start: Start::Earliest,
        ..KafkaLogSettings::new(cluster.settings(), topics, "hub".to_owned())
    });
    let form = RecordForm::Events("orders/{key}".parse().unwrap());
    let settings = IntakeSettings::new("shop", Reader::new("shop", form, Vec::new()));
    hub.take_in(Intake::new(settings), Box::new(log.unwrap()));
    let orders = [("7", "{\"state\":\"paid\"}"), ("7", "{\"state\":\"sent\"}")];
    say(
        &cluster,
        "orders",
        orders.map(|(key, value)| (key.to_owned(), value.to_owned())),
    )
    .await;

    let told = cluster.records("said", 2).await;
    let states = told.iter().map(|record| {
        let event: serde_json::Value = serde_json::from_str(&text(record)).unwrap();
        assert_eq!(event["type"], "wirehub.announced");
        assert_eq!(event["data"]["topic"], "orders/7");
        event["data"]["data"]["state"].clone()
    });
    assert_eq!(states.collect::<Vec<_>>(), ["paid", "sent"]);
    let history = hub.history(HistoryQuery {
        topic: Topic::parse("orders/7").unwrap(),
        limit: 10,
        page: HistoryPage::Oldest,
    });
    assert_eq!(history.await.unwrap().publications.len(), 2);
    let report = hub.report().await;
    assert_eq!(report.intakes[0].published, 2);
    assert_eq!(report.outlets[0].dropped, 0);
    hub.stop().await;
    until(|| hub.tasks().is_empty()).await;
}

async fn hub(cluster: &Cluster) -> Hub {
    let history = HistoryRules {
        size: 10,
        ttl: Duration::from_secs(60),
        bytes: 10_000,
    };
    let rules = Namespace {
        history,
        ..Namespace::new(TopicFilter::everything())
    };
    let mut outlets = Outlets::new(Source::of_this_run("n"));
    let kinds = OccurrenceKinds::NONE.with(OccurrenceKind::Announced);
    let outlet = OutletSettings::new("kafka", Selection::of(kinds, Vec::new()));
    let sink = KafkaSink::new(KafkaSinkSettings::new(
        cluster.settings(),
        "said".to_owned(),
    ));
    outlets.add(outlet, Arc::new(sink.unwrap()));
    let auth = AuthSettings {
        anonymous: Some(Capabilities::default()),
        ..AuthSettings::default()
    };
    let settings = HubSettings {
        namespaces: Namespaces::new(Vec::new(), rules),
        ..HubSettings::default()
    };
    let hub = Hub::builder().settings(settings);
    let hub = hub.listen("127.0.0.1:0".parse().unwrap()).auth(auth);
    hub.events(outlets).start().await.unwrap()
}
