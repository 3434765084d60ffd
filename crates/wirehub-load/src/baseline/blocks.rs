//! Seconds of two runs side by side, in blocks that are drawn anew.

use super::interval;
use crate::{dice::Dice, outcome::Latency};

/// Fewer blocks show no spread.
const LEAST: usize = 8;
/// More would be shorter, and more like their neighbours.
const MOST: usize = 16;
/// How often blocks are drawn anew.
const DRAWS: usize = 300;
/// The same two runs compare in the same way whenever they do.
const SEED: u64 = 1;

/// The logarithm of a ratio with its interval.
#[derive(Clone, Copy, Debug)]
pub(super) struct Estimate {
    pub(super) ratio: f64,
    error: f64,
    freedom: f64,
}

impl Estimate {
    /// Where the ratio is.
    pub(super) fn interval(&self, false_alarms: f64) -> Option<(f64, f64)> {
        let reach = interval::reach(self.freedom, false_alarms)? * self.error;
        let middle = self.ratio.ln();
        Some(((middle - reach).exp(), (middle + reach).exp()))
    }
}

/// What both runs have of something in one block.
#[derive(Clone, Debug, Default)]
pub(super) struct Pair<T> {
    pub(super) before: T,
    pub(super) after: T,
}

/// Compares sums.
pub(super) fn sums(seconds: &[Pair<f64>]) -> Option<Estimate> {
    let blocks = cut(
        seconds,
        |pair| pair.before > 0.0 || pair.after > 0.0,
        |block: &mut Pair<f64>, pair| {
            block.before += pair.before;
            block.after += pair.after;
        },
    )?;
    let found = estimates(blocks.len(), |drawn| {
        let drawn = || drawn.iter().filter_map(|block| blocks.get(*block));
        let before: f64 = drawn().map(|block| block.before).sum();
        let after: f64 = drawn().map(|block| block.after).sum();
        [ratio(before, after)]
    });
    let [found] = found;
    found
}

/// Compares quantiles, one for each share.
pub(super) fn quantiles<const N: usize>(
    seconds: &[Pair<Option<&Latency>>],
    shares: [f64; N],
) -> [Option<Estimate>; N] {
    let has_any = |pair: &Pair<Option<&Latency>>| pair.before.is_some() || pair.after.is_some();
    let join = |block: &mut Pair<Counts>, pair: &Pair<Option<&Latency>>| {
        block.before.add(pair.before);
        block.after.add(pair.after);
    };
    let Some(blocks) = cut(seconds, has_any, join) else {
        return [None; N];
    };
    let mut values: Vec<u64> = blocks.iter().flat_map(Pair::values).collect();
    values.sort_unstable();
    values.dedup();
    let places = |block: &Pair<Counts>| Pair {
        before: block.before.places(&values),
        after: block.after.places(&values),
    };
    let blocks: Vec<Pair<Places>> = blocks.iter().map(places).collect();
    estimates(blocks.len(), |drawn| {
        let drawn = || drawn.iter().filter_map(|block| blocks.get(*block));
        let before = at(drawn().map(|block| &block.before), &values, shares);
        let after = at(drawn().map(|block| &block.after), &values, shares);
        let mut ratios = [None; N];
        for (found, (before, after)) in ratios.iter_mut().zip(before.into_iter().zip(after)) {
            *found = ratio(before, after);
        }
        ratios
    })
}

/// The values that shares of what is in blocks do not exceed; 0 when nothing is.
fn at<'a, const N: usize>(
    blocks: impl Iterator<Item = &'a Places>,
    values: &[u64],
    shares: [f64; N],
) -> [f64; N] {
    let mut counts = vec![0.0; values.len()];
    for (place, count) in blocks.flatten() {
        if let Some(sum) = counts.get_mut(*place) {
            *sum += count;
        }
    }
    let all: f64 = counts.iter().sum();
    shares.map(|share| {
        let mut seen = 0.0;
        let found = counts.iter().zip(values).find(|(count, _)| {
            seen += **count;
            seen > 0.0 && seen >= all * share
        });
        found.map_or(0.0, |(_, value)| *value as f64)
    })
}

