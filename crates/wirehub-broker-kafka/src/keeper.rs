//! Keeping how lanes stand, so that nobody has to read what is before.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use rdkafka::{
    Message as _, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _},
    error::KafkaError,
};
use tokio::sync::oneshot;
use wirehub_broker::{BrokerError, Reply, Stamp};
use wirehub_kafka_cluster::{Listener, advice};
use wirehub_model::Epoch;

use crate::{
    ConnectError,
    checkpoint::{Checkpoint, Kept},
    chunk::Chunk,
    logs::Lane,
    reader::Reader,
    site::Site,
    topics,
};

/// What a part of a checkpoint has beside its bytes, at most.
const BESIDE: usize = 200;

/// Where this process knows the last checkpoint of each lane.
#[derive(Debug, Default)]
pub(crate) struct Keeper(Mutex<BTreeMap<Lane, Place>>);

/// Where a checkpoint is.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// The Kafka offset behind what it holds.
    next: i64,
    /// The Kafka offset of its first part.
    first_part: i64,
}

impl Keeper {
    /// There is a checkpoint; returns where the one before is.
    fn note(&self, lane: Lane, place: Place) -> Option<Place> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.insert(lane, place)
    }
}

/// Keeps how a lane stands with what was handed to the copy so far, on a thread of its own.
pub(crate) fn keep(
    site: &Arc<Site>,
    lane: Lane,
    next: i64,
    time: Duration,
) -> Result<(), BrokerError> {
    let site = Arc::clone(site);
    let kept: Box<dyn FnOnce() -> Result<Kept, BrokerError> + Send> =
        if lane == site.logs.of_nodes() {
            let (reply, answer) = oneshot::channel();
            site.replica.keep_cluster(reply)?;
            Box::new(move || received(answer).map(Kept::Cluster))
        } else {
            let (reply, answer) = oneshot::channel();
            let epoch = Epoch::new(0);
            let logs = site.logs.clone();
            let which = move |topic: &_| logs.of(topic) == lane;
            site.replica
                .keep_topics(Stamp { time, epoch }, which, reply)?;
            Box::new(move || received(answer).map(Kept::Topics))
        };
    let work = move || {
        let done = kept().and_then(|kept| {
            let checkpoint = Checkpoint {
                next: next.unsigned_abs(),
                time,
                kept,
            };
            store(&site, lane, next, &checkpoint.encode())
        });
        if let Err(error) = done {
            tracing::warn!(%error, "how a partition of the Kafka cluster stands is not kept");
        }
    };
    let thread = thread::Builder::new().name("broker-kafka-keep".to_owned());
    if let Err(error) = thread.spawn(work) {
        tracing::warn!(%error, "how a partition of the Kafka cluster stands is not kept");
    }
    Ok(())
}

fn received<T>(answer: oneshot::Receiver<Result<T, BrokerError>>) -> Result<T, BrokerError> {
    answer.blocking_recv().unwrap_or(Err(BrokerError::Stopped))
}

/// Stores a checkpoint, then deletes what nobody needs any more: what is before the one before, so
/// that a hub that lags behind has as long as from one to the next.
fn store(site: &Site, lane: Lane, next: i64, encoded: &[u8]) -> Result<(), BrokerError> {
    let room = site.settings.record_bytes.saturating_sub(BESIDE).max(1);
    let checkpoint = site.fresh.draw();
    let count = encoded.len().div_ceil(room);
    let mut first_part = None;
    for (index, part) in encoded.chunks(room).enumerate() {
        let chunk = Chunk {
            checkpoint,
            index: index as u64,
            is_last: index + 1 == count,
            bytes: part.to_vec().into(),
        };
        let (reply, answer): (Reply<i64>, _) = oneshot::channel();
        site.store(lane, &chunk, reply);
        let place = received(answer)?;
        first_part.get_or_insert(place);
    }
    let Some(first_part) = first_part else {
        return Ok(());
    };
    let (topic, partition) = site.logs.place(lane);
    tracing::debug!(
        topic,
        partition,
        next,
        bytes = encoded.len(),
        "it is kept how it stands"
    );
    let Some(before) = site.keeper.note(lane, Place { next, first_part }) else {
        return Ok(());
    };
    let places = [
        (site.logs.place(lane), before.next),
        (site.logs.place_of_checkpoints(lane), before.first_part),
    ];
    if let Err(reason) = topics::delete_before(site, &places) {
        tracing::warn!(
            reason,
            topic,
            partition,
            "what nobody needs any more is not deleted; let the user delete records of the topic"
        );
    }
    Ok(())
}

