//! Who is working: every task and thread of a hub, by name.

use std::{
    collections::BTreeMap,
    io,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use tokio::{runtime::Handle, sync::Notify};
use tokio_util::sync::CancellationToken;

/// The registry of a hub's tasks and threads. Nothing of the hub runs outside of it, so stopping
/// the hub can wait until all of it has ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tasks(Arc<Registry>);

#[derive(Debug, Default)]
struct Registry {
    cancel: CancellationToken,
    live: Mutex<BTreeMap<&'static str, usize>>,
    threads: Mutex<Vec<thread::JoinHandle<()>>>,
    ended: Notify,
}

/// One entry in the registry; dropping it strikes the entry out.
#[derive(Debug)]
struct Entry {
    registry: Arc<Registry>,
    name: &'static str,
}

impl Tasks {
    /// Runs a future on a runtime until it ends or the hub stops.
    pub(crate) fn spawn(
        &self,
        name: &'static str,
        runtime: &Handle,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        runtime.spawn(self.until_stopped(name, work));
    }

    /// Runs a future on the current thread's local runtime until it ends or the hub stops.
    pub(crate) fn spawn_local(&self, name: &'static str, work: impl Future<Output = ()> + 'static) {
        tokio::task::spawn_local(self.until_stopped(name, work));
    }

    /// Runs `work` on a thread of its own; it has to end by itself once the hub stops.
    pub(crate) fn thread(
        &self,
        name: &'static str,
        number: u16,
        work: impl FnOnce() + Send + 'static,
    ) -> io::Result<()> {
        let entry = self.enter(name);
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
        let live = lock(&self.0.live);
        live.iter().map(|(name, count)| (*name, *count)).collect()
    }

    /// Cancels all tasks and waits until they and all threads have ended.
    pub(crate) async fn stop(&self) {
        self.0.cancel.cancel();
        loop {
            let ended = self.0.ended.notified();
            if lock(&self.0.live).is_empty() {
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

    fn until_stopped<F: Future<Output = ()>>(
        &self,
        name: &'static str,
        work: F,
    ) -> impl Future<Output = ()> + use<F> {
        let entry = self.enter(name);
        let cancel = self.0.cancel.clone();
        // Each layer of futures would hold and move a copy of its own.
        let work = Box::pin(work);
        async move {
            let _entry = entry;
            cancel.run_until_cancelled(work).await;
        }
    }

    fn enter(&self, name: &'static str) -> Entry {
        *lock(&self.0.live).entry(name).or_default() += 1;
        Entry {
            registry: Arc::clone(&self.0),
            name,
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut live = lock(&self.registry.live);
        if let Some(count) = live.get_mut(self.name) {
            *count -= 1;
            if *count == 0 {
                live.remove(self.name);
            }
        }
        if live.is_empty() {
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
            tasks.spawn("forever", &runtime, std::future::pending());
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
    async fn a_failing_thread_is_struck_out() {
        let tasks = Tasks::default();
        tasks.thread("fails", 0, || panic!("on purpose")).unwrap();
        tasks.stop().await;
        assert_eq!(tasks.counts(), []);
    }
}
