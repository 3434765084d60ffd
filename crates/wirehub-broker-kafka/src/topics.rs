//! The topics of Kafka when the broker begins.

use std::{fmt, thread, time::Duration};

use rdkafka::{
    Offset, TopicPartitionList,
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    config::FromClientConfigAndContext as _,
    consumer::{BaseConsumer, Consumer as _},
    error::{KafkaError, RDKafkaErrorCode},
};
use tokio::runtime;
use wirehub_kafka_cluster::{Listener, WrongSetting, advice};

use crate::{ConnectError, logs::Lane, reader::Reader, site::Site};

/// What Kafka is told of a topic that it makes: it keeps everything, with its own times.
const SETTINGS: [(&str, &str); 4] = [
    ("cleanup.policy", "delete"),
    ("retention.ms", "-1"),
    ("retention.bytes", "-1"),
    ("message.timestamp.type", "LogAppendTime"),
];

/// The records of a lane that are there when the broker begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Range {
    pub(crate) lane: Lane,
    pub(crate) first: i64,
    /// Behind the last one.
    pub(crate) end: i64,
}

/// Makes the topics that are not there, and finds what is in them.
pub(crate) fn prepare(site: &Site) -> Result<Vec<Range>, ConnectError> {
    let consumer = Reader::consumer(site)?;
    let logs = &site.logs;
    let all = [
        (&logs.publications, logs.partitions),
        (&logs.cluster, 1),
        (&logs.checkpoints, logs.partitions + 1),
    ];
    for (topic, partitions) in all {
        let mut found = partitions_of(site, &consumer, topic)?;
        if found == 0 {
            make(site, topic, partitions)?;
            found = partitions_of(site, &consumer, topic)?;
        }
        if found != partitions as usize {
            let (topic, wanted) = (topic.clone(), partitions);
            return Err(ConnectError::Partitions {
                topic,
                found,
                wanted,
            });
        }
    }
    logs.all()
        .map(|lane| range(site, &consumer, lane))
        .collect()
}

/// How many partitions a topic has; none when it is not there.
fn partitions_of(
    site: &Site,
    consumer: &BaseConsumer<Listener>,
    topic: &str,
) -> Result<usize, ConnectError> {
    let timeout = site.settings.cluster.timeout;
    let unreachable = |error: &KafkaError| {
        let complaint = &consumer.context().complaint;
        ConnectError::Unreachable(advice(error, complaint, topic))
    };
    let metadata = consumer
        .fetch_metadata(Some(topic), timeout)
        .map_err(|error| unreachable(&error))?;
    let found = metadata.topics().iter().find(|found| found.name() == topic);
    let Some(found) = found else { return Ok(0) };
    let Some(error) = found.error() else {
        return Ok(found.partitions().len());
    };
    match RDKafkaErrorCode::from(error) {
        RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic => Ok(0),
        code => Err(unreachable(&KafkaError::MetadataFetch(code))),
    }
}

/// Has the cluster make a topic. Another hub may do so at the same time.
fn make(site: &Site, topic: &str, partitions: i32) -> Result<(), ConnectError> {
    let config = site.settings.cluster.config()?;
    let admin = AdminClient::from_config_and_context(&config, Listener::default())
        .map_err(|error| WrongSetting::Refused(error.to_string()))?;
    let replicas = match site.settings.replicas {
        0 => TopicReplication::Fixed(-1),
        replicas => TopicReplication::Fixed(replicas),
    };
    let new = SETTINGS.into_iter().fold(
        NewTopic::new(topic, partitions, replicas),
        |new, (key, value)| new.set(key, value),
    );
    let timeout = site.settings.cluster.timeout;
    let options = AdminOptions::new()
        .request_timeout(Some(timeout))
        .operation_timeout(Some(timeout));
    let made = admin.create_topics([&new], &options);
    let not_made = |reason: String| ConnectError::NotMade {
        topic: topic.to_owned(),
        reason,
        partitions,
    };
    let made = wait_for(made)?.map_err(|error| not_made(error.to_string()))?;
    match made.into_iter().next() {
        Some(Err((_, code))) if code != RDKafkaErrorCode::TopicAlreadyExists => {
            Err(not_made(code.to_string()))
        }
        _ => {
            tracing::info!(topic, partitions, "the Kafka cluster has made a topic");
            Ok(())
        }
    }
}

/// Waits for something on a thread of its own, since this one may be within a runtime.
fn wait_for<T: Send>(work: impl Future<Output = T> + Send) -> Result<T, ConnectError> {
    let thread = |error: &dyn fmt::Display| ConnectError::Thread(error.to_string());
    let wait = || {
        let runtime = runtime::Builder::new_current_thread().build();
        Ok(runtime.map_err(|error| thread(&error))?.block_on(work))
    };
    let waited = thread::scope(|scope| scope.spawn(wait).join());
    waited.unwrap_or_else(|_| Err(thread(&"it has panicked")))
}

/// Deletes what is before some offsets of partitions.
pub(crate) fn delete_before(site: &Site, places: &[((&str, i32), i64)]) -> Result<(), String> {
    let config = site.settings.cluster.config();
    let config = config.map_err(|error| error.to_string())?;
    let admin = AdminClient::from_config_and_context(&config, Listener::default());
    let admin = admin.map_err(|error| error.to_string())?;
    let mut before = TopicPartitionList::new();
    for ((topic, partition), offset) in places {
        let added = before.add_partition_offset(topic, *partition, Offset::Offset(*offset));
        added.map_err(|error| error.to_string())?;
    }
    let timeout = site.settings.cluster.timeout;
    let options = AdminOptions::new().request_timeout(Some(timeout));
    let deleted = wait_for(admin.delete_records(&before, &options));
    let deleted = deleted.map_err(|error| error.to_string())?;
    let deleted = deleted.map_err(|error| error.to_string())?;
    let mut errors = deleted
        .elements()
        .into_iter()
        .map(|element| element.error());
    let failed = errors.find_map(Result::err);
    failed.map_or(Ok(()), |error| Err(error.to_string()))
}

/// What is in a lane.
fn range(
    site: &Site,
    consumer: &BaseConsumer<Listener>,
    lane: Lane,
) -> Result<Range, ConnectError> {
    let (topic, partition) = site.logs.place(lane);
    let timeout: Duration = site.settings.cluster.timeout;
    let marks = consumer.fetch_watermarks(topic, partition, timeout);
    let (first, end) = marks.map_err(|error| {
        ConnectError::Unreachable(advice(&error, &consumer.context().complaint, topic))
    })?;
    Ok(Range { lane, first, end })
}
