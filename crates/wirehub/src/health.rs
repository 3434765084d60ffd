//! What the hub depends on, and how that is doing.

use std::{
    collections::BTreeMap,
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time;
use wirehub_broker::BrokerError;

/// How often dependencies are checked.
const INTERVAL: Duration = Duration::from_secs(5);
/// How long one check may take.
const TIMEOUT: Duration = Duration::from_secs(2);

type Check = dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), Failing>> + Send>> + Send + Sync;

/// What a check found wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failing {
    error: String,
    /// Clients can be served all the same.
    degraded: bool,
}

impl From<String> for Failing {
    fn from(error: String) -> Self {
        Self {
            error,
            degraded: false,
        }
    }
}

impl From<&BrokerError> for Failing {
    fn from(error: &BrokerError) -> Self {
        Self {
            error: error.to_string(),
            degraded: matches!(error, BrokerError::Degraded { .. }),
        }
    }
}

/// The state of one dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DependencyStatus {
    /// Its name.
    pub name: String,
    /// How long the last check took; `None` before the first.
    pub latency: Option<Duration>,
    /// What the last check found wrong.
    pub error: Option<String>,
    /// What is wrong keeps no client from being served, so health and readiness stay as they are.
    pub degraded: bool,
}

impl DependencyStatus {
    /// How it is, in a word.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match (&self.error, self.latency) {
            (Some(_), _) if self.degraded => "degraded",
            (Some(_), _) => "down",
            (None, Some(_)) => "up",
            (None, None) => "unknown",
        }
    }

    /// Whether clients should go elsewhere.
    #[must_use]
    pub const fn is_down(&self) -> bool {
        self.error.is_some() && !self.degraded
    }
}

/// The dependencies of a hub. They are checked in the background, so that a health request costs
/// nothing and cannot be used to put load on a database.
#[derive(Clone, Default)]
pub(crate) struct Health {
    checks: BTreeMap<String, Arc<Check>>,
    found: Arc<Mutex<BTreeMap<String, DependencyStatus>>>,
}

impl Health {
    pub(crate) fn insert<C, A>(&mut self, name: String, check: C)
    where
        C: Fn() -> A + Send + Sync + 'static,
        A: Future<Output = Result<(), String>> + Send + 'static,
    {
        self.insert_check(name, move || {
            let outcome = check();
            async { outcome.await.map_err(Failing::from) }
        });
    }

    /// As [`insert`](Self::insert), for a check that tells failing from failing in part.
    pub(crate) fn insert_check<C, A>(&mut self, name: String, check: C)
    where
        C: Fn() -> A + Send + Sync + 'static,
        A: Future<Output = Result<(), Failing>> + Send + 'static,
    {
        let check = Arc::new(move || Box::pin(check()) as Pin<Box<_>>);
        self.checks.insert(name, check);
    }

    /// Whether there is anything to check.
    pub(crate) fn is_empty(&self) -> bool {
        self.checks.is_empty()
    }

    /// Checks all dependencies for ever.
    pub(crate) async fn run(self) {
        let mut interval = time::interval(INTERVAL);
        loop {
            interval.tick().await;
            for (name, check) in &self.checks {
                let started = time::Instant::now();
                let failing = match time::timeout(TIMEOUT, check()).await {
                    Ok(Ok(())) => None,
                    Ok(Err(failing)) => Some(failing),
                    Err(_) => {
                        let error = format!("no answer within {} s", TIMEOUT.as_secs());
                        Some(Failing::from(error))
                    }
                };
                // What goes on failing in the same way is worth one line, not one for each look.
                let before = self.found().get(name).and_then(|found| found.error.clone());
                match &failing {
                    Some(Failing { error, .. }) if before.as_ref() != Some(error) => {
                        tracing::warn!(dependency = name, error, "dependency is failing");
                    }
                    None if before.is_some() => {
                        tracing::info!(dependency = name, "dependency works again");
                    }
                    _ => {}
                }
                let status = DependencyStatus {
                    name: name.clone(),
                    latency: Some(started.elapsed()),
                    degraded: failing.as_ref().is_some_and(|failing| failing.degraded),
                    error: failing.map(|failing| failing.error),
                };
                self.found().insert(name.clone(), status);
            }
        }
    }

    /// The state of every dependency; one that was not checked yet counts as fine.
    pub(crate) fn statuses(&self) -> Vec<DependencyStatus> {
        let found = self.found();
        let unknown = |name: &String| DependencyStatus {
            name: name.clone(),
            latency: None,
            error: None,
            degraded: false,
        };
        self.checks
            .keys()
            .map(|name| found.get(name).cloned().unwrap_or_else(|| unknown(name)))
            .collect()
    }

    fn found(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, DependencyStatus>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.checks.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn names_what_fails_and_what_hangs() {
        let mut health = Health::default();
        health.insert("fine".to_owned(), async || Ok(()));
        health.insert("broken".to_owned(), async || Err("refused".to_owned()));
        health.insert("hangs".to_owned(), std::future::pending);
        assert!(health.statuses().iter().all(|found| found.error.is_none()));

        let run = tokio::spawn(health.clone().run());
        while health
            .statuses()
            .iter()
            .any(|found| found.latency.is_none())
        {
            time::advance(Duration::from_secs(1)).await;
        }
        run.abort();
        let errors: Vec<_> = health
            .statuses()
            .into_iter()
            .map(|found| (found.name, found.error.is_some()))
            .collect();
        let expected = [("broken", true), ("fine", false), ("hangs", true)];
        assert_eq!(
            errors,
            expected.map(|(name, failing)| (name.to_owned(), failing))
        );
    }
}
