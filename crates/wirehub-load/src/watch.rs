//! The server, looked at once a second while it is under load.

mod process;
mod scrape;
mod sockets;

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::outcome::{Reading, ServerView};

/// How often it is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// Sockets by state cost a walk over all of the machine's: not in every look.
const SOCKETS_EACH: u32 = 5;
/// When nothing has changed for so many looks, nothing will.
const STILL: u32 = 15;

/// Fetches the text of the server's metrics, or says why not.
pub type Scrape = dyn FnMut() -> Result<String, String> + Send;

/// How the server is looked at; both ways complete each other.
#[derive(Default)]
pub struct Watch {
    /// Its process, on this machine.
    pub process: Option<u32>,
    /// Its metrics, and where they are.
    pub metrics: Option<(String, Box<Scrape>)>,
    /// Its port, on this machine, to count sockets by state.
    pub port: Option<u16>,
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let metrics = self.metrics.as_ref().map(|(place, _)| place);
        f.debug_struct("Watch")
            .field("process", &self.process)
            .field("metrics", &metrics)
            .field("port", &self.port)
            .finish()
    }
}

impl Watch {
    /// What it looks at, in words.
    fn source(&self) -> String {
        let process = self.process.map(|process| format!("process {process}"));
        let metrics = self.metrics.as_ref().map(|(place, _)| place.clone());
        let parts: Vec<String> = process.into_iter().chain(metrics).collect();
        parts.join(" and ")
    }

    /// One look.
    fn look(&mut self, at: f64, with_sockets: bool) -> Look {
        let mut look = Look {
            reading: Reading {
                at,
                ..Reading::default()
            },
            trouble: None,
            is_gone: false,
        };
        if let Some((_, scrape)) = &mut self.metrics {
            match scrape() {
                Ok(text) => scrape::read(&text, &mut look.reading),
                Err(error) => look.trouble = Some(error),
            }
        }
        if let Some(process) = self.process
            && let Err(error) = process::read(process, &mut look.reading)
        {
            look.is_gone = error.kind() == std::io::ErrorKind::NotFound;
            look.trouble = Some(format!("process {process}: {error}"));
        }
        if self.process.is_some() || self.port.is_some() {
            process::read_machine(&mut look.reading);
        }
        if let Some(port) = self.port.filter(|_| with_sockets) {
            look.reading.tcp = sockets::count(port);
        }
        look
    }
}

/// What one look found.
struct Look {
    reading: Reading,
    trouble: Option<String>,
    is_gone: bool,
}

/// A watch on its thread.
#[derive(Debug)]
pub struct Watching {
    view: Arc<Mutex<ServerView>>,
    thread: JoinHandle<Watch>,
    end: SyncSender<()>,
    start: Instant,
}

impl Watching {
    /// Looks once, before anything begins, and then every second. `start` is the run's.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub fn begin(mut watch: Watch, start: Instant) -> std::io::Result<Self> {
        let mut view = ServerView::of(watch.source());
        let look = watch.look(since(start), true);
        view.trouble = look.trouble;
        view.gone = look.is_gone;
        view.before = Some(look.reading);
        let view = Arc::new(Mutex::new(view));
        let (end, ended) = sync_channel(1);
        let shared = Arc::clone(&view);
        let thread = thread::Builder::new()
            .name("watch".to_owned())
            .spawn(move || {
                sample(&mut watch, &shared, &ended, start);
                watch
            })?;
        Ok(Self {
            view,
            thread,
            end,
            start,
        })
    }

    /// The last look.
    #[must_use]
    pub fn latest(&self) -> Option<Reading> {
        let view = self.view.lock().unwrap_or_else(PoisonError::into_inner);
        view.samples.last().cloned()
    }

    /// The run is over: watches on until the server is as before, nothing changes any more, or
    /// `settle` has passed. `goes_on` is asked once a second, with what was seen last.
    pub fn settle(self, settle: Duration, mut goes_on: impl FnMut(&Reading) -> bool) -> ServerView {
        let _ = self.end.send(());
        let watch = self.thread.join();
        let mut view = self
            .view
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let Ok(mut watch) = watch else {
            view.trouble = Some("the thread that looked at the server failed".to_owned());
            return view;
        };
        let over = Instant::now();
        let (mut still, mut last) = (0, None);
        loop {
            let look = watch.look(since(self.start), true);
            view.waited = over.elapsed().as_secs_f64();
            view.gone = look.is_gone;
            if look.trouble.is_some() {
                view.trouble = look.trouble;
            }
            let now = held(&look.reading);
            still = if last == Some(now) { still + 1 } else { 0 };
            last = Some(now);
            let is_back = view
                .before
                .as_ref()
                .is_some_and(|before| is_back(before, &look.reading));
            view.after = Some(look.reading.clone());
            if is_back {
                view.settled = Some(view.waited);
            }
            let has_time = over.elapsed() + EVERY <= settle && still < STILL;
            if is_back || view.gone || !has_time || !goes_on(&look.reading) {
                return view;
            }
            thread::sleep(EVERY);
        }
    }
}

