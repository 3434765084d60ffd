//! This hub among the others that meet at its broker.
//!
//! Nodes ask each other what they are asked themselves: what a request finds here, each of the
//! others is asked to find too, all at once and each for a bounded time. Who does not answer is
//! named in what comes of it.

mod carried;
mod desk;
mod directory;
mod here;
mod letter;
mod reply;
mod seen;
mod text;
mod wish;
mod word;

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream};
use tokio::{sync::Notify, time};
use wirehub_broker::{Answer, BrokerError, Link, NodeName};
use wirehub_model::{ErrorCode, Refusal};

pub(crate) use desk::{Desk, Heard, WORDS};
pub(crate) use directory::nodes_topic;
pub(crate) use here::Here;
pub(crate) use reply::Given;
pub use reply::Reply;
pub use seen::NodeInfo;
pub(crate) use word::Wanted;
pub use word::Word;

use self::directory::Directory;
use crate::{StartError, clock::Clock};

/// How long another node may take to answer. Whoever asked is told by then who did not.
const PATIENCE: Duration = Duration::from_secs(1);
/// How many nodes are asked at a time.
const AT_ONCE: usize = 64;
/// How long leaving may take; after that the lease ends by itself.
const FAREWELL: Duration = Duration::from_secs(2);

/// The nodes of the hub's broker, seen from this one.
#[derive(Clone)]
pub(crate) struct Cluster(Arc<Inner>);

struct Inner {
    link: Arc<dyn Link>,
    directory: Arc<Directory>,
    number: u16,
    clock: Clock,
}

/// What other nodes answered.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    pub(crate) given: Vec<(NodeName, Given)>,
    /// Those who did not answer in time.
    pub(crate) silent: Vec<NodeName>,
}

/// Why a node gave no answer.
#[derive(Debug)]
pub(crate) enum Unanswered {
    /// There is no such node, or no longer.
    Gone,
    /// It did not answer in time, or could not be asked.
    Silent(NodeName, Refusal),
}

impl Cluster {
    /// Takes a number among the nodes. `changed` is told when one comes or goes.
    pub(crate) async fn join(
        link: Arc<dyn Link>,
        changed: Arc<Notify>,
        clock: Clock,
    ) -> Result<Self, StartError> {
        let directory = Arc::new(Directory::open(Arc::clone(&link), changed).await?);
        let number = directory.claim().await?.ok_or(StartError::TooManyNodes)?;
        Ok(Self(Arc::new(Inner {
            link,
            directory,
            number,
            clock,
        })))
    }

    /// The number of this node.
    pub(crate) fn number(&self) -> u16 {
        self.0.number
    }

    /// The name of this node.
    pub(crate) fn name(&self) -> &NodeName {
        self.0.link.node()
    }

    /// The name of a node, as far as it is known here.
    pub(crate) fn name_of(&self, number: u16) -> Option<NodeName> {
        self.0.directory.name(number)
    }

    /// All nodes that are known here, by their numbers; this one too.
    pub(crate) fn nodes(&self) -> BTreeMap<u16, NodeName> {
        let mut nodes = self.0.directory.all();
        nodes.insert(self.0.number, self.name().clone());
        nodes
    }

    /// Keeps the list of nodes.
    pub(crate) fn keep_directory(&self) -> impl Future<Output = ()> + Send + use<> {
        Arc::clone(&self.0.directory).keep()
    }

    /// Takes this node's number again after its lease had run out. Returns whether it still can.
    pub(crate) async fn hold_number(&self) -> Result<bool, BrokerError> {
        self.0.directory.hold(self.0.number).await
    }

    /// Says something to all other nodes, in the order of the calls.
    pub(crate) fn tell_all(&self, wanted: &Wanted) -> Answer<()> {
        match Word::of(wanted, self.0.clock.moment()) {
            Some(word) => self.0.link.tell_all(word.written()),
            None => futures_util::future::ready(Ok(())).boxed(),
        }
    }

