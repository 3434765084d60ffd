//! How sure a ratio is.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// Wilson's interval of a share, for `good` of `all`; both may be fractions, where events were
/// found to come in bursts. `None` without any.
pub(super) fn wilson(good: f64, all: f64, false_alarms: f64) -> Option<(f64, f64)> {
    if all <= 0.0 {
        return None;
    }
    let z = Normal::new(0.0, 1.0)
        .ok()?
        .inverse_cdf(1.0 - false_alarms / 2.0);
    let (share, z2) = ((good / all).clamp(0.0, 1.0), z * z);
    let middle = share + z2 / (2.0 * all);
    let half = z * (share * (1.0 - share) / all + z2 / (4.0 * all * all)).sqrt();
    let whole = 1.0 + z2 / all;
    Some((
        (middle - half).max(0.0) / whole,
        ((middle + half) / whole).min(1.0),
    ))
}

/// How many errors an interval reaches to each side.
pub(super) fn reach(freedom: f64, false_alarms: f64) -> Option<f64> {
    let student = StudentsT::new(0.0, 1.0, freedom).ok()?;
    Some(student.inverse_cdf(1.0 - false_alarms / 2.0))
}

/// How much a value of a row is like its neighbour: 0 for not at all, and no more than 0.6, which
/// is as much as a row of some twenty values can tell.
pub(super) fn likeness(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let spread: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let pairs = values.iter().zip(values.iter().skip(1));
    let together: f64 = pairs.map(|(one, two)| (one - mean) * (two - mean)).sum();
    match spread > 0.0 {
        // Short rows look less alike than they are, by about one in their length.
        true => (together / spread + 1.0 / count).clamp(0.0, 0.6),
        false => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_is_what_tables_say() {
        let (low, high) = wilson(0.0, 10.0, 0.05).unwrap();
        assert!(
            low.abs() < 1e-9 && (high - 0.2775).abs() < 1e-3,
            "{low} {high}"
        );
        let (low, high) = wilson(50.0, 100.0, 0.05).unwrap();
        assert!(
            (low - 0.4038).abs() < 1e-3 && (high - 0.5962).abs() < 1e-3,
            "{low} {high}"
        );
        assert_eq!(wilson(0.0, 0.0, 0.05), None);
    }

    #[test]
    fn students_t_is_what_tables_say() {
        let found = reach(9.0, 0.05).unwrap();
        assert!((found - 2.262).abs() < 1e-3, "{found}");
    }

    #[test]
    fn neighbours_that_are_alike_are_seen() {
        let slow: Vec<f64> = (0..24).map(|at| (f64::from(at) / 8.0).sin()).collect();
        assert!(likeness(&slow) > 0.5);
        let quick = [1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0];
        assert!(likeness(&quick) < 0.01);
        assert!(likeness(&[2.0; 9]) < 0.01);
    }
}
