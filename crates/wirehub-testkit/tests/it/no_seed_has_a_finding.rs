//! A few thousand scenarios. `cargo xtask simulate --for 10m` plays as many as there is time for.

use std::ops::Range;

use wirehub_testkit::simulate;

fn play(seeds: Range<u64>) {
    let mut steps = 0;
    for seed in seeds {
        match simulate(seed, None) {
            Ok(summary) => steps += summary.steps,
            Err(finding) => panic!("\n{finding}"),
        }
    }
    assert!(
        steps > 100_000,
        "scenarios in which little happens show little"
    );
}

#[test]
fn in_the_first_two_thousand() {
    play(0..2_000);
}

#[test]
fn in_the_next_two_thousand() {
    play(2_000..4_000);
}