    /// Asks the node with a number. What is asked of one node is asked in the order of the calls,
    /// where the node is known.
    pub(crate) fn ask_number(
        &self,
        number: u16,
        wanted: &Wanted,
    ) -> BoxFuture<'static, Result<Given, Unanswered>> {
        if let Some(node) = self.0.directory.name(number) {
            return self.ask(node, wanted);
        }
        let (this, wanted) = (self.clone(), wanted.clone());
        async move {
            match this.0.directory.find(number).await {
                Ok(Some(node)) => this.ask(node, &wanted).await,
                Ok(None) => Err(Unanswered::Gone),
                Err(error) => {
                    let refusal = Refusal::new(ErrorCode::Overloaded, error.to_string());
                    Err(Unanswered::Silent(this.name().clone(), refusal))
                }
            }
        }
        .boxed()
    }

    /// Asks the node of a name. Who is not known may have come just now: then the list is read.
    pub(crate) async fn ask_name(
        &self,
        node: &NodeName,
        wanted: &Wanted,
    ) -> Result<Given, Unanswered> {
        let is_there = self.0.directory.has(node).await.map_err(|error| {
            let refusal = Refusal::new(ErrorCode::Overloaded, error.to_string());
            Unanswered::Silent(node.clone(), refusal)
        })?;
        match is_there {
            true => self.ask(node.clone(), wanted).await,
            false => Err(Unanswered::Gone),
        }
    }

    /// Asks all other nodes.
    pub(crate) async fn ask_all(&self, wanted: &Wanted) -> Answers {
        let others = self.0.directory.all().into_values();
        let others = others.filter(|node| node != self.name());
        let asked = others.map(|node| {
            let asked = self.ask(node.clone(), wanted);
            async move { (node, asked.await) }
        });
        let mut answers = Answers::default();
        let mut asked = stream::iter(asked.collect::<Vec<_>>()).buffer_unordered(AT_ONCE);
        while let Some((node, answer)) = asked.next().await {
            match answer {
                Ok(given) => answers.given.push((node, given)),
                Err(Unanswered::Gone) => {}
                Err(Unanswered::Silent(..)) => answers.silent.push(node),
            }
        }
        answers.silent.sort();
        answers
    }

    fn ask(
        &self,
        node: NodeName,
        wanted: &Wanted,
    ) -> BoxFuture<'static, Result<Given, Unanswered>> {
        let clock = self.0.clock;
        let Some(word) = Word::of(wanted, clock.moment()) else {
            let why = "what is wished cannot be said to other nodes yet";
            let refusal = Refusal::new(ErrorCode::NotEnabled, why);
            return futures_util::future::ready(Ok(Given::Refused(refusal))).boxed();
        };
        let answer = self.0.link.ask(node.clone(), word.written(), PATIENCE);
        // The broker keeps the time too; but it may itself be away.
        let answer = time::timeout(PATIENCE + PATIENCE / 4, answer);
        async move {
            let bytes = match answer.await {
                Ok(Ok(bytes)) => bytes,
                Ok(Err(BrokerError::UnknownNode(_))) => return Err(Unanswered::Gone),
                Ok(Err(error @ BrokerError::NoAnswer(_))) => {
                    let refusal = Refusal::new(ErrorCode::Timeout, error.to_string());
                    return Err(Unanswered::Silent(node, refusal));
                }
                Ok(Err(error)) => {
                    let refusal = Refusal::new(ErrorCode::Overloaded, error.to_string());
                    return Err(Unanswered::Silent(node, refusal));
                }
                Err(_) => {
                    let why = format!("the broker did not say in time what {node} answers");
                    let refusal = Refusal::new(ErrorCode::Timeout, why);
                    return Err(Unanswered::Silent(node, refusal));
                }
            };
            let given = Reply::read(&bytes).map(|reply| reply.given(clock.moment()));
            given.ok().flatten().ok_or_else(|| {
                let why = format!("{node} answers in words that are not known here");
                let refusal = Refusal::new(ErrorCode::Internal, why);
                Unanswered::Silent(node, refusal)
            })
        }
        .boxed()
    }

    /// Leaves, so that nobody has to wait for the end of the lease.
    pub(crate) async fn leave(&self) {
        let left = time::timeout(FAREWELL, self.0.link.detach()).await;
        if let Ok(Err(error)) = left {
            tracing::debug!(%error, "the node did not leave in order");
        }
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { link, number, .. } = &*self.0;
        write!(f, "Cluster({}, number {number})", link.node())
    }
}

impl Unanswered {
    /// What somebody is told who asked about one connection.
    pub(crate) fn refusal(self) -> Refusal {
        match self {
            Self::Gone => Refusal::new(
                ErrorCode::NotFound,
                "no such connection, or no longer: its node is not there",
            ),
            Self::Silent(_, refusal) => refusal,
        }
    }
}
