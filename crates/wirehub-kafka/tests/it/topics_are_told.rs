//! A topic that is told what happens.

use std::{collections::BTreeMap, sync::Arc, time::SystemTime};

use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use tokio_util::sync::CancellationToken;
use wirehub_events::{
    EventSink as _, Form, Occurred, Occurrence, OutletSettings, Outlets, Selection, SinkError,
    Source,
};
use wirehub_kafka::{KafkaSink, KafkaSinkSettings, RecordKey};
use wirehub_kafka_cluster::{KafkaCluster, SaslLogin, SaslMechanism, WrongSetting};
use wirehub_model::{CloseCause, ConnectionId, Secret, Topic, UserId};

use crate::scene::{Cluster, header, key, text, until};

const TOPIC: &str = "connection_events";

fn connection(number: u64) -> ConnectionId {
    ConnectionId::new(1, 1, number)
}

fn gone(number: u64, user: Option<&str>) -> Occurrence {
    Occurrence::Disconnected {
        connection: connection(number),
        user: user.and_then(|user| UserId::parse(user).ok()),
        cause: CloseCause::Lost,
        may_resume: true,
    }
}

fn occupied(topic: &str) -> Occurrence {
    Occurrence::Occupied(Topic::parse(topic).unwrap())
}

fn occurred(occurrences: impl IntoIterator<Item = Occurrence>) -> Vec<Arc<Occurred>> {
    let source = Source::new("n", 1);
    let named = |it| Arc::new(Occurred::new(&source, SystemTime::now(), it));
    occurrences.into_iter().map(named).collect()
}

fn settings(cluster: &Cluster) -> KafkaSinkSettings {
    KafkaSinkSettings::new(cluster.settings(), TOPIC.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn records_have_a_key_and_what_happened() {
    let cluster = Cluster::with(TOPIC, 1);
    let batch = occurred([gone(7, Some("ann")), gone(8, None), occupied("chat/1")]);
    for (form, key) in [
        (Form::CloudEvent, RecordKey::User),
        (Form::Words, RecordKey::Connection),
    ] {
        let sink = KafkaSink::new(KafkaSinkSettings {
            form,
            key,
            ..settings(&cluster)
        });
        sink.unwrap().bring(&batch).await.unwrap();
    }
    let records = cluster.records(TOPIC, 6).await;
    let keys: Vec<_> = records.iter().map(key).collect();
    let (seven, eight) = (connection(7).to_string(), connection(8).to_string());
    assert_eq!(keys, ["ann", &eight, "chat/1", &seven, &eight, "chat/1"]);
    let event: serde_json::Value = serde_json::from_str(&text(&records[0])).unwrap();
    assert_eq!(event["type"], "wirehub.disconnected");
    assert_eq!(header(&records[0], "id"), batch[0].id());
    assert_eq!(
        header(&records[0], "content-type"),
        Form::CloudEvent.media_type()
    );
    assert_eq!(text(&records[3]), format!("DISCONNECT:{seven}"));
    assert_eq!(text(&records[5]), "OCCUPY:chat/1");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_keeps_its_order_while_servers_fail() {
    let cluster = Cluster::with(TOPIC, 3);
    let mut outlets = Outlets::new(Source::new("n", 1));
    let outlet = OutletSettings::new("kafka", Selection::everything());
    let form = Form::CloudEvent;
    let sink = KafkaSink::new(KafkaSinkSettings {
        form,
        ..settings(&cluster)
    });
    outlets.add(outlet, Arc::new(sink.unwrap()));
    let stop = CancellationToken::new();
    let work: tokio::task::JoinSet<()> = outlets.carriers(&stop).into_iter().collect();
    let errors = [
        RDKafkaRespErr::RD_KAFKA_RESP_ERR__TRANSPORT,
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
    ];
    cluster.0.request_errors(RDKafkaApiKey::Produce, &errors);
    for number in 0..300 {
        outlets.tell(SystemTime::now(), gone(number % 10, None));
        if number == 150 {
            cluster.0.broker_down(-1).unwrap();
            cluster.0.broker_up(-1).unwrap();
        }
    }
    until(|| outlets.stats()[0].delivered == 300).await;
    stop.cancel();
    work.join_all().await;
    let mut by_key: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for record in cluster.records(TOPIC, 300).await {
        let id = header(&record, "id");
        let (_, number) = id.split_once('-').unwrap();
        let numbers = by_key.entry(key(&record)).or_default();
        numbers.push(number.parse().unwrap());
    }
    assert_eq!(by_key.len(), 10);
    for (key, numbers) in by_key {
        let sorted = numbers.is_sorted();
        assert!(sorted && numbers.len() == 30, "{key}: {numbers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_say_what_to_do() {
    let mut nobody = KafkaSinkSettings::new(
        KafkaCluster::new("127.0.0.1:1".to_owned()),
        TOPIC.to_owned(),
    );
    nobody.cluster.timeout = std::time::Duration::from_millis(300);
    nobody.cluster.login = Some(SaslLogin {
        mechanism: SaslMechanism::ScramSha512,
        user: "hub".to_owned(),
        password: Secret::new("hidden".to_owned()),
    });
    let sink = KafkaSink::new(nobody).unwrap();
    let outcome = sink.bring(&occurred([gone(1, None)])).await;
    let Err(SinkError::Later { reason, .. }) = outcome else {
        panic!("{outcome:?}");
    };
    assert!(
        reason.contains("start the servers, or correct `servers`"),
        "{reason}"
    );
    assert!(!reason.contains("hidden"), "{reason}");

    let cluster = Cluster::with(TOPIC, 1);
    let large = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE];
    cluster.0.request_errors(RDKafkaApiKey::Produce, &large);
    let sink = KafkaSink::new(settings(&cluster)).unwrap();
    let outcome = sink.bring(&occurred([gone(1, None)])).await;
    assert!(matches!(outcome, Err(SinkError::Apart(_))), "{outcome:?}");
    sink.bring(&occurred([gone(1, None)])).await.unwrap();
}

#[test]
fn what_does_not_fit_is_told() {
    let of = |adjust: fn(&mut KafkaSinkSettings)| {
        let cluster = KafkaCluster::new("127.0.0.1:1".to_owned());
        let mut settings = KafkaSinkSettings::new(cluster, TOPIC.to_owned());
        adjust(&mut settings);
        KafkaSink::new(settings).unwrap_err()
    };
    assert_eq!(of(|it| it.cluster.servers.clear()), WrongSetting::Servers);
    let trusted = of(|it| it.cluster.trusted = Some("ca.pem".into()));
    assert_eq!(trusted, WrongSetting::NotEncrypted);
    let spaced = of(|it| "a topic".clone_into(&mut it.topic));
    assert_eq!(spaced, WrongSetting::Topic("a topic".to_owned()));
}
