//! How a request reaches all nodes that it concerns.

use wirehub_broker::NodeName;
use wirehub_core::Recipient;
use wirehub_model::{ConnectionId, ErrorCode, Refusal};

use crate::{
    ClusterInfo, ConnectionList, HubError, Page,
    cluster::{Cluster, Given, Here, Unanswered, Wanted},
};

/// This node and, where there is a broker, the others.
#[derive(Debug)]
pub(crate) struct Reach {
    here: Here,
    cluster: Option<Cluster>,
}

impl Reach {
    pub(crate) const fn new(here: Here, cluster: Option<Cluster>) -> Self {
        Self { here, cluster }
    }

    /// This node.
    pub(crate) const fn here(&self) -> &Here {
        &self.here
    }

    /// The other nodes, if there is a broker.
    pub(crate) const fn cluster(&self) -> Option<&Cluster> {
        self.cluster.as_ref()
    }

    /// Whether a page can be one of a list. Of other nodes that is not known.
    pub(crate) fn may_have(&self, page: Page) -> bool {
        let is_here = page.node == self.here.shards().node();
        self.cluster.is_some() || (is_here && usize::from(page.shard) < self.here.shards().len())
    }

    /// Lists connections from a page on.
    pub(crate) async fn connections(
        &self,
        page: Page,
        limit: usize,
    ) -> Result<ConnectionList, HubError> {
        let me = self.here.shards().node();
        let nodes = self.cluster.as_ref().map(Cluster::nodes);
        let nodes: Vec<u16> = nodes.map_or_else(|| vec![me], |nodes| nodes.into_keys().collect());
        let mut nodes = nodes.into_iter().skip_while(|node| *node < page.node);
        let Some(node) = nodes.next() else {
            return Ok(ConnectionList::default());
        };
        let from = match node == page.node {
            true => (page.shard, page.from),
            false => (0, 0),
        };
        let mut listed = ConnectionList::default();
        let next = match self.of_node(node, Wanted::Connections(from, limit)).await? {
            Ok(Given::Connections(list, next)) => {
                listed.list = list;
                next
            }
            Ok(_) => None,
            Err(silent) => {
                listed.silent.extend(silent);
                None
            }
        };
        let next = next.map(|(shard, from)| Page { node, shard, from });
        let first_of = |node| Page {
            node,
            ..Page::default()
        };
        listed.next = next.or_else(|| nodes.next().map(first_of));
        Ok(listed)
    }

    /// All nodes at a glance.
    pub(crate) async fn info(&self) -> Option<ClusterInfo> {
        let cluster = self.cluster.as_ref()?;
        let here = self.here.perform(Wanted::Info);
        let (here, others) = tokio::join!(here, cluster.ask_all(&Wanted::Info));
        let here = here.ok().map(|here| (cluster.name().clone(), here));
        let all = others.given.into_iter().chain(here);
        let nodes = all.filter_map(|(node, given)| match given {
            Given::Info(info) => Some((node, *info)),
            _ => None,
        });
        Some(ClusterInfo {
            nodes: nodes.collect(),
            silent: others.silent,
        })
    }

    /// Has something done on all nodes that `who` may be on; returns how many connections it
    /// concerned.
    pub(crate) async fn everywhere(
        &self,
        who: &Recipient,
        wanted: Wanted,
    ) -> Result<u64, HubError> {
        let (given, silent) = match who {
            Recipient::Connection(id) => (vec![self.at(*id, wanted).await?], Vec::new()),
            Recipient::User(_) | Recipient::Everyone => self.all(wanted).await?,
        };
        let (mut connections, mut refused) = (0, None);
        for given in given {
            match given {
                Given::Count(count) => connections += count,
                Given::Subscribed(count, refusal) => {
                    connections += count;
                    refused = refused.or(refusal);
                }
                Given::Refused(refusal) => refused = refused.or(Some(refusal)),
                _ => {}
            }
        }
        match refused {
            Some(refusal) if connections == 0 => Err(HubError::Refused(refusal)),
            _ if silent.is_empty() => Ok(connections),
            _ => Err(HubError::Silent {
                connections,
                nodes: silent,
            }),
        }
    }

    /// Has something done on all nodes. Returns what they say, and who says nothing.
    pub(crate) async fn all(
        &self,
        wanted: Wanted,
    ) -> Result<(Vec<Given>, Vec<NodeName>), HubError> {
        let others = async {
            match &self.cluster {
                Some(cluster) => cluster.ask_all(&wanted).await,
                None => Default::default(),
            }
        };
        let (here, others) = tokio::join!(self.here.perform(wanted.clone()), others);
        let others_given = others.given.into_iter().map(|(_, given)| given);
        Ok((
            [here?].into_iter().chain(others_given).collect(),
            others.silent,
        ))
    }

    /// Has something done where a connection is. Where its node is gone, nothing is there.
    pub(crate) async fn at(&self, id: ConnectionId, wanted: Wanted) -> Result<Given, HubError> {
        let nothing = match wanted {
            Wanted::Connection(_) => Given::Connection(None),
            _ => Given::Count(0),
        };
        match self.of_node(id.node(), wanted).await? {
            Ok(Given::Refused(refusal)) => Err(HubError::Refused(refusal)),
            Ok(given) => Ok(given),
            Err(None) => Ok(nothing),
            Err(Some(node)) => {
                let why = format!("the node {node} of the connection does not answer");
                Err(HubError::Refused(Refusal::new(ErrorCode::Timeout, why)))
            }
        }
    }

    /// Has something done on the node of a name, or here.
    pub(crate) async fn on(
        &self,
        node: Option<&NodeName>,
        wanted: Wanted,
    ) -> Result<Given, HubError> {
        let me = self.cluster.as_ref().map(Cluster::name);
        let Some(node) = node.filter(|node| Some(*node) != me) else {
            return self.here.perform(wanted).await;
        };
        let asked = match &self.cluster {
            Some(cluster) => cluster.ask_name(node, &wanted).await,
            None => Err(Unanswered::Gone),
        };
        match asked {
            Ok(Given::Refused(refusal)) | Err(Unanswered::Silent(_, refusal)) => {
                Err(HubError::Refused(refusal))
            }
            Ok(given) => Ok(given),
            Err(Unanswered::Gone) => {
                let nodes = self.cluster.as_ref().map(Cluster::nodes);
                let mut known: Vec<NodeName> = nodes.unwrap_or_default().into_values().collect();
                known.sort();
                Err(HubError::NoSuchNode {
                    node: node.clone(),
                    known,
                })
            }
        }
    }

    /// Has something done on one node. When it says nothing, it is named if there is such a node.
    pub(crate) async fn of_node(
        &self,
        node: u16,
        wanted: Wanted,
    ) -> Result<Result<Given, Option<NodeName>>, HubError> {
        if node == self.here.shards().node() {
            return self.here.perform(wanted).await.map(Ok);
        }
        let Some(cluster) = &self.cluster else {
            return Ok(Err(None));
        };
        Ok(match cluster.ask_number(node, &wanted).await {
            Ok(given) => Ok(given),
            Err(Unanswered::Gone) => Err(None),
            Err(Unanswered::Silent(node, _)) => Err(Some(node)),
        })
    }
}