/// The logarithm of a ratio, where there is one.
fn ratio(before: f64, after: f64) -> Option<f64> {
    (before > 0.0 && after > 0.0).then(|| (after / before).ln())
}

/// Which values, by their place among all, were seen how often.
type Places = Vec<(usize, f64)>;

/// Values of microseconds, each with how often it was seen.
#[derive(Clone, Debug, Default)]
struct Counts(Vec<(u64, f64)>);

impl Counts {
    fn add(&mut self, latency: Option<&Latency>) {
        let steps = latency.into_iter().flat_map(Latency::steps);
        let micros = steps.map(|(end, count)| (end.as_micros() as u64, count as f64));
        self.0.extend(micros);
    }

    fn places(&self, values: &[u64]) -> Places {
        let place = |(value, count): &(u64, f64)| Some((values.binary_search(value).ok()?, *count));
        self.0.iter().filter_map(place).collect()
    }
}

impl Pair<Counts> {
    fn values(&self) -> impl Iterator<Item = u64> {
        let both = self.before.0.iter().chain(&self.after.0);
        both.map(|(value, _)| *value)
    }
}

/// Cuts seconds in which there was anything into blocks of about the same length; `None` when they
/// are too few.
fn cut<T, B: Clone + Default>(
    seconds: &[Pair<T>],
    has_any: impl Fn(&Pair<T>) -> bool,
    join: impl Fn(&mut B, &Pair<T>),
) -> Option<Vec<B>> {
    let seconds: Vec<&Pair<T>> = seconds.iter().filter(|pair| has_any(pair)).collect();
    if seconds.len() < LEAST {
        return None;
    }
    let mut blocks = vec![B::default(); seconds.len().min(MOST)];
    let (all, many) = (seconds.len(), blocks.len());
    for (place, pair) in seconds.into_iter().enumerate() {
        if let Some(block) = blocks.get_mut(place * many / all) {
            join(block, pair);
        }
    }
    Some(blocks)
}

/// What statistics of blocks are, and how far they spread when blocks are drawn anew.
fn estimates<const N: usize>(
    blocks: usize,
    statistics: impl Fn(&[usize]) -> [Option<f64>; N],
) -> [Option<Estimate>; N] {
    let every: Vec<usize> = (0..blocks).collect();
    let whole = statistics(&every);
    let single: Vec<_> = every.iter().map(|block| statistics(&[*block])).collect();
    let mut dice = Dice::new(SEED);
    let mut drawn = every;
    let mut found = Vec::with_capacity(DRAWS);
    for _ in 0..DRAWS {
        drawn.fill_with(|| (dice.fraction() * blocks as f64) as usize);
        found.push(statistics(&drawn));
    }
    let mut number = 0..N;
    whole.map(|whole| {
        let number = number.next()?;
        let of = |all: &[[Option<f64>; N]]| -> Vec<f64> {
            let values = all.iter().filter_map(|values| *values.get(number)?);
            values.collect()
        };
        spread(blocks as f64, whole?, &of(&single), &of(&found))
    })
}

/// The estimate of one statistic: of the whole, of single blocks and of blocks drawn anew.
fn spread(blocks: f64, whole: f64, single: &[f64], found: &[f64]) -> Option<Estimate> {
    // What is seen in a part of the draws only hangs on a few blocks.
    if found.len() < DRAWS * 9 / 10 {
        return None;
    }
    let mean = found.iter().sum::<f64>() / found.len() as f64;
    let squares: f64 = found.iter().map(|value| (value - mean).powi(2)).sum();
    let alike = interval::likeness(single);
    let freedom = (blocks - 1.0) * (1.0 - alike);
    // Draws of few blocks spread less than the blocks do, and blocks that are alike less again.
    let few = blocks / (blocks - 1.0);
    let longer = (1.0 + alike) / (1.0 - alike);
    Some(Estimate {
        ratio: whole.exp(),
        error: (squares / found.len() as f64 * few * longer).sqrt(),
        freedom,
    })
}
