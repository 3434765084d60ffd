use std::time::Duration;

use super::*;

fn quick(form: QuickForm) -> Quick {
    Quick {
        form,
        lasts: Duration::from_secs(60),
        connections: 1_000,
        threads: 4,
        rate: None,
        payload: 128,
        backoff: Backoff::default(),
    }
}

const FORMS: [QuickForm; 6] = [
    QuickForm::Storm,
    QuickForm::Fanout,
    QuickForm::Echo,
    QuickForm::Idle,
    QuickForm::Soak,
    QuickForm::Reconnect,
];

#[test]
fn quick_forms_are_scenarios_that_take_the_time_they_were_given() {
    for form in FORMS {
        for (connections, seconds) in [(1, 2), (1_000, 60), (40_000, 3_600)] {
            let lasts = Duration::from_secs(seconds);
            let scenario = Quick {
                connections,
                lasts,
                ..quick(form)
            }
            .scenario();
            assert_eq!(scenario.check(), Ok(()), "{form:?}");
            let off = scenario.lasts().abs_diff(lasts);
            assert!(off < Duration::from_millis(600), "{form:?} {off:?}");
        }
    }
}

#[test]
fn a_mistake_is_named_with_its_key_and_phase() {
    let good = quick(QuickForm::Storm).scenario();
    let mut wrong = good.clone();
    wrong.phases[1].act = Act::Disconnect {
        how: Manner::Fin,
        share: 1.5,
        over: Duration::ZERO,
    };
    let error = wrong.check().unwrap_err();
    assert_eq!((error.phase, error.key), (Some(1), "share"));
    let mut wrong = good.clone();
    wrong.threads = 0;
    let error = wrong.check().unwrap_err();
    assert_eq!((error.phase, error.key), (None, "threads"));
    let mut wrong = good.clone();
    wrong.phases[0].rate = f64::NAN;
    assert_eq!(wrong.check().unwrap_err().key, "publish");
    let mut wrong = good;
    wrong.speech = Speech::Plain(Adapter::default());
    assert!(wrong.check().unwrap_err().what.contains("{payload}"));
}

#[test]
fn delays_come_apart_and_grow_to_their_cap() {
    let jittered = Backoff::Jittered {
        base: Duration::from_secs(1),
        cap: Duration::from_secs(4),
    };
    assert_eq!(jittered.delay(0, None, 0.25), Duration::from_millis(250));
    let spread = Some(Duration::from_secs(8));
    assert_eq!(jittered.delay(0, spread, 0.5), Duration::from_secs(4));
    assert_eq!(jittered.delay(1_000_000, None, 0.0), Duration::from_secs(2));
    let fixed = Backoff::Fixed {
        delay: Duration::from_secs(3),
    };
    assert_eq!(fixed.delay(7, spread, 0.9), Duration::from_secs(3));
}

#[test]
fn half_open_sockets_are_counted_before_the_start() {
    let mut scenario = quick(QuickForm::Fanout).scenario();
    scenario.rounds = 3;
    scenario.phases.push(Phase {
        act: Act::Disconnect {
            how: Manner::HalfOpen,
            share: 0.1,
            over: Duration::ZERO,
        },
        lasts: Duration::from_secs(1),
        rate: 0.0,
    });
    assert_eq!(scenario.left_behind(), 300);
}