/// Finds the last checkpoint of each lane.
pub(crate) fn load(site: &Site) -> Result<BTreeMap<Lane, Checkpoint>, ConnectError> {
    let consumer = Reader::consumer(site)?;
    let unreachable = |error: &KafkaError| {
        let complaint = &consumer.context().complaint;
        ConnectError::Unreachable(advice(error, complaint, &site.logs.checkpoints))
    };
    let mut ends = assign(site, &consumer).map_err(|error| unreachable(&error))?;
    let timeout = site.settings.cluster.timeout;
    let mut gathering = Gathering::default();
    let mut heard = Instant::now();
    while !ends.is_empty() {
        let record = match consumer.poll(Duration::from_millis(100)) {
            Some(Ok(record)) => record,
            Some(Err(error)) if heard.elapsed() > timeout => return Err(unreachable(&error)),
            None if heard.elapsed() > timeout => {
                let code = rdkafka::error::RDKafkaErrorCode::OperationTimedOut;
                return Err(unreachable(&KafkaError::MessageConsumption(code)));
            }
            _ => continue,
        };
        heard = Instant::now();
        let lane = Lane(usize::try_from(record.partition()).unwrap_or_default());
        if ends
            .get(&lane)
            .is_some_and(|end| record.offset() + 1 >= *end)
        {
            ends.remove(&lane);
        }
        if let Ok(chunk) = Chunk::decode(record.payload().unwrap_or_default()) {
            gathering.take(lane, record.offset(), &chunk);
        }
    }
    let mut last = BTreeMap::new();
    for (lane, (place, checkpoint)) in gathering.complete {
        let is_of_nodes = matches!(checkpoint.kept, Kept::Cluster(_));
        if is_of_nodes == (lane == site.logs.of_nodes()) {
            site.keeper.note(lane, place);
            last.insert(lane, checkpoint);
        }
    }
    Ok(last)
}

/// Begins to read all partitions that hold anything; returns where they end.
fn assign(
    site: &Site,
    consumer: &BaseConsumer<Listener>,
) -> Result<BTreeMap<Lane, i64>, KafkaError> {
    let mut assigned = TopicPartitionList::new();
    let mut ends = BTreeMap::new();
    for lane in site.logs.all() {
        let (topic, partition) = site.logs.place_of_checkpoints(lane);
        let timeout = site.settings.cluster.timeout;
        let (first, end) = consumer.fetch_watermarks(topic, partition, timeout)?;
        if end > first {
            assigned.add_partition_offset(topic, partition, Offset::Offset(first))?;
            ends.insert(lane, end);
        }
    }
    consumer.assign(&assigned)?;
    Ok(ends)
}

/// Checkpoints that are read.
#[derive(Default)]
struct Gathering {
    /// The parts so far, and the Kafka offset of the first.
    parts: BTreeMap<(Lane, u64), (i64, u64, Vec<u8>)>,
    complete: BTreeMap<Lane, (Place, Checkpoint)>,
}

impl Gathering {
    fn take(&mut self, lane: Lane, offset: i64, chunk: &Chunk) {
        let name = (lane, chunk.checkpoint);
        let (first_part, count, bytes) = self
            .parts
            .entry(name)
            .or_insert_with(|| (offset, 0, Vec::new()));
        if *count != chunk.index {
            // Its beginning is deleted, or it is none of ours.
            self.parts.remove(&name);
            return;
        }
        *count += 1;
        bytes.extend_from_slice(&chunk.bytes);
        if !chunk.is_last {
            return;
        }
        let (first_part, decoded) = (*first_part, Checkpoint::decode(bytes));
        self.parts.remove(&name);
        let Ok(checkpoint) = decoded else { return };
        let Ok(next) = i64::try_from(checkpoint.next) else {
            return;
        };
        let known = self.complete.get(&lane);
        if known.is_none_or(|(place, _)| place.next < next) {
            let place = Place { next, first_part };
            self.complete.insert(lane, (place, checkpoint));
        }
    }
}
