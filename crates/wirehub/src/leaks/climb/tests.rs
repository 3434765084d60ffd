use super::*;

const MARGIN: Margin = Margin {
    least: 32,
    caches: 0,
};

/// Numbers from 0 to 1 in no order, the same in each run (xorshift64*, Vigna 2016).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let bits = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11;
        bits as f64 / (1_u64 << 53) as f64
    }
}

/// The look at which a level is found to climb; the load sets no record.
fn found(climb: &mut Climb, levels: impl IntoIterator<Item = u64>) -> Option<usize> {
    let climbs = |level| matches!(climb.look(level, false), Found::Climbs(_));
    levels.into_iter().position(climbs)
}

#[test]
fn a_level_that_always_rises_is_found_soon_after_it_was_learned() {
    let mut climb = Climb::new(MARGIN);
    let level = |look: u64| 1_000 + look * 20;
    for look in 0..9 {
        assert_eq!(climb.look(level(look), false), Found::Nothing);
    }
    assert_eq!(climb.look(level(9), false), Found::Learned);
    let look = found(&mut climb, (10..).map(level)).unwrap();
    assert_eq!(look, 24, "a stretch to begin with and four that rose");
    assert_eq!(climb.look(level(35), false), Found::StaysUp, "told once");
    assert_eq!(climb.look(1_000, false), Found::Nothing, "it came back");
}

#[test]
fn a_rise_says_what_was_normal_and_what_is() {
    let mut climb = Climb::new(MARGIN);
    let levels = (0..).map(|look: u64| 100 + look * 10);
    let mut rises = levels.filter_map(|level| match climb.look(level, false) {
        Found::Climbs(rise) => Some(rise),
        _ => None,
    });
    assert_eq!(rises.next(), Some(Rise { from: 190, to: 400 }));
}

#[test]
fn a_slow_leak_under_noise_is_found_in_longer_stretches() {
    let mut chance = Chance(7);
    let mut climb = Climb::new(MARGIN);
    // A day: it swings by 40 and leaks 1 in ten looks.
    let levels = (0..1_440).map(|look: u64| 200 + look / 10 + (chance.next() * 40.0) as u64);
    let look = found(&mut climb, levels).unwrap();
    assert!(look > 300, "not in short ones: {look}");
}

#[test]
fn what_swings_is_no_leak() {
    for seed in 1..200 {
        let mut chance = Chance(seed);
        let mut climb = Climb::new(MARGIN);
        let levels = (0..3_000).map(|_| 200 + (chance.next() * 1_000.0) as u64);
        assert_eq!(found(&mut climb, levels), None, "seed {seed}");
    }
}

#[test]
fn a_day_and_a_night_are_no_leak() {
    let mut climb = Climb::new(MARGIN);
    let day = |look: u32| {
        let part = f64::from(look) / 1_440.0 * std::f64::consts::TAU;
        (10_000.0 - 9_000.0 * part.cos()) as u64
    };
    // The first morning sets one record after the other; the next ones none.
    let mut top = 0;
    for look in 0..1_440 * 5 {
        let level = day(look);
        let is_record = level > top + top / 16;
        top = if is_record { level } else { top };
        let found = climb.look(level, is_record);
        assert!(!matches!(found, Found::Climbs(_)), "look {look}");
    }
}

#[test]
fn what_is_put_up_once_is_no_leak() {
    let mut climb = Climb::new(MARGIN);
    let levels = (0..4_000).map(|look: u64| {
        let once = if look > 30 { 5_000 } else { 0 };
        200 + once + look / 700
    });
    assert_eq!(found(&mut climb, levels), None);
}

#[test]
fn a_cache_may_fill_to_its_bound_and_no_further() {
    let caches = Margin {
        least: 32,
        caches: 500,
    };
    let fills = |bound: u64| (0..2_000).map(move |look: u64| 200 + (look * 2).min(bound));
    assert_eq!(found(&mut Climb::new(caches), fills(500)), None);
    assert!(found(&mut Climb::new(MARGIN), fills(500)).is_some());
    assert!(found(&mut Climb::new(caches), fills(u64::MAX)).is_some());
}

#[test]
fn while_the_load_sets_records_a_level_may_rise() {
    let mut climb = Climb::new(MARGIN);
    for look in 0..2_000_u64 {
        let found = climb.look(look * 100, look % 30 == 0);
        assert!(!matches!(found, Found::Climbs(_)), "look {look}");
    }
    let goes_on = (2_000..).map(|look: u64| look * 100);
    assert!(found(&mut climb, goes_on).is_some(), "and then no more");
}
