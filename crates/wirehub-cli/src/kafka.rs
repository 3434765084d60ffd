//! Kafka, in a build that has it.

use std::{path::PathBuf, sync::Arc};

use wirehub::{events::EventSink, intake::RecordLog};
use wirehub_broker::Broker;
use wirehub_broker_kafka::{KafkaBroker, KafkaSettings};
use wirehub_kafka::{KafkaLog, KafkaLogSettings, KafkaSink, KafkaSinkSettings, RecordKey, Start};
use wirehub_kafka_cluster::{KafkaCluster, SaslLogin, SaslMechanism, WrongSetting};
use wirehub_model::Limits;

use crate::{
    raw_settings::{
        RawKafka, RawKafkaIntake, RawKafkaSink, RawMechanism, RawRecordKey, RawSecret, RawStart,
    },
    span::Span,
};

/// Which topics are read, checked.
pub(crate) type LogSettings = KafkaLogSettings;

/// A sink as it is written.
pub(crate) fn sink(raw: &RawKafkaSink) -> Result<Arc<dyn EventSink>, String> {
    let login = login(raw.mechanism, &raw.user, &raw.password);
    let cluster = cluster(&raw.servers, (raw.tls, &raw.ca), login, raw.timeout);
    let sink = KafkaSink::new(KafkaSinkSettings {
        key: match raw.key {
            RawRecordKey::Connection => RecordKey::Connection,
            RawRecordKey::User => RecordKey::User,
        },
        form: raw.form.into(),
        ..KafkaSinkSettings::new(cluster, raw.topic.clone())
    });
    let sink = sink.map_err(|wrong| wrong.to_string())?;
    Ok(Arc::new(sink))
}

/// A log as it is written. Nothing is connected to yet.
pub(crate) fn log(raw: &RawKafkaIntake) -> Result<LogSettings, String> {
    let login = login(raw.mechanism, &raw.user, &raw.password);
    let cluster = cluster(&raw.servers, (raw.tls, &raw.ca), login, raw.timeout);
    let settings = KafkaLogSettings {
        start: match raw.start {
            RawStart::Latest => Start::Latest,
            RawStart::Earliest => Start::Earliest,
        },
        parking: Some(raw.park.clone()).filter(|topic| !topic.is_empty()),
        silence: raw.silence.0,
        ..KafkaLogSettings::new(cluster, raw.from.0.clone(), raw.group.clone())
    };
    let checked = settings.check();
    checked.map_err(|wrong: WrongSetting| wrong.to_string())?;
    Ok(settings)
}

/// Becomes a member of the group.
pub(crate) fn open(settings: &LogSettings) -> Result<Box<dyn RecordLog>, String> {
    let log = KafkaLog::open(settings).map_err(|wrong| wrong.to_string())?;
    Ok(Box::new(log))
}

/// The cluster where hubs meet, checked.
pub(crate) type BrokerWish = KafkaSettings;

/// A broker as it is written. Nothing is connected to yet.
pub(crate) fn broker(raw: &RawKafka) -> Result<BrokerWish, String> {
    let login = login(raw.mechanism, &raw.user, &raw.password);
    let cluster = cluster(&raw.servers, (raw.tls, &raw.ca), login, raw.timeout);
    let settings = KafkaSettings {
        prefix: raw.prefix.clone(),
        partitions: raw.partitions,
        replicas: raw.replicas,
        record_bytes: raw.record_bytes.0,
        ..KafkaSettings::new(cluster)
    };
    let checked = settings.check();
    checked.map_err(|wrong: WrongSetting| wrong.to_string())?;
    Ok(settings)
}

/// Connects to the cluster.
pub(crate) fn meet(wish: &BrokerWish, limits: &Limits) -> Result<Arc<dyn Broker>, String> {
    let settings = KafkaSettings {
        topics: limits.topics,
        bytes: limits.remembered_bytes,
        ..wish.clone()
    };
    let broker = KafkaBroker::connect(settings).map_err(|error| error.to_string())?;
    Ok(Arc::new(broker))
}

fn cluster(
    servers: &str,
    (tls, ca): (bool, &str),
    login: Option<SaslLogin>,
    timeout: Span,
) -> KafkaCluster {
    KafkaCluster {
        tls,
        trusted: (!ca.is_empty()).then(|| PathBuf::from(ca)),
        login,
        timeout: timeout.0,
        ..KafkaCluster::new(servers.to_owned())
    }
}

fn login(mechanism: RawMechanism, user: &str, password: &RawSecret) -> Option<SaslLogin> {
    (!user.is_empty()).then(|| SaslLogin {
        mechanism: match mechanism {
            RawMechanism::Plain => SaslMechanism::Plain,
            RawMechanism::ScramSha256 => SaslMechanism::ScramSha256,
            RawMechanism::ScramSha512 => SaslMechanism::ScramSha512,
        },
        user: user.to_owned(),
        password: password.secret(),
    })
}
