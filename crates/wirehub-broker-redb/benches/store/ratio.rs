//! Ratios within pairs.

use std::fmt;

/// Rates of the bare loop and of the store, pair by pair.
#[derive(Debug, Default)]
pub(crate) struct Ratio {
    pairs: Vec<(f64, f64)>,
}

impl Ratio {
    pub(crate) fn add(&mut self, bare: f64, store: f64) {
        self.pairs.push((bare, store));
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let logs: Vec<f64> = self.pairs.iter().map(|(a, b)| (b / a).ln()).collect();
        let mean = mean(&logs);
        let squares: f64 = logs.iter().map(|log| (log - mean).powi(2)).sum();
        let count = logs.len() as f64;
        let error = (squares / (count - 1.0) / count).sqrt();
        // Student's t for twelve pairs; about right for more and for a few less.
        let half = 2.2 * error;
        let bare: Vec<f64> = self.pairs.iter().map(|pair| pair.0).collect();
        let store: Vec<f64> = self.pairs.iter().map(|pair| pair.1).collect();
        write!(
            f,
            "{:.0} | {:.0} | {:.2} | {:.2}–{:.2}",
            self::mean(&bare),
            self::mean(&store),
            mean.exp(),
            (mean - half).exp(),
            (mean + half).exp()
        )
    }
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}
