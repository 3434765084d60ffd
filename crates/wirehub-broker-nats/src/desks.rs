//! Work that waits its turn, topic by topic.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;
use wirehub_broker::BrokerError;
use wirehub_model::Topic;

/// A job, and how much of the room for payloads it takes.
pub(crate) trait Work {
    fn bytes(&self) -> usize;
}

/// The jobs of each topic in their order. Whoever put the first one there works until none is left.
pub(crate) struct Desks<J> {
    state: Mutex<State<J>>,
    bound: usize,
    bytes_max: usize,
    is_empty: Notify,
}

struct State<J> {
    /// A topic is here as long as somebody works for it.
    topics: HashMap<Topic, VecDeque<J>>,
    count: usize,
    bytes: usize,
}

impl<J: Work> Desks<J> {
    pub(crate) fn new(bound: usize, bytes_max: usize) -> Self {
        Self {
            state: Mutex::new(State {
                topics: HashMap::new(),
                count: 0,
                bytes: 0,
            }),
            bound,
            bytes_max,
            is_empty: Notify::new(),
        }
    }

    /// Locks the state. It is sound after a panic: every change is made in one go.
    fn state(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts jobs behind the others of their topics. Returns the topics that somebody has to work
    /// for.
    pub(crate) fn put(&self, jobs: Vec<(Topic, J)>) -> Result<Vec<Topic>, (BrokerError, Vec<J>)> {
        let bytes: usize = jobs.iter().map(|(_, job)| job.bytes()).sum();
        let mut state = self.state();
        // What is larger than the bound passes when nothing else waits.
        let is_full = state.count > 0
            && (state.count + jobs.len() > self.bound || state.bytes + bytes > self.bytes_max);
        if is_full {
            let jobs = jobs.into_iter().map(|(_, job)| job).collect();
            return Err((BrokerError::Overloaded, jobs));
        }
        state.count += jobs.len();
        state.bytes += bytes;
        let mut begun = Vec::new();
        for (topic, job) in jobs {
            match state.topics.get_mut(&topic) {
                Some(queue) => queue.push_back(job),
                None => {
                    begun.push(topic.clone());
                    state.topics.insert(topic, VecDeque::from([job]));
                }
            }
        }
        Ok(begun)
    }

    /// The next job of a topic, and those behind it that may be done with it, as `joins` says of
    /// what has been taken. None when the topic is done with.
    pub(crate) fn take(&self, topic: &Topic, mut joins: impl FnMut(&[J], &J) -> bool) -> Vec<J> {
        let mut state = self.state();
        let mut taken = Vec::new();
        if let Some(queue) = state.topics.get_mut(topic) {
            while let Some(job) = queue.pop_front_if(|job| taken.is_empty() || joins(&taken, job)) {
                taken.push(job);
            }
        }
        state.count -= taken.len();
        state.bytes -= taken.iter().map(Work::bytes).sum::<usize>();
        if taken.is_empty() {
            state.topics.remove(topic);
            if state.topics.is_empty() {
                self.is_empty.notify_waiters();
            }
        }
        taken
    }

    /// Waits until everything is done.
    pub(crate) async fn wait(&self) {
        loop {
            let emptied = self.is_empty.notified();
            if self.state().topics.is_empty() {
                return;
            }
            emptied.await;
        }
    }
}
