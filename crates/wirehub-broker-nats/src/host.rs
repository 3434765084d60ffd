//! The server, as nodes meet on it.

use std::{io, sync::Arc, time::Duration};

use futures_util::future::join_all;
use tokio::sync::{mpsc, oneshot};
use wirehub_broker::{
    Answer, BrokerError, NodeName, Reply,
    meeting::{self, EarCall, Guest, NodeNews, Renewed},
};
use wirehub_model::{ConnectionId, Position};

use crate::{
    crowd_job::{CrowdJob, Stay},
    ear::Ear,
    failure::{Failure, unavailable},
    node_row::StayState,
    nodes::{Claimed, Lease},
    requests::{Expects, Letter},
    server::Server,
    streams,
};

/// Members that are taken out together.
const TOGETHER: usize = 1_000;

/// Where a topic stands, and the number of the message that says so.
pub(crate) type Place = (Position, u64);

impl meeting::Server for Server {
    type Stay = Claimed;
    type Place = Place;

    async fn keep_house(self: &Arc<Self>) -> Result<usize, BrokerError> {
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
        Ok(leases.len())
    }

    async fn claim(
        self: &Arc<Self>,
        node: &NodeName,
        stay: &str,
        lease: Duration,
    ) -> Result<Option<Claimed>, BrokerError> {
        self.nodes.claim(node, stay, lease).await
    }

    async fn renew(
        self: &Arc<Self>,
        claimed: &Claimed,
        lease: Duration,
    ) -> Result<Renewed<Claimed>, BrokerError> {
        self.nodes.renew(claimed, lease).await
    }

    fn lasts(&self, claimed: &Claimed) -> bool {
        self.clock.now() < claimed.until
    }

    async fn quit(self: &Arc<Self>, claimed: &Claimed) -> Result<(), BrokerError> {
        let quit = self.nodes.quit(&claimed.stay).await;
        let swept = self.keep_house().await;
        quit.and(swept.map(|_| ()))
    }

    fn listen(
        self: &Arc<Self>,
        guest: Guest,
        calls: mpsc::Receiver<EarCall<Place>>,
        ready: Reply<()>,
    ) -> io::Result<()> {
        Ear::start(Arc::clone(self), guest, calls, ready)
    }

    fn say(self: &Arc<Self>, to: &NodeName, news: &NodeNews) -> Answer<()> {
        let letter = Letter {
            subject: self.subjects.inbox(to),
            headers: Vec::new(),
            payload: news.written().into(),
        };
        let asked = self.js.requests().ask(vec![letter], Expects::One);
        let (server, to) = (Arc::clone(self), to.clone());
        Box::pin(async move {
            match asked.await {
                Ok(_) => Ok(()),
                Err(Failure::Nobody) if server.nodes.has_lease(&to).await? => {
                    Err(unavailable("the node does not listen at the moment"))
                }
                Err(Failure::Nobody) => Err(BrokerError::UnknownNode(to)),
                Err(error) => Err(error.into()),
            }
        })
    }

    async fn check(self: &Arc<Self>) -> Result<(), BrokerError> {
        self.see_stream().await?;
        // What is published needs the other stream.
        match self.js.time(&self.log.stream).await? {
            Some(_) => Ok(()),
            None => Err(unavailable("the stream of what is published is not there")),
        }
    }

    async fn end(
        self: &Arc<Self>,
        leaving: impl Future<Output = Result<(), BrokerError>> + Send,
    ) -> Result<(), BrokerError> {
        self.finish().await;
        let left = leaving.await;
        self.finish().await;
        self.js.requests().end().await;
        left
    }
}

impl Server {
    /// Sees that the stream of members is there, and what time it is.
    async fn see_stream(self: &Arc<Self>) -> Result<(), BrokerError> {
        if self.nodes.learn_time().await? {
            return Ok(());
        }
        // The server was started anew, and with it ended what it has in memory.
        let made = streams::prepare(self).await;
        made.map_err(|error| unavailable(&error.to_string()))
    }

    /// Takes out all members of a stay that has ended.
    async fn sweep(self: &Arc<Self>, node: &NodeName, stay: &str) -> Result<(), BrokerError> {
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
