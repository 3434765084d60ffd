//! What is known of all samples.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, DefaultHasher},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use super::INTERVAL;

/// The most frames that are remembered of one stack.
pub(super) const FRAMES: usize = 64;
/// The most different stacks that are remembered; what comes then is remembered without a stack.
const SITES: usize = 16_384;

/// The ledger of this process.
pub(super) static LEDGER: Ledger = Ledger::new();

/// Needs no random keys, so that it can be there before the program begins; the keys are addresses
/// of our own.
type Map<K, V> = HashMap<K, V, BuildHasherDefault<DefaultHasher>>;

/// Where allocations came from, and which samples are still there.
#[derive(Debug)]
pub(super) struct Ledger {
    is_used: AtomicBool,
    pages: Mutex<Pages>,
}

#[derive(Debug)]
struct Pages {
    numbers: Map<Box<[u64]>, usize>,
    sites: Vec<Site>,
    live: Map<usize, Sample>,
}

/// What was allocated at one stack, estimated from samples.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Site {
    pub(super) allocated: Sum,
    pub(super) live: Sum,
}

/// A sum of samples, each for all those that it stands for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    objects: f64,
    bytes: f64,
}

/// One that is still there.
#[derive(Clone, Copy, Debug)]
struct Sample {
    site: usize,
    size: usize,
}

impl Sum {
    pub(super) const fn objects(self) -> i64 {
        self.objects.round() as i64
    }

    pub(super) const fn bytes(self) -> i64 {
        self.bytes.round() as i64
    }

    /// Adds what a sample of this size stands for, or takes it away. An allocation of `size` bytes
    /// is a sample with the chance 1 - e^(-size / interval).
    fn add(&mut self, size: usize, times: f64) {
        let chance = -(-(size as f64) / INTERVAL as f64).exp_m1();
        let objects = times / chance.max(f64::MIN_POSITIVE);
        self.objects += objects;
        self.bytes += objects * size as f64;
    }
}

impl Ledger {
    const fn new() -> Self {
        let hasher = BuildHasherDefault::new;
        Self {
            is_used: AtomicBool::new(false),
            pages: Mutex::new(Pages {
                numbers: Map::with_hasher(hasher()),
                sites: Vec::new(),
                live: Map::with_hasher(hasher()),
            }),
        }
    }

    pub(super) fn is_used(&self) -> bool {
        self.is_used.load(Ordering::Relaxed)
    }

    pub(super) fn allocated(&self, address: usize, size: usize, stack: &[u64]) {
        self.is_used.store(true, Ordering::Relaxed);
        let mut pages = self.pages();
        let number = pages.number(stack);
        if let Some(site) = pages.sites.get_mut(number) {
            site.allocated.add(size, 1.0);
            site.live.add(size, 1.0);
        }
        pages.live.insert(address, Sample { site: number, size });
    }

    /// Strikes a sample out; says whether it was one.
    pub(super) fn freed(&self, address: usize) -> bool {
        let mut pages = self.pages();
        let Some(sample) = pages.live.remove(&address) else {
            return false;
        };
        if let Some(site) = pages.sites.get_mut(sample.site) {
            site.live.add(sample.size, -1.0);
        }
        true
    }

    pub(super) fn holds(&self, address: usize) -> bool {
        self.pages().live.contains_key(&address)
    }

    /// All stacks and what came of them.
    pub(super) fn sites(&self) -> Vec<(Box<[u64]>, Site)> {
        let pages = self.pages();
        let numbers = pages.numbers.iter();
        let known = numbers.filter_map(|(stack, number)| {
            let site = pages.sites.get(*number)?;
            Some((stack.clone(), *site))
        });
        known.collect()
    }

    /// Bytes that are there at each stack, by the number of the stack, which it keeps for ever.
    pub(super) fn live_bytes(&self) -> Vec<i64> {
        let pages = self.pages();
        pages.sites.iter().map(|site| site.live.bytes()).collect()
    }

    /// The stacks of these numbers.
    pub(super) fn stacks(&self, numbers: &HashMap<usize, u64>) -> Vec<(Box<[u64]>, u64)> {
        let pages = self.pages();
        let known = pages.numbers.iter();
        let known = known.filter_map(|(stack, number)| {
            let bytes = numbers.get(number)?;
            Some((stack.clone(), *bytes))
        });
        known.collect()
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pages {
    fn number(&mut self, stack: &[u64]) -> usize {
        let stack = if self.sites.len() < SITES { stack } else { &[] };
        if let Some(number) = self.numbers.get(stack) {
            return *number;
        }
        let number = self.sites.len();
        self.sites.push(Site::default());
        self.numbers.insert(stack.into(), number);
        number
    }
}
