//! Who is working: every task and thread of a hub, by name.

mod life;

pub use life::{TaskInfo, TaskState};

use std::{
    any,
    collections::BTreeMap,
    future, io,
    panic::{AssertUnwindSafe, Location},
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use tokio::{runtime::Handle, sync::Notify};
use tokio_util::sync::CancellationToken;

use self::life::{Birth, Life};

/// The registry of a hub's tasks and threads. Nothing of the hub runs outside of it, so stopping
/// the hub can wait until all of it has ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tasks(Arc<Registry>);

#[derive(Debug, Default)]
struct Registry {
    cancel: CancellationToken,
    live: Mutex<Live>,
    threads: Mutex<Vec<thread::JoinHandle<()>>>,
    ended: Notify,
}

/// Those who live, by the number they were given.
#[derive(Debug, Default)]
struct Live {
    all: BTreeMap<u64, Arc<Life>>,
    last: u64,
    /// What tests add to the age of everything.
    older: Duration,
}

/// One entry in the registry; dropping it strikes the entry out.
#[derive(Debug)]
struct Entry {
    registry: Arc<Registry>,
    number: u64,
    life: Arc<Life>,
}

impl Tasks {
    /// Runs a future on a runtime until it ends or the hub stops.
    #[track_caller]
    pub(crate) fn spawn(
        &self,
        name: &'static str,
        runtime: &Handle,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        runtime.spawn(self.until_stopped(name, work));
    }

    /// Runs a future on the current thread's local runtime until it ends or the hub stops.
    #[track_caller]
    pub(crate) fn spawn_local(&self, name: &'static str, work: impl Future<Output = ()> + 'static) {
        tokio::task::spawn_local(self.until_stopped(name, work));
    }

    /// Runs `work` on a thread of its own; it has to end by itself once the hub stops.
    #[track_caller]
    pub(crate) fn thread<W: FnOnce() + Send + 'static>(
        &self,
        name: &'static str,
        number: u16,
        work: W,
    ) -> io::Result<()> {
        let entry = self.enter(Birth {
            kind: name,
            function: any::type_name::<W>(),
            site: Location::caller(),
            is_thread: true,
        });
        let handle = thread::Builder::new()
            .name(format!("{name}-{number}"))
            .spawn(move || {
                let _entry = entry;
                // A shard that fails is noticed by its closed inbox; the others go on.
                if std::panic::catch_unwind(AssertUnwindSafe(work)).is_err() {
                    tracing::error!(thread = name, number, "thread failed");
                }
            })?;
        lock(&self.0.threads).push(handle);
        Ok(())
    }

    /// How many tasks and threads of each name there are.
    pub(crate) fn counts(&self) -> Vec<(&'static str, usize)> {
        let mut counts = BTreeMap::new();
        for life in lock(&self.0.live).all.values() {
            *counts.entry(life.kind()).or_default() += 1;
        }
        counts.into_iter().collect()
    }

    /// Lets everything seem older than it is.
    #[cfg(test)]
    pub(crate) fn grow_older(&self, by: Duration) {
        lock(&self.0.live).older += by;
    }

    /// Every task and thread, the oldest first.
    pub(crate) fn list(&self) -> Vec<TaskInfo> {
        let live = lock(&self.0.live);
        let lives = live.all.iter();
        lives
            .map(|(number, life)| life.info(*number, live.older))
            .collect()
    }

    /// Cancels all tasks and waits until they and all threads have ended.
    pub(crate) async fn stop(&self) {
        self.0.cancel.cancel();
        loop {
            let ended = self.0.ended.notified();
            if lock(&self.0.live).all.is_empty() {
                break;
            }
            ended.await;
        }
        // The threads have struck themselves out, so joining them takes no time worth mentioning.
        let threads = std::mem::take(&mut *lock(&self.0.threads));
        for handle in threads {
            let _ = handle.join();
        }
    }

    #[track_caller]
    fn until_stopped<F: Future<Output = ()>>(
        &self,
        name: &'static str,
        work: F,
    ) -> impl Future<Output = ()> + use<F> {
        let entry = self.enter(Birth {
            kind: name,
            function: any::type_name::<F>(),
            site: Location::caller(),
            is_thread: false,
        });
        let cancel = self.0.cancel.clone();
        // Each layer of futures would hold and move a copy of its own.
        let work = Box::pin(work);
        async move {
            let mut work = pin!(cancel.run_until_cancelled(work));
            future::poll_fn(|context| entry.life.polled(|| work.as_mut().poll(context))).await;
        }
    }

    fn enter(&self, birth: Birth) -> Entry {
        let life = Arc::new(Life::begin(birth));
        let mut live = lock(&self.0.live);
        live.last += 1;
        let number = live.last;
        live.all.insert(number, Arc::clone(&life));
        Entry {
            registry: Arc::clone(&self.0),
            number,
            life,
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut live = lock(&self.registry.live);
        live.all.remove(&self.number);
        if live.all.is_empty() {
            self.registry.ended.notify_waiters();
        }
    }
}

/// A panic while the registry is locked leaves nothing half done, so its poison can be ignored.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn counts_by_name_and_waits_for_the_end() {
        let tasks = Tasks::default();
        let runtime = Handle::current();
        for _ in 0..2 {
            tasks.spawn("forever", &runtime, future::pending());
        }
        let stopping = tasks.0.cancel.clone();
        tasks
            .thread("thread", 0, move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .build()
                    .unwrap();
                runtime.block_on(stopping.cancelled());
            })
            .unwrap();
        assert_eq!(tasks.counts(), [("forever", 2), ("thread", 1)]);
        tasks.stop().await;
        assert_eq!(tasks.counts(), []);
    }

    #[tokio::test]
    async fn says_where_work_was_begun_and_what_it_does() {
        let tasks = Tasks::default();
        let go_on = Arc::new(Notify::new());
        let (told, (done, was_done)) = (Arc::clone(&go_on), tokio::sync::oneshot::channel());
        tasks.spawn("waits-twice", &Handle::current(), async move {
            told.notified().await;
            let _ = done.send(());
            future::pending::<()>().await;
        });
        let line = line!() - 5;
        let only = || tasks.list().pop().expect("there is one");
        assert_eq!((only().polls, only().state), (0, TaskState::Waiting));
        go_on.notify_one();
        was_done.await.unwrap();
        // It runs on this very thread, so it has come to rest.
        let found = only();
        assert_eq!((found.kind, found.line), ("waits-twice", line));
        assert!(found.file.ends_with("tasks.rs"), "{found:?}");
        assert!(
            found.function.contains("wirehub::tasks::tests"),
            "{found:?}"
        );
        assert_eq!((found.polls, found.state), (1, TaskState::Waiting));
        assert!(found.age >= found.since && found.age >= found.busy);
        tasks.stop().await;
        assert_eq!(tasks.list(), []);
    }

    #[tokio::test]
    async fn a_failing_thread_is_struck_out() {
        let tasks = Tasks::default();
        tasks.thread("fails", 0, || panic!("on purpose")).unwrap();
        tasks.stop().await;
        assert_eq!(tasks.counts(), []);
    }
}
