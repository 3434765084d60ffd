//! The run second by second.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{CloseKind, Latency};

/// Rows that are kept. When a run has more, two become one: a row then stands for twice the time.
const ROWS: usize = 3_600;

/// The run second by second; in a long one, each row stands for several seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Seconds that one row stands for: 1, 2, 4 and so on.
    pub seconds_a_row: u32,
    /// The rows: the first begins with the run.
    pub rows: Vec<Row>,
}

/// What happened in one second of the run. Rates are counts divided by
/// [`Series::seconds_a_row`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Row {
    /// Connections that were open at the end.
    pub open: u64,
    /// Attempts to connect that were begun.
    pub begun: u64,
    /// Connections that opened.
    pub made: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Attempts of those who had a connection before, by the moment in which they were due: the
    /// arrivals from which a herd is told.
    pub reconnects: u64,
    /// The same by tenths of the second. In a row that stands for several seconds, those of its
    /// busiest tenth.
    #[serde(skip_serializing_if = "is_quiet")]
    pub reconnect_tenths: [u64; 10],
    /// Connections that ended, by kind.
    pub closes: BTreeMap<CloseKind, u64>,
    /// Publications that were sent.
    pub published: u64,
    /// Publications that arrived at a subscriber.
    pub delivered: u64,
    /// Publications found to be missing.
    pub lost: u64,
    /// Bytes of frames that came.
    pub received: u64,
    /// Bytes of frames that were written.
    pub sent: u64,
    /// From the moment a publication was due to its arrival, coarse; `None` when none arrived.
    pub delivery: Option<Latency>,
    /// From due to open, coarse; `None` when none opened.
    pub handshake: Option<Latency>,
    /// From the loss of a connection to its subscriptions being back, coarse; `None` when none
    /// were.
    pub resume: Option<Latency>,
}

impl Default for Series {
    fn default() -> Self {
        Self {
            seconds_a_row: 1,
            rows: Vec::new(),
        }
    }
}

impl Series {
    /// The moment at which a row begins, in seconds from the start of the run.
    #[must_use]
    pub fn starts(&self, row: usize) -> f64 {
        row as f64 * f64::from(self.seconds_a_row)
    }

    /// Adds what the whole process saw in a second, one after the other.
    pub fn add(&mut self, second: u32, row: Row) {
        // A run ends before the year does: a second beyond that is none of this run.
        if second > 400 * 24 * 3_600 {
            return;
        }
        while self.place(second) >= ROWS {
            self.halve();
        }
        let place = self.place(second);
        if self.rows.len() <= place {
            self.rows.resize_with(place + 1, Row::default);
        }
        if let Some(found) = self.rows.get_mut(place) {
            found.follow(row);
        }
    }

    /// Adds the series of another process.
    pub fn merge(&mut self, mut other: Self) {
        other.seconds_a_row = other.seconds_a_row.max(1);
        while self.seconds_a_row < other.seconds_a_row {
            self.halve();
        }
        while other.seconds_a_row < self.seconds_a_row {
            other.halve();
        }
        if self.rows.len() < other.rows.len() {
            let rows = other.rows.len().min(ROWS);
            self.rows.resize_with(rows, Row::default);
        }
        for (row, with) in self.rows.iter_mut().zip(other.rows) {
            row.join(with);
        }
    }

    fn place(&self, second: u32) -> usize {
        (second / self.seconds_a_row.max(1)) as usize
    }

    /// Lets each row stand for twice the time.
    fn halve(&mut self) {
        self.seconds_a_row = self.seconds_a_row.max(1).saturating_mul(2);
        let mut rows = std::mem::take(&mut self.rows).into_iter();
        while let Some(mut row) = rows.next() {
            if let Some(second) = rows.next() {
                row.follow(second);
            }
            self.rows.push(row);
        }
    }
}

impl Row {
    /// The time that a share of the deliveries did not exceed.
    #[must_use]
    pub fn delivery_quantile(&self, share: f64) -> Option<Duration> {
        self.delivery.as_ref()?.quantile(share)
    }

    /// The longest delivery.
    #[must_use]
    pub fn delivery_max(&self) -> Option<Duration> {
        self.delivery.as_ref()?.max()
    }

    /// Adds what another part of the crowd saw in the same time.
    pub fn join(&mut self, other: Self) {
        let (open, tenths) = (other.open, other.reconnect_tenths);
        self.merge(other);
        self.open += open;
        for (sum, more) in self.reconnect_tenths.iter_mut().zip(tenths) {
            *sum += more;
        }
    }

    /// Adds what came after. How many are open is a state and not an event: the last one says it.
    fn follow(&mut self, later: Self) {
        let (open, tenths) = (later.open, later.reconnect_tenths);
        self.merge(later);
        self.open = open;
        if tenths.iter().max() > self.reconnect_tenths.iter().max() {
            self.reconnect_tenths = tenths;
        }
    }

    fn merge(&mut self, other: Self) {
        self.begun += other.begun;
        self.made += other.made;
        self.failed += other.failed;
        self.reconnects += other.reconnects;
        self.published += other.published;
        self.delivered += other.delivered;
        self.lost += other.lost;
        self.received += other.received;
        self.sent += other.sent;
        for (kind, more) in other.closes {
            *self.closes.entry(kind).or_default() += more;
        }
        merge_latency(&mut self.delivery, other.delivery);
        merge_latency(&mut self.handshake, other.handshake);
        merge_latency(&mut self.resume, other.resume);
    }
}

fn is_quiet(tenths: &[u64; 10]) -> bool {
    tenths.iter().all(|count| *count == 0)
}

fn merge_latency(latency: &mut Option<Latency>, other: Option<Latency>) {
    match (latency, other) {
        (_, None) => {}
        (Some(latency), Some(other)) => latency.merge(&other),
        (empty, other) => *empty = other,
    }
}
