//! The server, as this process knows it.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use tokio::{runtime::Handle, sync::oneshot};
use wirehub_broker::{
    BrokerError, NodeName,
    meeting::{Ahead, Looks},
};
use wirehub_model::{ConnectionId, Topic};

use crate::{
    ConnectError, NatsSettings,
    connector::Connector,
    crowd_job::{CrowdJob, Stay},
    crowd_log::CrowdLog,
    desks::Desks,
    failure::unavailable,
    jetstream::JetStream,
    node_row::StayState,
    nodes::{self, Claimed, Lease, Nodes},
    requests::Requests,
    seat::Seat,
    server_clock::ServerClock,
    streams,
    subjects::Subjects,
    topic_job::{ROOM, TopicJob},
    topic_log::TopicLog,
};

/// Members that are taken out together.
const TOGETHER: usize = 1_000;
/// Who writes what no node of this process has asked for.
const WRITER: &str = "hub";

/// What all nodes of this process share.
pub(crate) struct Server {
    pub(crate) settings: NatsSettings,
    pub(crate) subjects: Subjects,
    pub(crate) connector: Arc<Connector>,
    pub(crate) js: Arc<JetStream>,
    pub(crate) clock: Arc<ServerClock>,
    pub(crate) log: TopicLog,
    pub(crate) crowds: CrowdLog,
    pub(crate) nodes: Nodes,
    pub(crate) runtime: Handle,
    topic_desks: Desks<TopicJob>,
    crowd_desks: Desks<CrowdJob>,
    looks: Looks,
    stopped: AtomicBool,
    seats: Mutex<Vec<Weak<Seat>>>,
}

impl Server {
    pub(crate) fn new(
        settings: NatsSettings,
        subjects: Subjects,
        connector: Arc<Connector>,
        requests: Requests,
        runtime: Handle,
        ahead: Ahead,
    ) -> Result<Self, ConnectError> {
        let writer = NodeName::parse(WRITER);
        let writer = writer.map_err(|error| ConnectError::Thread(error.to_string()))?;
        let js = Arc::new(JetStream::new(requests));
        let clock = Arc::new(ServerClock::new(ahead));
        let log = TopicLog::new(
            Arc::clone(&js),
            subjects.clone(),
            Arc::clone(&clock),
            &settings,
            writer,
        );
        let crowds = CrowdLog::new(
            Arc::clone(&js),
            subjects.clone(),
            Arc::clone(&clock),
            &settings,
        );
        let nodes = Nodes::new(
            Arc::clone(&js),
            subjects.clone(),
            Arc::clone(&clock),
            &settings,
        );
        Ok(Self {
            topic_desks: Desks::new(settings.queue, settings.queue_bytes),
            crowd_desks: Desks::new(settings.queue, settings.queue_bytes),
            settings,
            subjects,
            connector,
            js,
            clock,
            log,
            crowds,
            nodes,
            runtime,
            looks: Looks::default(),
            stopped: AtomicBool::new(false),
            seats: Mutex::default(),
        })
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// From now on nothing is asked any more; whether this is the first time.
    pub(crate) fn stop(&self) -> bool {
        !self.stopped.swap(true, Ordering::SeqCst)
    }

    fn lock_seats(&self) -> MutexGuard<'_, Vec<Weak<Seat>>> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add_seat(&self, seat: &Arc<Seat>) {
        let mut seats = self.lock_seats();
        seats.retain(|seat| seat.strong_count() > 0);
        seats.push(Arc::downgrade(seat));
    }

    /// The nodes of this process.
    pub(crate) fn seats(&self) -> Vec<Arc<Seat>> {
        self.lock_seats().iter().filter_map(Weak::upgrade).collect()
    }

    /// Has something done with topics; its place is taken here.
    pub(crate) fn work_on_topics(self: &Arc<Self>, jobs: Vec<(Topic, TopicJob)>) {
        match self.topic_desks.put(jobs) {
            Ok(topics) => {
                for topic in topics {
                    let server = Arc::clone(self);
                    self.runtime
                        .spawn(async move { server.work_on(&topic).await });
                }
            }
            Err((error, jobs)) => {
                for job in jobs {
                    job.fail(error.clone());
                }
            }
        }
    }

    async fn work_on(&self, topic: &Topic) {
        loop {
            let mut publications = Vec::new();
            let mut last = None;
            let room = self.js.requests().max_payload().saturating_sub(ROOM);
            let joins = |taken: &[TopicJob], next: &TopicJob| TopicJob::joins(taken, next, room);
            for job in self.topic_desks.take(topic, joins) {
                match job {
                    TopicJob::Publish(publication) => publications.push(publication),
                    other => last = Some(other),
                }
            }
            // Whoever asked may have stopped waiting.
            match last {
                Some(TopicJob::Open(rules, reply)) => {
                    _ = reply.send(self.log.open(topic, rules).await);
                }
                Some(TopicJob::Forget(reply)) => _ = reply.send(self.log.forget(topic).await),
                Some(TopicJob::Touch) => {
                    if let Err(error) = self.log.touch(topic).await {
                        tracing::debug!(%error, "a topic that is open could not be touched");
                    }
                }
                Some(TopicJob::Publish(_)) | None if publications.is_empty() => return,
                Some(TopicJob::Publish(_)) | None => self.log.publish(topic, publications).await,
            }
        }
    }

