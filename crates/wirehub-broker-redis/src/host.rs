//! The server, as nodes meet on it.

use std::{io, sync::Arc, time::Duration};

use tokio::sync::mpsc;
use wirehub_broker::{
    Answer, BrokerError, NodeName, Reply,
    meeting::{self, EarCall, Guest, NodeNews, Renewed},
};
use wirehub_model::Position;

use crate::{
    command::Command,
    crowd_calls::{self, Held},
    ear::Ear,
    failure::{answered, answered_of, unavailable},
    node_calls,
    reply::{list, one, text},
    server::Server,
};

/// Members that are taken out together.
const TOGETHER: usize = 256;

/// Whatever was noted was noted before this: scripts count exactly so far.
const LAST_NOTE: u64 = 1 << 53;

/// The stay of a node.
#[derive(Clone)]
pub(crate) struct Stay {
    node: NodeName,
    incarnation: String,
    /// When the lease ends, reckoned from before it was asked for.
    until: Duration,
}

impl Stay {
    /// What the server knows it by.
    pub(crate) fn name(&self) -> (&NodeName, &str) {
        (&self.node, &self.incarnation)
    }
}

impl meeting::Server for Server {
    type Stay = Stay;
    type Place = Position;

    async fn keep_house(self: &Arc<Self>) -> Result<usize, BrokerError> {
        let expire = node_calls::expire(&self.keys);
        let (leases, ended) = node_calls::ended(self.ask_nodes(expire).await?)?;
        for (node, incarnation) in ended {
            self.sweep((&node, &incarnation)).await?;
        }
        Ok(leases)
    }

    async fn claim(
        self: &Arc<Self>,
        node: &NodeName,
        stay: &str,
        lease: Duration,
    ) -> Result<Option<Stay>, BrokerError> {
        let bound = self.settings.bounds.nodes;
        let claimed = Stay {
            node: node.clone(),
            incarnation: stay.to_owned(),
            until: self.elapsed().saturating_add(lease),
        };
        let claim = node_calls::claim(&self.keys, claimed.name(), lease, bound);
        let answer = self.ask_nodes(claim).await?;
        match text(Some(answer))?.as_str() {
            "ok" => Ok(Some(claimed)),
            "many" => Err(BrokerError::TooManyNodes(bound)),
            // Its lease ended just now.
            "over" => Ok(None),
            _ => Err(BrokerError::NameTaken(node.clone())),
        }
    }

    async fn renew(
        self: &Arc<Self>,
        stay: &Stay,
        lease: Duration,
    ) -> Result<Renewed<Stay>, BrokerError> {
        let until = self.elapsed().saturating_add(lease);
        let renew = node_calls::renew(&self.keys, stay.name(), lease);
        let answer = self.ask_nodes(renew).await?;
        match text(Some(answer))?.as_str() {
            "ok" => Ok(Renewed::Lasts(Stay {
                until,
                ..stay.clone()
            })),
            "gone" => {
                self.sweep(stay.name()).await?;
                Ok(Renewed::Over)
            }
            _ => Ok(Renewed::Taken),
        }
    }

    fn lasts(&self, stay: &Stay) -> bool {
        self.elapsed() < stay.until
    }

    async fn quit(self: &Arc<Self>, stay: &Stay) -> Result<(), BrokerError> {
        let swept = self.sweep(stay.name()).await;
        let quit = node_calls::quit(&self.keys, stay.name());
        let quit = self.ask_nodes(quit).await;
        swept.and(quit.map(|_| ()))
    }

    fn listen(
        self: &Arc<Self>,
        guest: Guest,
        calls: mpsc::Receiver<EarCall<Position>>,
        ready: Reply<()>,
    ) -> io::Result<()> {
        Ear::start(Arc::clone(self), guest, calls, ready)
    }

    fn say(self: &Arc<Self>, to: &NodeName, news: &NodeNews) -> Answer<()> {
        let tell = node_calls::tell(&self.keys, to, news.written());
        let asked = self.nodes.ask(vec![tell], 0);
        let to = to.clone();
        Box::pin(async move {
            let answer = one(asked.await?).and_then(answered)?;
            match text(Some(answer))?.as_str() {
                "-1" => Err(BrokerError::UnknownNode(to)),
                "0" => Err(unavailable("the node does not listen at the moment")),
                _ => Ok(()),
            }
        })
    }

    /// Asks over both lanes.
    async fn check(self: &Arc<Self>) -> Result<(), BrokerError> {
        let map = self.layout.map();
        for lane in [&self.topics, &self.nodes] {
            let ping = |(slot, _)| Command::Server(slot, redis::cmd("PING"));
            for answer in lane.ask(map.servers().map(ping).collect(), 0).await? {
                answered(answer?)?;
            }
        }
        Ok(())
    }

    async fn end(
        self: &Arc<Self>,
        leaving: impl Future<Output = Result<(), BrokerError>> + Send,
    ) -> Result<(), BrokerError> {
        let left = leaving.await;
        self.topics.end().await?;
        self.nodes.end().await?;
        left
    }
}

impl Server {
    /// Asks about nodes and members, one command.
    pub(crate) async fn ask_nodes(&self, command: Command) -> Result<redis::Value, BrokerError> {
        one(self.nodes.ask(vec![command], 0).await?).and_then(answered)
    }

    /// Takes out all members of a node's stay.
    async fn sweep(&self, stay: (&NodeName, &str)) -> Result<(), BrokerError> {
        let (_, incarnation) = stay;
        let holds = crowd_calls::holds(&self.keys, incarnation);
        let mut members = Vec::new();
        for row in list(self.ask_nodes(holds).await?)? {
            // What is not a row of ours is left alone.
            members.extend(Held::read(&text(Some(row))?));
        }
        for some in members.chunks(TOGETHER) {
            self.part_with(some, stay, LAST_NOTE).await?;
        }
        Ok(())
    }

    /// Takes out members of a node's stay that were noted up to this number.
    pub(crate) async fn part_with(
        &self,
        members: &[Held],
        (node, incarnation): (&NodeName, &str),
        number: u64,
    ) -> Result<(), BrokerError> {
        let leave = |held| crowd_calls::leave(&self.keys, held, (node, incarnation));
        let answers = self
            .nodes
            .ask(members.iter().map(leave).collect(), 0)
            .await?;
        let (mut gone, mut outcome) = (Vec::new(), Ok(()));
        for (held, answer) in members.iter().zip(answers) {
            match answer.and_then(|answer| answered_of(&held.topic, answer)) {
                Ok(_) => gone.push(held),
                // A topic whose members are damaged does not keep the others, nor the node.
                Err(error @ BrokerError::Damaged { .. }) => {
                    gone.push(held);
                    tracing::warn!(%error, "a member cannot be taken out");
                }
                Err(error) => outcome = Err(error),
            }
        }
        let gone = gone.into_iter();
        let release = crowd_calls::release(&self.keys, incarnation, gone, number);
        self.ask_nodes(release).await.and(outcome)
    }
}
