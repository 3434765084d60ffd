//! Events that should not be, in two runs.

use super::interval;

/// Events of a run, second by second, each with what they could have been of.
#[derive(Clone, Debug, Default)]
pub(super) struct Events {
    pub(super) seconds: Vec<(f64, f64)>,
}

impl Events {
    pub(super) fn count(&self) -> f64 {
        self.seconds.iter().map(|(events, _)| events).sum()
    }

    pub(super) fn of(&self) -> f64 {
        self.seconds.iter().map(|(_, of)| of).sum()
    }

    /// By how much more the counts of seconds vary than those of events that come one by one, as
    /// the squares that are summed up and how many they are of.
    fn variance(&self) -> (f64, f64) {
        let rate = self.count() / self.of();
        if !(rate > 0.0 && rate.is_finite()) {
            return (0.0, 0.0);
        }
        let mut squares = 0.0;
        let mut seconds = 0.0;
        for (events, of) in self.seconds.iter().filter(|(_, of)| *of > 0.0) {
            let expected = rate * of;
            squares += (events - expected).powi(2) / expected;
            seconds += 1.0;
        }
        (squares, (seconds - 1.0_f64).max(0.0))
    }
}

/// How many times as many there are for each that could be, with its interval; `None` when there
/// are none in both, or nothing that could be.
pub(super) fn ratio(
    before: &Events,
    after: &Events,
    false_alarms: f64,
) -> Option<(f64, (f64, f64))> {
    let (one, two) = (before.count(), after.count());
    let scale = before.of() / after.of();
    if one + two <= 0.0 || !(scale > 0.0 && scale.is_finite()) {
        return None;
    }
    let (first, second) = (before.variance(), after.variance());
    let burst = ((first.0 + second.0) / (first.1 + second.1)).max(1.0);
    let burst = if burst.is_finite() { burst } else { 1.0 };
    let (low, high) = interval::wilson(two / burst, (one + two) / burst, false_alarms)?;
    let odds = |share: f64| match share < 1.0 {
        true => share / (1.0 - share) * scale,
        false => f64::INFINITY,
    };
    let ratio = if one > 0.0 {
        two / one * scale
    } else {
        f64::INFINITY
    };
    Some((ratio, (odds(low), odds(high))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(counts: &[u32]) -> Events {
        let seconds = counts.iter().map(|count| (f64::from(*count), 100.0));
        Events {
            seconds: seconds.collect(),
        }
    }

    #[test]
    fn ten_that_come_one_by_one_where_none_were_are_a_change() {
        let (ratio, (low, _)) = ratio(&events(&[0; 10]), &events(&[1; 10]), 0.05).unwrap();
        assert!(ratio.is_infinite() && low > 1.25, "{low}");
    }

    #[test]
    fn ten_in_one_burst_are_one_event() {
        let burst = events(&[0, 0, 0, 0, 10, 0, 0, 0, 0, 0]);
        let (_, (low, _)) = ratio(&events(&[0; 10]), &burst, 0.05).unwrap();
        assert!(low < 1.0, "{low}");
    }

    #[test]
    fn none_in_both_is_no_ratio() {
        assert_eq!(ratio(&events(&[0; 10]), &events(&[0; 10]), 0.05), None);
    }
}
