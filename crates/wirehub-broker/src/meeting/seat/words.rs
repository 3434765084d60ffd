//! What a node says to others.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::sync::oneshot;

use super::{
    super::{NodeNews, Server},
    Seat,
};
use crate::{Answer, BrokerError, NodeName, RequestId, coming, ready};

impl<S: Server> Seat<S> {
    /// Says something to a node.
    fn say(&self, to: &NodeName, news: &NodeNews) -> Answer<()> {
        match self.check() {
            Ok(()) => self.hall.server.say(to, news),
            Err(error) => ready(Err(error)),
        }
    }

    /// Tells a node something.
    pub fn tell(&self, node: &NodeName, bytes: Bytes) -> Answer<()> {
        self.say(node, &NodeNews::Word(self.node.clone(), bytes))
    }

    /// Asks a node something.
    pub fn ask(&self, node: &NodeName, bytes: Bytes, timeout: Duration) -> Answer<Bytes> {
        if let Err(error) = self.check() {
            return ready(Err(error));
        }
        let (reply, answer) = oneshot::channel();
        let deadline = self.hall.elapsed().saturating_add(timeout);
        if let Some(number) = self.questions.ask(node.clone(), deadline, reply) {
            let said = self.say(node, &NodeNews::Question(self.node.clone(), number, bytes));
            let questions = Arc::clone(&self.questions);
            self.hall.runtime.spawn(async move {
                if let Err(error) = said.await {
                    questions.end(number, Err(error));
                }
            });
        }
        coming(answer)
    }

    /// Answers a question.
    pub fn answer(&self, request: RequestId, bytes: Bytes) -> Answer<()> {
        if let Err(error) = self.check() {
            return ready(Err(error));
        }
        // It was another node's question, or was answered already.
        let Some((from, number)) = self.questions.take(request) else {
            return ready(Ok(()));
        };
        let said = self.say(&from, &NodeNews::Answer(self.node.clone(), number, bytes));
        Box::pin(async move {
            match said.await {
                // Whoever asked has left.
                Err(BrokerError::UnknownNode(_)) => Ok(()),
                other => other,
            }
        })
    }
}
