//! Questions that wait for answers.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tokio::sync::oneshot;

use super::NodeNews;
use crate::{BrokerError, Delivery, NodeName, RequestId};

/// What a node has asked others, and what others have asked it.
#[derive(Debug)]
pub(super) struct Questions {
    bound: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    last: u64,
    asked: BTreeMap<u64, Asked>,
    /// Of others: who asked, and their number of the question.
    heard: BTreeMap<RequestId, (NodeName, u64)>,
}

#[derive(Debug)]
struct Asked {
    node: NodeName,
    deadline: Duration,
    reply: oneshot::Sender<Result<Bytes, BrokerError>>,
}

impl Questions {
    /// So many of each are enough.
    pub(super) fn new(bound: usize) -> Self {
        Self {
            bound,
            state: Mutex::default(),
        }
    }

    /// Locks the state. It is sound after a panic: every change is made in one go.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a question for a node until its answer or its deadline, on a clock that never jumps;
    /// returns its number, or answers that there are too many.
    pub(super) fn ask(
        &self,
        node: NodeName,
        deadline: Duration,
        reply: oneshot::Sender<Result<Bytes, BrokerError>>,
    ) -> Option<u64> {
        let mut state = self.state();
        if state.asked.len() >= self.bound {
            _ = reply.send(Err(BrokerError::TooManyQuestions(self.bound)));
            return None;
        }
        state.last += 1;
        let number = state.last;
        let asked = Asked {
            node,
            deadline,
            reply,
        };
        state.asked.insert(number, asked);
        Some(number)
    }

    /// A question gets its answer, or it is known that it gets none.
    pub(super) fn end(&self, number: u64, answer: Result<Bytes, BrokerError>) {
        if let Some(asked) = self.state().asked.remove(&number) {
            // Whoever asked may have stopped waiting.
            _ = asked.reply.send(answer);
        }
    }

    /// A node answers. Nobody answers for another one.
    fn answered(&self, from: &NodeName, number: u64, bytes: Bytes) {
        let mut state = self.state();
        let is_asked = state
            .asked
            .get(&number)
            .is_some_and(|asked| asked.node == *from);
        if is_asked && let Some(asked) = state.asked.remove(&number) {
            _ = asked.reply.send(Ok(bytes));
        }
    }

    /// A node asks; past the bound the oldest question is not answered.
    fn heard(&self, from: NodeName, number: u64) -> RequestId {
        let mut state = self.state();
        state.last += 1;
        let request = RequestId(state.last);
        state.heard.insert(request, (from, number));
        if state.heard.len() > self.bound {
            state.heard.pop_first();
        }
        request
    }

    /// What a node is told of what was said to it, or to all; `None` when that is nothing.
    pub(super) fn hear(&self, news: NodeNews, me: &NodeName, is_for_all: bool) -> Option<Delivery> {
        match news {
            NodeNews::Joined(node) if node != *me => Some(Delivery::NodeJoined(node)),
            NodeNews::Left(node) if node != *me => {
                self.left(&node);
                Some(Delivery::NodeLeft(node))
            }
            NodeNews::Joined(_) | NodeNews::Left(_) => None,
            // A node may tell itself something, but not as one of all.
            NodeNews::Word(from, _) if is_for_all && from == *me => None,
            NodeNews::Word(from, bytes) => Some(Delivery::Control { from, bytes }),
            NodeNews::Question(from, number, bytes) => Some(Delivery::Request {
                request: self.heard(from.clone(), number),
                from,
                bytes,
            }),
            NodeNews::Answer(from, number, bytes) => {
                self.answered(&from, number, bytes);
                None
            }
        }
    }

    /// Who asked, and under which number.
    pub(super) fn take(&self, request: RequestId) -> Option<(NodeName, u64)> {
        self.state().heard.remove(&request)
    }

    /// Ends questions that are too old.
    pub(super) fn expire(&self, now: Duration) {
        self.end_all(|asked| asked.deadline <= now);
    }

    /// Ends questions for a node that has left.
    fn left(&self, node: &NodeName) {
        self.end_all(|asked| asked.node == *node);
    }

    /// Ends questions, since the node has detached.
    pub(super) fn stop(&self) {
        for asked in std::mem::take(&mut self.state().asked).into_values() {
            _ = asked.reply.send(Err(BrokerError::Stopped));
        }
    }

    fn end_all(&self, over: impl Fn(&Asked) -> bool) {
        let ended: Vec<Asked> = {
            let mut state = self.state();
            state
                .asked
                .extract_if(.., |_, asked| over(asked))
                .map(|(_, asked)| asked)
                .collect()
        };
        for asked in ended {
            let node = asked.node;
            _ = asked.reply.send(Err(BrokerError::NoAnswer(node)));
        }
    }
}
