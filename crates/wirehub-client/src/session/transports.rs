//! How to connect, where something on the way may not let every transport through.
//!
//! A transport is a number in the order in which they are tried; what it stands for, the driver
//! knows.

/// Failures in a row, while the server is well, after which the next transport is tried.
const ENOUGH: u32 = 2;

#[derive(Debug)]
pub(crate) struct Transports {
    pub(crate) current: usize,
    count: usize,
    remembered: Option<usize>,
    failures: u32,
}

impl Transports {
    /// `remembered` is the one that worked the last time.
    pub(crate) fn new(count: usize, remembered: Option<usize>) -> Self {
        Self {
            current: remembered.filter(|one| *one < count).unwrap_or(0),
            count: count.max(1),
            remembered,
            failures: 0,
        }
    }

    /// Whether it is not the preferred one.
    pub(crate) fn is_fallback(&self) -> bool {
        self.current > 0
    }

    /// The server is well and the transport did not come through.
    pub(crate) fn fail(&mut self) {
        self.failures += 1;
        if self.failures < ENOUGH {
            return;
        }
        self.failures = 0;
        // After the last one the first is tried again: the network may be another one by now.
        self.current = (self.current + 1) % self.count;
    }

    /// A transport came through. Returns whether that is news.
    pub(crate) fn works(&mut self, transport: usize) -> bool {
        self.failures = 0;
        self.current = transport;
        self.remembered.replace(transport) != Some(transport)
    }
}