    /// Has crowds changed; the place is taken here.
    pub(crate) fn work_on_crowds(self: &Arc<Self>, jobs: Vec<(Topic, CrowdJob)>) {
        match self.crowd_desks.put(jobs) {
            Ok(topics) => {
                for topic in topics {
                    let server = Arc::clone(self);
                    self.runtime.spawn(async move {
                        loop {
                            let jobs = server.crowd_desks.take(&topic, CrowdJob::joins);
                            if jobs.is_empty() {
                                return;
                            }
                            server.crowds.change(&topic, jobs).await;
                        }
                    });
                }
            }
            Err((error, jobs)) => {
                for job in jobs {
                    job.end(Err(error.clone()));
                }
            }
        }
    }

    /// Waits until everything that was asked is done.
    pub(crate) async fn finish(&self) {
        self.topic_desks.wait().await;
        self.crowd_desks.wait().await;
    }

    /// Takes a name.
    pub(crate) async fn claim(
        self: &Arc<Self>,
        node: &NodeName,
        lease: Duration,
    ) -> Result<Claimed, BrokerError> {
        let name = format!("{:016x}", self.js.draw());
        for _ in 0..nodes::ATTEMPTS {
            self.keep_house().await?;
            if let Some(claimed) = self.nodes.claim(node, &name, lease).await? {
                return Ok(claimed);
            }
        }
        Err(BrokerError::Overloaded)
    }

    /// Sees that the stream of members is there, and what time it is.
    pub(crate) async fn see_stream(self: &Arc<Self>) -> Result<(), BrokerError> {
        if self.nodes.learn_time().await? {
            return Ok(());
        }
        // The server was started anew, and with it ended what it has in memory.
        let made = streams::prepare(self).await;
        made.map_err(|error| unavailable(&error.to_string()))
    }

    /// Ends leases that are over, and takes out the members that their nodes had.
    pub(crate) async fn keep_house(self: &Arc<Self>) -> Result<(), BrokerError> {
        self.see_stream().await?;
        let mut leases = self.nodes.leases().await?;
        let is_held = |state| matches!(state, StayState::Held(_));
        let is_over = |lease: &&Lease| is_held(lease.row.state) && !self.nodes.lasts(&lease.row);
        let over: Vec<&Lease> = leases.iter().filter(is_over).collect();
        if !over.is_empty() {
            for lease in over {
                self.nodes.end(lease).await?;
            }
            leases = self.nodes.leases().await?;
        }
        for lease in leases
            .iter()
            .filter(|lease| lease.row.state == StayState::Ended)
        {
            self.sweep(&lease.node, &lease.row.stay).await?;
            self.nodes.close(lease).await?;
        }
        self.looks.looked(self.clock.elapsed(), leases.len());
        Ok(())
    }

    /// The same, unless it is not due: it was done a moment ago, or the many other nodes see to it.
    pub(crate) async fn keep_house_in_turn(self: &Arc<Self>) -> Result<(), BrokerError> {
        match self.looks.is_due(self.clock.elapsed()) {
            true => self.keep_house().await,
            false => Ok(()),
        }
    }

    /// Takes out all members of a stay that has ended.
    pub(crate) async fn sweep(
        self: &Arc<Self>,
        node: &NodeName,
        stay: &str,
    ) -> Result<(), BrokerError> {
        let held = self.nodes.held(node, stay).await?;
        for some in held.chunks(TOGETHER) {
            let (mut jobs, mut answers) = (Vec::new(), Vec::new());
            for (topic, connection) in some {
                let (job, answer) = leaving(node, stay, *connection);
                jobs.push((topic.clone(), job));
                answers.push(answer);
            }
            self.work_on_crowds(jobs);
            for answer in join_all(answers).await {
                match answer.unwrap_or(Err(BrokerError::Stopped)) {
                    // A topic whose members are damaged does not keep the others.
                    Ok(()) | Err(BrokerError::Damaged { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }
}

fn leaving(
    node: &NodeName,
    stay: &str,
    connection: ConnectionId,
) -> (CrowdJob, oneshot::Receiver<Result<(), BrokerError>>) {
    let (reply, answer) = oneshot::channel();
    let job = CrowdJob {
        stay: Stay {
            node: node.clone(),
            name: stay.to_owned(),
            number: 0,
        },
        connection,
        member: None,
        reply,
    };
    (job, answer)
}
