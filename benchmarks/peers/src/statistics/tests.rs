use super::{Interval, bootstrap, median, paired_ratios, percentile, spread};

#[test]
fn median_of_odd_even_and_empty_samples() {
    assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
    assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
    assert_eq!(median(&[]), 0.0);
}

#[test]
fn percentile_takes_the_nearest_rank() {
    let sample: Vec<f64> = (1..=1000).map(f64::from).collect();
    assert_eq!(percentile(&sample, 0.5), 500.0);
    assert_eq!(percentile(&sample, 0.99), 990.0);
    assert_eq!(percentile(&sample, 1.0), 1000.0);
    assert_eq!(percentile(&sample, 0.0), 1.0);
    assert_eq!(percentile(&[7.0], 0.999), 7.0);
    assert_eq!(percentile(&[], 0.5), 0.0);
}

#[test]
fn spread_is_half_the_range_over_the_median() {
    assert_eq!(spread(&[90.0, 100.0, 110.0]), 0.1);
    assert_eq!(spread(&[]), 0.0);
}

#[test]
fn ratios_pair_the_rounds_and_skip_the_incomplete() {
    let ours = [Some(10.0), None, Some(30.0), Some(1.0)];
    let theirs = [Some(5.0), Some(1.0), Some(60.0), Some(0.0)];
    assert_eq!(paired_ratios(&ours, &theirs), [2.0, 0.5]);
}

#[test]
fn pairing_removes_a_drift_that_hits_both() {
    // The host gets slower by half over the rounds; the true ratio is 1.1 in each of them.
    let theirs: Vec<Option<f64>> = (0..5)
        .map(|round| Some(100.0 - 10.0 * f64::from(round)))
        .collect();
    let ours: Vec<Option<f64>> = theirs
        .iter()
        .map(|value| value.map(|rate| rate * 1.1))
        .collect();
    let interval = bootstrap(&paired_ratios(&ours, &theirs));
    assert!((interval.low - 1.1).abs() < 1e-9 && (interval.high - 1.1).abs() < 1e-9);
}

#[test]
fn bootstrap_brackets_the_median_and_repeats() {
    let sample = [0.9, 1.0, 1.05, 1.1, 1.4];
    let interval = bootstrap(&sample);
    assert_eq!(interval.median, 1.05);
    assert!(interval.low < 1.05 && interval.low >= 0.9);
    assert!(interval.high > 1.05 && interval.high <= 1.4);
    assert_eq!(bootstrap(&sample), interval);
}

#[test]
fn bootstrap_narrows_with_more_rounds() {
    let few: Vec<f64> = [0.8, 0.9, 1.0, 1.1, 1.2].to_vec();
    let many: Vec<f64> = few.iter().copied().cycle().take(200).collect();
    let width = |interval: Interval| interval.high - interval.low;
    assert!(width(bootstrap(&many)) < width(bootstrap(&few)));
}

#[test]
fn one_round_has_no_interval() {
    assert_eq!(
        bootstrap(&[2.0]),
        Interval {
            median: 2.0,
            low: 2.0,
            high: 2.0
        }
    );
    assert_eq!(
        bootstrap(&[]),
        Interval {
            median: 0.0,
            low: 0.0,
            high: 0.0
        }
    );
}
