//! How long something took, each time it was done.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hdrhistogram::{
    Histogram,
    serialization::{Deserializer as Reader, Serializer as _, V2Serializer},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

/// The longest time that is told apart, in microseconds: an hour.
const MOST: u64 = 3_600_000_000;
/// Digits that count in totals: a thousandth.
const FINE: u8 = 3;
/// Digits that count second by second: a hundredth.
const COARSE: u8 = 2;
/// A histogram of [`FINE`] that is written out is shorter; what is longer is none of ours.
const WRITTEN_MOST: usize = 1 << 20;

/// An HDR histogram of microseconds.
///
/// It is written as an object with the figures that people look for, and with `hdr`: base64 of the
/// V2 form that all HDR histograms share. Only `hdr` is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Latency(Histogram<u64>);

impl Latency {
    /// Nothing yet, for totals: values differ from what was recorded by a thousandth at most.
    #[must_use]
    pub fn fine() -> Self {
        Self::with_digits(FINE)
    }

    /// Nothing yet, in a tenth of the memory: values differ by a hundredth at most.
    #[must_use]
    pub fn coarse() -> Self {
        Self::with_digits(COARSE)
    }

    #[expect(clippy::expect_used, reason = "the bounds are constants that fit")]
    fn with_digits(digits: u8) -> Self {
        Self(Histogram::new_with_bounds(1, MOST, digits).expect("bounds that fit"))
    }

    /// Counts one. What took longer than an hour counts as an hour.
    pub fn record(&mut self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(MOST);
        self.0.saturating_record(micros.clamp(1, MOST));
    }

    /// How many were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The time that a share of them, 0 to 1, did not exceed; `None` when there were none.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let micros = || Duration::from_micros(self.0.value_at_quantile(share));
        (!self.0.is_empty()).then(micros)
    }

    /// The longest; `None` when there were none.
    #[must_use]
    pub fn max(&self) -> Option<Duration> {
        (!self.0.is_empty()).then(|| Duration::from_micros(self.0.max()))
    }

    /// The mean; `None` when there were none.
    #[must_use]
    pub fn mean(&self) -> Option<Duration> {
        (!self.0.is_empty()).then(|| Duration::from_secs_f64(self.0.mean() / 1e6))
    }

    /// The steps of the distribution, for plots: an end of a step, and how many were in it.
    pub fn steps(&self) -> impl Iterator<Item = (Duration, u64)> {
        let steps = self.0.iter_recorded();
        steps.map(|step| {
            let end = Duration::from_micros(step.value_iterated_to());
            (end, step.count_since_last_iteration())
        })
    }

    /// Adds what another one counted.
    pub fn merge(&mut self, other: &Self) {
        // Both end at an hour, so that everything of the other has a place here; what a foreign
        // document brought with larger values counts as an hour, too.
        if self.0.add(&other.0).is_err() {
            for step in other.0.iter_recorded() {
                let value = step.value_iterated_to().min(MOST);
                let count = step.count_since_last_iteration();
                self.0.saturating_record_n(value, count);
            }
        }
    }

    /// Forgets everything and keeps the memory.
    pub fn clear(&mut self) {
        self.0.reset();
    }
}

/// What stands in a document for people; times in microseconds.
#[derive(Serialize)]
struct Written {
    count: u64,
    p50: u64,
    p90: u64,
    p99: u64,
    p999: u64,
    max: u64,
    hdr: String,
}

/// What is read of it.
#[derive(Deserialize)]
struct Kept {
    hdr: String,
}

impl Serialize for Latency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::new();
        let written = V2Serializer::new().serialize(&self.0, &mut bytes);
        written.map_err(ser::Error::custom)?;
        let at = |share| self.0.value_at_quantile(share);
        let written = Written {
            count: self.0.len(),
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: self.0.max(),
            hdr: STANDARD.encode(bytes),
        };
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Latency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Kept { hdr } = Kept::deserialize(deserializer)?;
        if hdr.len() > WRITTEN_MOST {
            return Err(de::Error::custom("a histogram longer than any of ours"));
        }
        let bytes = STANDARD.decode(hdr).map_err(de::Error::custom)?;
        let read = Reader::new().deserialize(&mut bytes.as_slice());
        read.map(Self).map_err(de::Error::custom)
    }
}
