//! What a broker works on.

use std::{fmt, io};

use tokio::runtime::{Builder, Handle, Runtime};

/// A thread with a runtime, which a broker works on. It ends when this is dropped, and nobody waits
/// for it: whoever drops it may be within a runtime of their own, where waiting is not allowed.
pub struct Worker {
    handle: Handle,
    runtime: Option<Runtime>,
}

impl Worker {
    /// Starts a thread of this name.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn start(name: &str) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name(name)
            .enable_all()
            .build()?;
        Ok(Self {
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
        })
    }

    /// Where work is handed in.
    #[must_use]
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Has something done and waits for it, also within a runtime.
    ///
    /// # Errors
    /// When it has panicked.
    pub fn wait_for<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> io::Result<T> {
        let (reply, done) = std::sync::mpsc::sync_channel(1);
        self.handle.spawn(async move {
            _ = reply.send(work.await);
        });
        done.recv().map_err(|_| io::Error::other("it has panicked"))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").finish_non_exhaustive()
    }
}
