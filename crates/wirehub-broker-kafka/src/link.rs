//! A node's link to the broker.

use std::{fmt, future, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::future::join_all;
use tokio::sync::oneshot;
use wirehub_broker::{
    Answer, Append, Appended, BrokerError, Link, Members, MembersQuery, NodeName, Opened,
    RecordPage, Reply, RequestId, Retention,
};
use wirehub_model::{ConnectionId, HistoryPage, Member, Topic, TopicFilter};

use crate::{
    looker::{Look, Looks, coming},
    node_word::NodeWord,
    site::Site,
    topic_word::TopicWord,
    waiting::Awaited,
};

/// A node's link to the broker.
pub(crate) struct KafkaLink {
    pub(crate) site: Arc<Site>,
    pub(crate) looks: Looks,
    /// The number of the node's stay.
    pub(crate) stay: u64,
    pub(crate) name: NodeName,
}

impl KafkaLink {
    /// Says what the node does, and waits for what it comes to.
    fn say<T: Send + 'static>(
        &self,
        word: &NodeWord,
        awaited: impl FnOnce(Reply<T>) -> Awaited,
        size: usize,
    ) -> Answer<T> {
        let (reply, answer) = oneshot::channel();
        if let Err(error) = self.may_say(1, size) {
            return refused(error);
        }
        self.site.say_node(word, awaited(reply));
        coming(answer)
    }

    fn do_it(&self, word: &NodeWord) -> Answer<()> {
        self.say(word, Awaited::Done, 0)
    }

    /// Whether words of so many bytes may be said now.
    fn may_say(&self, words: usize, bytes: usize) -> Result<(), BrokerError> {
        self.site.is_open()?;
        match self.site.waiting.has_room(words, bytes) {
            true => Ok(()),
            false => Err(BrokerError::Overloaded),
        }
    }

    fn look<T: Send + 'static>(&self, look: impl FnOnce(Reply<T>) -> Look) -> Answer<T> {
        match self.site.is_open() {
            Ok(()) => self.looks.ask(look),
            Err(error) => refused(error),
        }
    }
}

fn refused<T: Send + 'static>(error: BrokerError) -> Answer<T> {
    Box::pin(future::ready(Err(error)))
}

impl Link for KafkaLink {
    fn node(&self) -> &NodeName {
        &self.name
    }

    fn append(&self, batch: Vec<Append>) -> Answer<Vec<Result<Appended, BrokerError>>> {
        let bytes = batch.iter().map(|one| one.message.payload.bytes().len());
        if let Err(error) = self.may_say(batch.len(), bytes.sum()) {
            return refused(error);
        }
        let answers = batch.into_iter().map(|append| {
            let (reply, answer) = oneshot::channel();
            if self.site.has_room_for_topics() {
                self.site.publish(append, Awaited::Published(reply));
            } else {
                self.looks.hand_in(Look::Publish(Box::new(append), reply));
            }
            answer
        });
        let answers: Vec<_> = answers.collect();
        Box::pin(async move {
            let answers = join_all(answers.into_iter().map(coming)).await;
            // Each was said alone, so each has one.
            let one = |answer: Result<Vec<_>, _>| answer.and_then(|mut one| one.remove(0));
            Ok(answers.into_iter().map(one).collect())
        })
    }

    fn open(&self, topic: Topic, retention: Retention) -> Answer<Opened> {
        self.look(|reply| Look::Open(self.stay, topic, retention, reply))
    }

    fn close(&self, topic: Topic) -> Answer<()> {
        self.look(|reply| Look::Close(self.stay, topic, reply))
    }

    fn subscribe(&self, filter: TopicFilter) -> Answer<()> {
        self.look(|reply| Look::Subscribe(self.stay, filter, reply))
    }

    fn unsubscribe(&self, filter: TopicFilter) -> Answer<()> {
        self.look(|reply| Look::Unsubscribe(self.stay, filter, reply))
    }

    fn read(&self, topic: Topic, page: HistoryPage, limit: usize) -> Answer<RecordPage> {
        self.look(|reply| Look::Read(topic, page, limit, reply))
    }

    fn forget(&self, topic: Topic) -> Answer<()> {
        let (reply, answer) = oneshot::channel();
        if let Err(error) = self.may_say(1, 0) {
            return refused(error);
        }
        let word = TopicWord::Forget(topic);
        self.site.say_topic(&word, 0, Awaited::Done(reply));
        coming(answer)
    }

    fn enter(&self, topic: Topic, member: Member) -> Answer<()> {
        self.do_it(&NodeWord::Enter(self.stay, topic, member))
    }

    fn leave(&self, topic: Topic, connection: ConnectionId) -> Answer<()> {
        self.do_it(&NodeWord::Leave(self.stay, topic, connection))
    }

    fn renew(&self) -> Answer<()> {
        self.do_it(&NodeWord::Renew(self.stay))
    }

    fn members(&self, query: MembersQuery) -> Answer<Members> {
        self.look(|reply| Look::Members(self.stay, query, reply))
    }

    fn tell(&self, node: NodeName, bytes: Bytes) -> Answer<()> {
        let size = bytes.len();
        let word = NodeWord::Tell(self.stay, node, bytes);
        self.say(&word, Awaited::Done, size)
    }

    fn tell_all(&self, bytes: Bytes) -> Answer<()> {
        let size = bytes.len();
        let word = NodeWord::TellAll(self.stay, bytes);
        self.say(&word, Awaited::Done, size)
    }

    fn ask(&self, node: NodeName, bytes: Bytes, timeout: Duration) -> Answer<Bytes> {
        let size = bytes.len();
        let word = NodeWord::Ask(self.stay, node, timeout, bytes);
        self.say(&word, Awaited::Answered, size)
    }

    fn answer(&self, request: RequestId, bytes: Bytes) -> Answer<()> {
        let size = bytes.len();
        let word = NodeWord::Answer(self.stay, request, bytes);
        self.say(&word, Awaited::Done, size)
    }

    fn nodes(&self) -> Answer<Vec<NodeName>> {
        self.look(|reply| Look::Nodes(self.stay, reply))
    }

    fn detach(&self) -> Answer<()> {
        let gone = self.do_it(&NodeWord::Detach(self.stay));
        self.site.stays().remove(&self.stay);
        let (looks, stay) = (self.looks.clone(), self.stay);
        Box::pin(async move {
            gone.await?;
            looks.ask(|reply| Look::LetGo(stay, reply)).await
        })
    }
}

impl Drop for KafkaLink {
    fn drop(&mut self) {
        // When the cluster is away, the lease ends what is left of the node.
        if self.site.stays().remove(&self.stay) && self.site.is_open().is_ok() {
            self.site
                .say_node(&NodeWord::Detach(self.stay), Awaited::Nothing);
            let nobody = oneshot::channel().0;
            self.looks.hand_in(Look::LetGo(self.stay, nobody));
        }
    }
}

impl fmt::Debug for KafkaLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KafkaLink").field(&self.name).finish()
    }
}
