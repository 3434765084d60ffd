//! From values to heights.

use crate::verdict::Unit;

/// From values to heights, as parts of the whole height.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Scale {
    low: f64,
    high: f64,
    is_logarithmic: bool,
    ticks: Vec<f64>,
}

impl Scale {
    /// From nothing to a round value above the largest.
    pub(in crate::report) fn linear(largest: f64, unit: Unit) -> Self {
        let base: f64 = match unit {
            Unit::Bytes => 1_024.0,
            _ => 10.0,
        };
        let largest = if largest > 0.0 { largest } else { 1.0 };
        let step = step(largest / 3.0, base);
        let step = match unit {
            Unit::Count => step.max(1.0),
            _ => step,
        };
        let steps = (largest / step - 1e-9).ceil().max(1.0);
        let ticks = (0..=steps as u32).map(|number| f64::from(number) * step);
        Self {
            low: 0.0,
            high: steps * step,
            is_logarithmic: false,
            ticks: ticks.collect(),
        }
    }

    /// From a round value below the smallest to one above the largest, each of 1, 2, 5 or 10.
    pub(in crate::report) fn logarithmic(smallest: f64, largest: f64) -> Self {
        let smallest = smallest.max(1e-6);
        let largest = largest.max(smallest * 1.001);
        let mut rounds: Vec<f64> = (-6..=9)
            .flat_map(|power| [1.0, 2.0, 5.0].map(|first| first * 10_f64.powi(power)))
            .collect();
        let below = rounds
            .iter()
            .rposition(|round| *round <= smallest)
            .unwrap_or(0);
        let above = rounds.iter().position(|round| *round >= largest);
        rounds.truncate(above.map_or(rounds.len(), |above| above + 1));
        let rounds = rounds.split_off(below.min(rounds.len().saturating_sub(2)));
        let (low, high) = match (rounds.first(), rounds.last()) {
            (Some(low), Some(high)) if low < high => (*low, *high),
            _ => (smallest, largest),
        };
        // Six heights with letters are enough; of more, those of whole powers.
        let is_power = |round: &f64| (round.log10() - round.log10().round()).abs() < 1e-9;
        let ticks = match rounds.len() {
            0..=6 => rounds,
            _ => rounds.into_iter().filter(is_power).collect(),
        };
        Self {
            low,
            high,
            is_logarithmic: true,
            ticks,
        }
    }

    /// Where a value is, from 0 on; above 1 it is out of the picture. `None` when it is nowhere.
    pub(in crate::report) fn part(&self, value: f64) -> Option<f64> {
        let (low, high) = (self.low, self.high);
        let part = match self.is_logarithmic {
            false => (value - low) / (high - low),
            true if value > 0.0 => (value / low).ln() / (high / low).ln(),
            true => return None,
        };
        part.is_finite().then(|| part.max(0.0))
    }

    pub(super) fn ticks(&self) -> &[f64] {
        &self.ticks
    }
}

/// The smallest of 1, 2, 5 and 10, or of powers of two, that is not less.
fn step(least: f64, base: f64) -> f64 {
    let power = base.powf((least.ln() / base.ln()).floor());
    let firsts: &[f64] = match base > 10.0 {
        true => &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0],
        false => &[1.0, 2.0, 5.0],
    };
    let mut steps = firsts.iter().map(|first| first * power);
    steps
        .find(|step| *step >= least * (1.0 - 1e-9))
        .unwrap_or(base * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_round() {
        let scale = Scale::linear(950.0, Unit::Count);
        assert_eq!(scale.ticks(), [0.0, 500.0, 1_000.0]);
        assert_eq!(scale.part(500.0), Some(0.5));
        let bytes = Scale::linear(100.0 * 1_048_576.0, Unit::Bytes);
        assert_eq!(bytes.ticks().last(), Some(&(128.0 * 1_048_576.0)));
        assert_eq!(Scale::linear(0.0, Unit::Percent).part(0.0), Some(0.0));
    }

    #[test]
    fn decades_are_even() {
        let scale = Scale::logarithmic(0.4, 800.0);
        assert_eq!(scale.part(0.0), None);
        let (ten, hundred) = (scale.part(10.0).unwrap(), scale.part(100.0).unwrap());
        let thousand = scale.part(1_000.0).unwrap();
        assert!((thousand - hundred - (hundred - ten)).abs() < 1e-9);
        assert!((thousand - 1.0).abs() < 1e-9);
        assert!(Scale::logarithmic(3.0, 3.0).part(3.0).unwrap() <= 1.0);
    }
}