/// Looks every second until told to end.
fn sample(watch: &mut Watch, view: &Mutex<ServerView>, ended: &Receiver<()>, start: Instant) {
    let mut looks = 0_u32;
    loop {
        match ended.recv_timeout(EVERY) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
        let look = watch.look(since(start), looks.is_multiple_of(SOCKETS_EACH));
        looks = looks.wrapping_add(1);
        let mut view = view.lock().unwrap_or_else(PoisonError::into_inner);
        view.gone = look.is_gone;
        if look.trouble.is_some() {
            view.trouble = look.trouble;
        }
        if !look.is_gone {
            view.sample(look.reading);
        }
    }
}

/// Seconds since the run began; negative before.
fn since(start: Instant) -> f64 {
    let now = Instant::now();
    now.saturating_duration_since(start).as_secs_f64()
        - start.saturating_duration_since(now).as_secs_f64()
}

/// What a server should give back.
fn held(reading: &Reading) -> [Option<u64>; 4] {
    // Memory that is given back bit by bit is still being given back.
    let memory = reading.memory.map(|bytes| bytes >> 16);
    [
        reading.descriptors,
        memory,
        reading.tasks,
        reading.connections,
    ]
}

/// Whether a server holds no more than before: within two in a hundred, and for memory within ten,
/// since an allocator keeps what was asked for once.
fn is_back(before: &Reading, now: &Reading) -> bool {
    let within = |before: Option<u64>, now: Option<u64>, percent: u64| match (before, now) {
        (Some(before), Some(now)) => now <= before + before * percent / 100,
        (None, _) => true,
        (Some(_), None) => false,
    };
    within(before.descriptors, now.descriptors, 2)
        && within(before.tasks, now.tasks, 2)
        && within(before.connections, now.connections, 2)
        && within(before.memory, now.memory, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(descriptors: u64, memory: u64) -> Reading {
        Reading {
            descriptors: Some(descriptors),
            memory: Some(memory),
            ..Reading::default()
        }
    }

    #[test]
    fn a_server_is_back_when_it_holds_no_more_than_before() {
        let before = reading(100, 1_000_000);
        assert!(is_back(&before, &reading(102, 1_100_000)));
        assert!(!is_back(&before, &reading(103, 1_000_000)));
        assert!(!is_back(&before, &reading(100, 1_100_001)));
        assert!(!is_back(&before, &Reading::default()));
        assert!(is_back(&Reading::default(), &before));
    }

    #[test]
    fn this_process_is_watched_and_one_that_is_not_there_is_gone() {
        let watch = |process| Watch {
            process: Some(process),
            ..Watch::default()
        };
        let start = Instant::now();
        let watching = Watching::begin(watch(std::process::id()), start).unwrap();
        let view = watching.settle(Duration::ZERO, |_| true);
        assert!(!view.gone && view.trouble.is_none(), "{view:?}");
        let before = view.before.unwrap();
        assert!(before.descriptors.unwrap() >= 3);
        assert!(before.memory.unwrap() > 100_000);
        let watching = Watching::begin(watch(u32::MAX), start).unwrap();
        let view = watching.settle(Duration::from_secs(60), |_| true);
        assert!(view.gone && view.trouble.is_some(), "{view:?}");
    }
}
