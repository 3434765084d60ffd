//! Whether the hub sends its clients away, and how.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use tokio::time::Instant;

use crate::DrainSettings;

/// Whether the hub sends its clients away.
#[derive(Debug)]
pub(crate) struct Departure {
    /// Whether somebody is sent away: read for every handshake.
    is_on: AtomicBool,
    state: Mutex<State>,
    /// Held while the shards are told, so that all of them hear the same last.
    pub(crate) telling: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct State {
    /// How clients are sent away unless somebody says otherwise.
    settings: DrainSettings,
    begun: Option<Begun>,
}

/// A drain that goes on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begun {
    pub(crate) at: Instant,
    pub(crate) how: DrainSettings,
    /// How many connections there were.
    pub(crate) with: u64,
    /// Whether the hub stops afterwards, so that there is no way back.
    pub(crate) is_last: bool,
}

impl Departure {
    pub(crate) fn new(settings: DrainSettings) -> Self {
        Self {
            is_on: AtomicBool::new(false),
            state: Mutex::new(State {
                settings,
                begun: None,
            }),
            telling: tokio::sync::Mutex::new(()),
        }
    }

    pub(crate) fn is_on(&self) -> bool {
        self.is_on.load(Ordering::Relaxed)
    }

    pub(crate) fn settings(&self) -> DrainSettings {
        self.with(|state| state.settings)
    }

    pub(crate) fn set_settings(&self, settings: DrainSettings) {
        self.with(|state| state.settings = settings);
    }

    pub(crate) fn begun(&self) -> Option<Begun> {
        self.with(|state| state.begun)
    }

    /// Nobody is let in from now on. Says no where the hub is about to stop, unless this is that.
    pub(crate) fn begin(&self, begun: Begun) -> bool {
        self.with(|state| {
            if state.begun.is_some_and(|before| before.is_last) && !begun.is_last {
                return false;
            }
            state.begun = Some(begun);
            self.is_on.store(true, Ordering::Relaxed);
            true
        })
    }

    /// Clients are let in again. Says no where the hub is about to stop.
    pub(crate) fn call_off(&self) -> bool {
        self.with(|state| {
            if state.begun.is_some_and(|begun| begun.is_last) {
                return false;
            }
            state.begun = None;
            self.is_on.store(false, Ordering::Relaxed);
            true
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        // Nothing in here panics, and what it holds is whole at any time.
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
