//! A bounded buffer between the driver and one reader.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

/// Holds what its reader has not taken yet. When it is full the oldest goes, and the reader is told
/// how many went: a reader that is too slow never stops the client, and always knows.
#[derive(Debug)]
pub(crate) struct Inbox<T>(Mutex<Waiting<T>>);

#[derive(Debug)]
struct Waiting<T> {
    queue: VecDeque<T>,
    capacity: usize,
    /// How many went unread since the reader was told last.
    dropped: u64,
    ended: bool,
    reader: Option<Waker>,
}

/// What a reader gets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken<T> {
    /// The next.
    Item(T),
    /// So many went unread before the next.
    Dropped(u64),
}

impl<T> Inbox<T> {
    /// An inbox for `capacity` items, at least one.
    pub(crate) fn new(capacity: usize) -> Self {
        Self(Mutex::new(Waiting {
            queue: VecDeque::new(),
            capacity: capacity.max(1),
            dropped: 0,
            ended: false,
            reader: None,
        }))
    }

    /// Puts one in.
    pub(crate) fn push(&self, item: T) {
        let mut waiting = self.lock();
        if waiting.ended {
            return;
        }
        if waiting.queue.len() >= waiting.capacity {
            waiting.queue.pop_front();
            waiting.dropped += 1;
        }
        waiting.queue.push_back(item);
        wake(waiting);
    }

    /// Nothing more will come; what is there can still be taken.
    pub(crate) fn end(&self) {
        let mut waiting = self.lock();
        waiting.ended = true;
        wake(waiting);
    }

    /// Takes the next; `None` at the end.
    pub(crate) fn poll_take(&self, context: &Context<'_>) -> Poll<Option<Taken<T>>> {
        let mut waiting = self.lock();
        let dropped = std::mem::take(&mut waiting.dropped);
        if dropped > 0 {
            return Poll::Ready(Some(Taken::Dropped(dropped)));
        }
        if let Some(item) = waiting.queue.pop_front() {
            return Poll::Ready(Some(Taken::Item(item)));
        }
        if waiting.ended {
            return Poll::Ready(None);
        }
        waiting.reader = Some(context.waker().clone());
        Poll::Pending
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes the reader, without holding what it will want to lock.
fn wake<T>(mut waiting: MutexGuard<'_, Waiting<T>>) {
    let reader = waiting.reader.take();
    drop(waiting);
    if let Some(reader) = reader {
        reader.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::{Inbox, Taken};

    #[test]
    fn drops_the_oldest_and_says_so() {
        let (inbox, context) = (Inbox::new(2), Context::from_waker(Waker::noop()));
        let take = || inbox.poll_take(&context);
        assert_eq!(take(), Poll::Pending);
        for item in 1..=5 {
            inbox.push(item);
        }
        assert_eq!(take(), Poll::Ready(Some(Taken::Dropped(3))));
        assert_eq!(take(), Poll::Ready(Some(Taken::Item(4))));
        inbox.end();
        inbox.push(6);
        assert_eq!(take(), Poll::Ready(Some(Taken::Item(5))));
        assert_eq!(take(), Poll::Ready(None));
    }
}
