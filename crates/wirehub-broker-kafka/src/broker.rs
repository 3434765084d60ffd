//! The broker over a cluster.

use std::{
    collections::BTreeMap,
    fmt, future,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use tokio::sync::oneshot;
use wirehub_broker::{
    Answer, Broker, BrokerError, BrokerMemory, Link, NodeName, Sink, meeting::Ahead,
};

use crate::{
    ConnectError, KafkaSettings,
    checkpoint::Checkpoint,
    keeper,
    link::KafkaLink,
    logs::Lane,
    looker::{Looker, Looks, coming},
    node_word::NodeWord,
    reader::{Begin, Reader},
    site::Site,
    topics,
    waiting::Awaited,
    watch::watch,
};

/// A broker for hubs on many machines that meet on a Kafka cluster.
///
/// Its threads and connections end with [`Broker::shutdown`], or soon after it is dropped.
pub struct KafkaBroker {
    site: Arc<Site>,
    looks: Looks,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl KafkaBroker {
    /// Connects to the cluster, makes the topics when they are not there, and reads them to their
    /// ends. This waits for the cluster.
    ///
    /// # Errors
    /// When the cluster cannot be used; the text says what to do.
    pub fn connect(settings: KafkaSettings) -> Result<Self, ConnectError> {
        Self::connect_ahead(settings, Ahead::default())
    }

    /// The same, in a time that somebody lets go by.
    ///
    /// # Errors
    /// When the cluster cannot be used; the text says what to do.
    pub fn connect_ahead(settings: KafkaSettings, ahead: Ahead) -> Result<Self, ConnectError> {
        let site = Arc::new(Site::new(settings, ahead)?);
        let mut ranges = topics::prepare(&site)?;
        let kept = keeper::load(&site)?;
        let begins = begin_from(&site, &mut ranges, kept)?;
        let (looks, handed_in) = Looks::new(site.settings.queue);
        let broker = Self {
            site: Arc::clone(&site),
            looks,
            threads: Mutex::default(),
        };
        let (nodes, others): (Vec<_>, Vec<_>) = begins
            .into_iter()
            .partition(|begin| begin.lane == site.logs.of_nodes());
        for (name, lanes) in [("broker-kafka-log", others), ("broker-kafka-hub", nodes)] {
            let reader = Reader::begin(Arc::clone(&site), &lanes)?;
            broker.start(name, move || reader.run())?;
        }
        let looker = Looker::new(Arc::clone(&site), handed_in)?;
        broker.start("broker-kafka-look", move || looker.run())?;
        let watched = Arc::clone(&site);
        broker.start("broker-kafka-time", move || watch(&watched))?;
        broker.catch_up(&ranges)?;
        site.is_live.store(true, Ordering::SeqCst);
        Ok(broker)
    }

    fn start(&self, name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), ConnectError> {
        let thread = thread::Builder::new().name(name.to_owned()).spawn(work);
        let thread = thread.map_err(|error| ConnectError::Thread(error.to_string()))?;
        self.threads().push(thread);
        Ok(())
    }

    fn threads(&self) -> std::sync::MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until everything is read that was there. However long that takes: it is told.
    fn catch_up(&self, ranges: &[topics::Range]) -> Result<(), ConnectError> {
        let records: i64 = ranges.iter().map(|range| range.end - range.first).sum();
        let start = Instant::now();
        if records > 0 {
            tracing::info!(records, "the logs of the Kafka cluster are read");
        }
        let forever = start + Duration::from_secs(365 * 24 * 3600);
        for range in ranges {
            let (reply, read) = oneshot::channel();
            let progress = &self.site.progress;
            progress.wait(range.lane, range.end, forever, reply);
            // Whoever waits here may be within a runtime.
            let read = thread::spawn(move || read.blocking_recv()).join();
            let read = read.map(|read| read.unwrap_or(Err(BrokerError::Stopped)));
            let stopped = Err(BrokerError::Stopped);
            read.unwrap_or(stopped)
                .map_err(|error| ConnectError::Unreachable(error.to_string()))?;
        }
        if records > 0 {
            let took = start.elapsed();
            tracing::info!(
                records,
                ?took,
                "the logs of the Kafka cluster are read to their ends"
            );
        }
        Ok(())
    }
}

/// Where the lanes are read from: behind what was kept of them.
fn begin_from(
    site: &Site,
    ranges: &mut [topics::Range],
    mut kept: BTreeMap<Lane, Checkpoint>,
) -> Result<Vec<Begin>, ConnectError> {
    let mut begins = Vec::new();
    for range in ranges {
        let lane = range.lane;
        let (topic, partition) = site.logs.place(lane);
        let topic = topic.to_owned();
        let mut begin = Begin {
            lane,
            next: 0,
            time: Duration::ZERO,
        };
        if let Some(checkpoint) = kept.remove(&lane) {
            let (end, next) = (range.end, checkpoint.next);
            begin.next = i64::try_from(next).unwrap_or(i64::MAX);
            begin.time = checkpoint.time;
            if begin.next > end {
                return Err(ConnectError::Lost {
                    topic,
                    partition,
                    end,
                    next,
                });
            }
            let resumed = site.resume(checkpoint);
            resumed.map_err(|error| ConnectError::Thread(error.to_string()))?;
        }
        if range.first > begin.next {
            let first = range.first;
            return Err(ConnectError::Cut {
                topic,
                partition,
                first,
            });
        }
        range.first = begin.next;
        begins.push(begin);
    }
    Ok(begins)
}

impl Broker for KafkaBroker {
    fn attach(
        &self,
        node: NodeName,
        lease: Duration,
        sink: Arc<dyn Sink>,
    ) -> Answer<Arc<dyn Link>> {
        if let Err(error) = self.site.is_open() {
            return Box::pin(future::ready(Err(error)));
        }
        let stay = self.site.fresh.draw();
        let (reply, answer) = oneshot::channel();
        let word = NodeWord::Attach(stay, node.clone(), lease);
        self.site.say_node(&word, Awaited::Attached(sink, reply));
        let (site, looks) = (Arc::clone(&self.site), self.looks.clone());
        Box::pin(async move {
            coming(answer).await?;
            site.stays().insert(stay);
            let link: Arc<dyn Link> = Arc::new(KafkaLink {
                site,
                looks,
                stay,
                name: node,
            });
            Ok(link)
        })
    }

    /// Says a word in the log of nodes and reads it back.
    fn check(&self) -> Answer<()> {
        if let Err(error) = self.site.is_open() {
            return Box::pin(future::ready(Err(error)));
        }
        let (reply, answer) = oneshot::channel();
        self.site.say_node(&NodeWord::Tick, Awaited::Done(reply));
        coming(answer)
    }

    fn memory(&self) -> Answer<BrokerMemory> {
        self.site.replica.memory()
    }

    fn shutdown(&self) -> Answer<()> {
        if !self.site.close() {
            return Box::pin(future::ready(Err(BrokerError::Stopped)));
        }
        let threads = std::mem::take(&mut *self.threads());
        let site = Arc::clone(&self.site);
        let (reply, ended) = oneshot::channel();
        let end = move || {
            let finished = finish(&site);
            site.stop();
            // No thread waits for what nobody reads any more.
            site.waiting.end(&BrokerError::Stopped);
            site.progress.fail(&BrokerError::Stopped);
            for thread in threads {
                if thread.join().is_err() {
                    tracing::error!("a thread of the broker has panicked");
                }
            }
            _ = reply.send(finished);
        };
        if let Err(error) = thread::Builder::new().spawn(end) {
            let reason = error.to_string();
            return Box::pin(future::ready(Err(BrokerError::Unavailable { reason })));
        }
        let site = Arc::clone(&self.site);
        Box::pin(async move {
            let finished = coming(ended).await;
            let stopped = site.replica.shutdown().await;
            finished.and(stopped)
        })
    }
}

/// Finishes what was asked before, and takes the nodes out.
fn finish(site: &Site) -> Result<(), BrokerError> {
    let stays = std::mem::take(&mut *site.stays());
    for stay in stays {
        site.say_node(&NodeWord::Detach(stay), Awaited::Nothing);
    }
    site.finish()
}

impl Drop for KafkaBroker {
    fn drop(&mut self) {
        self.site.close();
        self.site.stop();
        self.site.waiting.end(&BrokerError::Stopped);
        self.site.progress.fail(&BrokerError::Stopped);
    }
}

impl fmt::Debug for KafkaBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaBroker")
            .field("prefix", &self.site.settings.prefix)
            .finish_non_exhaustive()
    }
}
