use std::{collections::BTreeMap, sync::Arc, time::Duration};

use wirehub_core::{Append, Ask, Input, Opened, Origin, Told};
use wirehub_model::{
    Epoch, ErrorCode, HistoryRules, Namespace, Namespaces, Offset, Position, Publication,
    Published, Refusal, Topic, TopicFilter, Window,
};

use crate::{
    cluster::{Cluster, Rules},
    words::{filter, seconds},
};

/// A broker that does what it is asked when the test says so, and can be told to fail.
#[derive(Debug, Default)]
pub(crate) struct Broker {
    pub(crate) logs: BTreeMap<String, Vec<Arc<Publication>>>,
    pub(crate) open: Vec<String>,
    pub(crate) filters: Vec<TopicFilter>,
    pub(crate) failing: bool,
    /// It gives publications their places and tells nobody of them.
    pub(crate) silent: bool,
    /// How often it has lost everything.
    losses: u64,
    /// Up to where topics were forgotten.
    forgotten: BTreeMap<String, Offset>,
}

impl Broker {
    /// The epoch of all topics until everything is lost.
    pub(crate) const EPOCH: Epoch = Epoch::new(7);

    /// Loses everything; its topics begin again.
    pub(crate) fn lose_everything(&mut self) {
        self.losses += 1;
        self.logs.clear();
        self.forgotten.clear();
    }

    const fn epoch(&self) -> Epoch {
        Epoch::new(7 + self.losses)
    }

    /// Does the oldest thing that was asked; returns whether there was one.
    pub(crate) fn work(&mut self, cluster: &mut Cluster) -> bool {
        let Some((shard, ask)) = cluster.asks.pop_front() else {
            return false;
        };
        match ask {
            Ask::Append(append, origin) => {
                let result = self.append(cluster, &append);
                let told = Told::Appended(origin, result);
                cluster.input(shard, Input::Broker(told));
            }
            Ask::Open { topic, .. } => {
                let result = self.opened(topic.as_str());
                cluster.input(shard, Input::Broker(Told::Opened(topic, result)));
            }
            Ask::Close(topic) => self.open.retain(|known| known != topic.as_str()),
            Ask::Subscribe(filter) => {
                self.filters.push(filter.clone());
                let told = Told::Subscribed(filter, self.refusal().map_or(Ok(()), Err));
                cluster.input(shard, Input::Broker(told));
            }
            Ask::Unsubscribe(filter) => self.filters.retain(|known| *known != filter),
            Ask::Forget(topic, origin) => self.forget(cluster, shard, topic, origin),
            // There is no other node.
            Ask::Enter(..) | Ask::Leave(..) => {}
            ask => panic!("not in these tests: {ask:?}"),
        }
        true
    }

    /// Forgets a topic and tells its home, then whoever asked.
    fn forget(&mut self, cluster: &mut Cluster, shard: u16, topic: Topic, origin: Origin) {
        let result = self.refusal().map_or(Ok(()), Err);
        if result.is_ok() {
            let log = self.logs.entry(topic.to_string()).or_default();
            let offset = Offset(log.len() as u64);
            self.forgotten.insert(topic.to_string(), offset);
            let position = Position {
                epoch: self.epoch(),
                offset,
            };
            let home = cluster.home(topic.as_str());
            cluster.input(home, Input::Broker(Told::Emptied(topic, position)));
        }
        let told = Told::Forgotten(origin, result);
        cluster.input(shard, Input::Broker(told));
    }

    fn refusal(&self) -> Option<Refusal> {
        let refusal = || Refusal::new(ErrorCode::Overloaded, "the broker is away");
        self.failing.then(refusal)
    }

    fn append(&mut self, cluster: &mut Cluster, append: &Append) -> Result<Published, Refusal> {
        if let Some(refusal) = self.refusal() {
            return Err(refusal);
        }
        let name = append.topic.as_str();
        let epoch = self.epoch();
        let log = self.logs.entry(name.to_owned()).or_default();
        let position = Position {
            epoch,
            offset: Offset(log.len() as u64 + 1),
        };
        let publication = Arc::new(Publication {
            topic: append.topic.clone(),
            message: append.message.clone(),
            key: append.key.clone(),
            position,
            from: append.from.clone(),
            accepted_at: append.accepted_at,
            expires_at: append.expires_at,
            trace: None,
        });
        log.push(Arc::clone(&publication));
        let wild = self
            .filters
            .iter()
            .any(|filter| filter.matches(&append.topic));
        if !self.silent && (wild || self.open.iter().any(|open| open == name)) {
            let from = append.from.as_ref().map(|from| from.connection);
            let exclude = from.filter(|_| !append.echo);
            let told = Told::Publication(publication, exclude);
            cluster.input(cluster.home(name), Input::Broker(told));
        }
        Ok(Published {
            position,
            duplicate: false,
        })
    }

    pub(crate) fn opened(&mut self, name: &str) -> Result<Opened, Refusal> {
        if let Some(refusal) = self.refusal() {
            return Err(refusal);
        }
        self.open.push(name.to_owned());
        let mut history = self.logs.get(name).cloned().unwrap_or_default();
        let position = Position {
            epoch: self.epoch(),
            offset: Offset(history.len() as u64),
        };
        let forgotten = self.forgotten.get(name).copied().unwrap_or_default();
        history.retain(|publication| publication.position.offset > forgotten);
        Ok(Opened {
            position,
            history,
            values: Vec::new(),
            crowd: None,
        })
    }

    /// Everything comes to rest.
    pub(crate) fn settle(&mut self, cluster: &mut Cluster) {
        cluster.settle();
        while self.work(cluster) {
            cluster.settle();
        }
    }
}

/// Rules of a cluster with a broker: below `kept` there are history and presence, below `window` a
/// window.
pub(crate) fn rules() -> Rules {
    let kept = Namespace {
        history: HistoryRules {
            size: 100,
            ttl: seconds(6_000),
            bytes: 10_000,
        },
        presence: true,
        ..Namespace::new(filter("kept/#"))
    };
    let windowed = Namespace {
        window: Some(Window {
            time: Duration::from_millis(50),
            count: 100,
            latest: false,
        }),
        ..Namespace::new(filter("window/#"))
    };
    Rules {
        namespaces: Namespaces::new(
            vec![kept, windowed],
            Namespace::new(TopicFilter::everything()),
        ),
        brokered: true,
        ..Rules::default()
    }
}
