//! The server, as this process knows it.

use std::sync::Arc;

use tokio::runtime::Handle;
use wirehub_broker::{NodeName, meeting::Ahead};
use wirehub_model::Topic;

use crate::{
    ConnectError, NatsSettings,
    connector::Connector,
    crowd_job::CrowdJob,
    crowd_log::CrowdLog,
    desks::Desks,
    jetstream::JetStream,
    nodes::Nodes,
    requests::Requests,
    server_clock::ServerClock,
    subjects::Subjects,
    topic_job::{ROOM, TopicJob},
    topic_log::TopicLog,
};

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
            topic_desks: Desks::new(settings.bounds.queue, settings.bounds.queue_bytes),
            crowd_desks: Desks::new(settings.bounds.queue, settings.bounds.queue_bytes),
            settings,
            subjects,
            connector,
            js,
            clock,
            log,
            crowds,
            nodes,
            runtime,
        })
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
}
