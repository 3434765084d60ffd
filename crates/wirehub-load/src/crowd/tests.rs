mod hub;

use std::time::Duration;

use self::hub::{Mischief, World};
use super::{Input, Output};
use crate::{
    outcome::{CloseKind, FailureCause, PhaseKind, Row},
    scenario::{Act, Backoff, Manner, Phase, Quick, QuickForm, RoomKind, Scenario, Traffic},
};

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn quick(form: QuickForm, connections: u32) -> Scenario {
    let quick = Quick {
        form,
        lasts: seconds(30),
        connections,
        threads: 1,
        rate: Some(10.0),
        payload: 128,
        backoff: Backoff::default(),
    };
    quick.scenario()
}

/// Everybody there after ten seconds, then what is wanted, then ten seconds to come back.
fn cut(how: Manner, backoff: Backoff) -> Scenario {
    let mut scenario = quick(QuickForm::Fanout, 100);
    let phase = |act, lasts| Phase {
        act,
        lasts: seconds(lasts),
        rate: 10.0,
    };
    scenario.backoff = backoff;
    scenario.phases = vec![
        phase(Act::Ramp { to: 100 }, 10),
        phase(
            Act::Disconnect {
                how,
                share: 1.0,
                over: Duration::ZERO,
            },
            1,
        ),
        phase(Act::Reconnect { backoff: None }, 10),
    ];
    scenario
}

#[test]
fn a_hub_that_keeps_its_word_is_found_to() {
    let found = World::new(quick(QuickForm::Fanout, 50)).run();
    let tally = &found.tally;
    // The ramp takes half a second; a publisher comes beside the fifty.
    assert_eq!(tally.connects_made, 51);
    assert_eq!(tally.published, 295);
    assert_eq!(tally.acknowledged, 295);
    assert_eq!(tally.delivered, 295 * 50);
    assert_eq!((tally.lost, tally.duplicated, tally.reordered), (0, 0, 0));
    assert_eq!(tally.closes.get(&CloseKind::Goodbye), Some(&51));
    assert_eq!(tally.abnormal_closes() + tally.failed(), 0);
    let kinds: Vec<PhaseKind> = found.phases.iter().map(|phase| phase.kind).collect();
    assert_eq!(
        kinds,
        [PhaseKind::Ramp, PhaseKind::Publish, PhaseKind::Drain]
    );
}

#[test]
fn what_is_lost_repeated_or_swapped_is_counted() {
    let found = |mischief| {
        let mut world = World::new(quick(QuickForm::Fanout, 10));
        world.mischief = mischief;
        world.run().tally
    };
    // Of 295, the last one is none of these.
    let lost = found(Mischief::Loses(10));
    assert_eq!((lost.lost, lost.sessions_with_loss), (29 * 10, 10));
    assert_eq!((lost.duplicated, lost.reordered), (0, 0));
    let repeated = found(Mischief::Repeats(10));
    assert_eq!(repeated.duplicated, 29 * 10);
    assert_eq!((repeated.sessions_with_duplicates, repeated.lost), (10, 0));
    let swapped = found(Mischief::Swaps(10));
    assert_eq!((swapped.reordered, swapped.lost), (29 * 10, 0));
    assert_eq!(swapped.delivered, 295 * 10);
}

#[test]
fn the_last_publication_is_missed_too() {
    let mut world = World::new(quick(QuickForm::Fanout, 10));
    world.mischief = Mischief::Loses(295);
    let found = world.run();
    assert_eq!((found.tally.lost, found.tally.sessions_with_loss), (10, 10));
}

#[test]
fn an_echo_is_heard_by_whoever_spoke() {
    let found = World::new(quick(QuickForm::Echo, 10)).run();
    assert_eq!(found.tally.published, found.tally.delivered);
    assert_eq!(found.round_trip.count(), found.tally.delivered);
    assert!(found.tally.published >= 290, "{}", found.tally.published);
}

#[test]
fn those_who_were_cut_come_back_and_miss_nothing() {
    for how in [Manner::Fin, Manner::Rst, Manner::HalfOpen] {
        let found = World::new(cut(how, Backoff::default())).run();
        let tally = &found.tally;
        assert_eq!((tally.reconnects, tally.resumed), (100, 100), "{how:?}");
        assert_eq!((tally.lost, tally.gaps_told), (0, 0), "{how:?}");
        assert_eq!(found.resume.count(), 100);
        // What was published while they were away comes late, which is told as such.
        assert_eq!(tally.abnormal_closes(), 0);
    }
}

#[test]
fn a_goodbye_ends_the_session_and_a_hub_that_forgot_admits_the_gap() {
    let goodbye = World::new(cut(Manner::Goodbye, Backoff::default())).run();
    let tally = &goodbye.tally;
    assert_eq!((tally.resumed, tally.resubscribed), (0, 100));
    assert_eq!((tally.gaps_told, tally.lost), (100, 0));
    let mut world = World::new(cut(Manner::Rst, Backoff::default()));
    world.forgets = true;
    let tally = world.run().tally;
    assert_eq!((tally.resumed, tally.resubscribed), (0, 100));
    assert_eq!((tally.gaps_told, tally.lost), (100, 0));
}

/// The most attempts in one second of those that came back, and their mean over as many seconds as
/// they took.
fn herd(backoff: Backoff) -> (u64, u64) {
    let mut world = World::new(cut(Manner::Rst, backoff));
    world.until(seconds(3_600));
    let tenths = |row: &Row| row.reconnect_tenths.iter().sum::<u64>() == row.reconnects;
    assert!(world.rows.iter().all(tenths));
    let rows = world.rows.iter().map(|row| row.reconnects);
    let rows: Vec<u64> = rows.collect();
    let busy = rows.iter().filter(|count| **count > 0).count() as u64;
    let most = rows.iter().copied().max().unwrap_or(0);
    (most, busy)
}

#[test]
fn without_jitter_all_come_in_one_second_and_with_it_they_do_not() {
    let fixed = Backoff::Fixed { delay: seconds(2) };
    assert_eq!(herd(fixed), (100, 1));
    let jittered = Backoff::Jittered {
        base: seconds(5),
        cap: seconds(20),
    };
    let (most, busy) = herd(jittered);
    assert_eq!(busy, 5);
    assert!((20..40).contains(&most), "{most}");
}

#[test]
fn a_hub_that_dies_is_tried_again_and_the_run_ends_all_the_same() {
    let mut world = World::new(quick(QuickForm::Fanout, 20));
    world.until(seconds(10));
    world.die();
    world.until(seconds(20));
    world.is_down = false;
    let found = world.run();
    let tally = &found.tally;
    assert_eq!(tally.closes.get(&CloseKind::ServerReset), Some(&21));
    assert_eq!(tally.abnormal_closes(), 21);
    assert!(tally.connects_failed[&FailureCause::Refused] > 20);
    assert_eq!(tally.reconnects, tally.connects_begun - 21);
    assert_eq!(tally.closes.get(&CloseKind::Goodbye), Some(&21));
    assert!(tally.unsent > 0);
}

#[test]
fn connections_are_due_whatever_the_server_does() {
    let mut scenario = quick(QuickForm::Idle, 100);
    scenario.phases[0].lasts = seconds(10);
    let mut world = World::new(scenario);
    world.is_down = true;
    world.until(seconds(10));
    // Each is due a tenth of a second after the one before; those that failed come again between.
    let mut firsts = 0;
    for at in 0..100_u32 {
        let due = Duration::from_millis(100) * at;
        firsts += usize::from(world.arrivals.contains(&due));
    }
    assert_eq!(firsts, 100);
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let mut world = World::new(quick(QuickForm::Idle, 1));
    let mut connects = Vec::new();
    while world.now < seconds(30) {
        world.crowd.handle_timeout(world.now);
        while let Some(output) = world.crowd.poll_output() {
            if let Output::Connect { link, .. } = output {
                connects.push(link);
                world.crowd.handle(world.now, Input::Connected { link });
            }
        }
        world.now += Duration::from_millis(100);
    }
    assert!(connects.len() > 2, "{connects:?}");
    let found = world.crowd.into_findings();
    assert!(found.tally.connects_failed[&FailureCause::TimedOut] >= 2);
}

#[test]
fn clients_are_dealt_out_to_nodes_and_go_to_others_when_one_does_not_let_them_in() {
    let mut world = World::of_nodes(3, quick(QuickForm::Idle, 30));
    let mut first = [0; 3];
    // And a publisher beside the thirty.
    let mut seen = [None; 31];
    while world.now < seconds(10) {
        world.crowd.handle_timeout(world.now);
        while let Some(output) = world.crowd.poll_output() {
            let Output::Connect { link, node } = output else {
                continue;
            };
            match seen[link as usize].replace(node) {
                None => first[node as usize] += 1,
                Some(before) => assert_ne!(before, node, "{link} came to the same node again"),
            }
            let gone = Input::Gone {
                link,
                failed: FailureCause::Refused,
                closed: CloseKind::Other,
            };
            world.crowd.handle(world.now, gone);
        }
        world.now += Duration::from_millis(100);
    }
    assert_eq!(first, [11, 10, 10]);
}

#[test]
fn an_early_end_is_an_end_in_order() {
    let mut world = World::new(quick(QuickForm::Storm, 20));
    world.until(seconds(5));
    let now = world.now;
    world.crowd.handle(now, Input::Stop);
    let found = world.run();
    let last = found.phases.last().unwrap();
    assert_eq!(last.kind, PhaseKind::Drain);
    assert!(last.ended < 8.0, "{last:?}");
    assert_eq!(found.tally.closes.get(&CloseKind::Goodbye), Some(&21));
}

#[test]
fn a_stalled_reader_is_not_timed() {
    let scenario = cut(Manner::Stall, Backoff::default());
    let found = World::new(scenario).run();
    // What the hub of this test says arrives all the same; what was due meanwhile has no time.
    let untimed = found.tally.delivered - found.delivery.count();
    assert!(untimed >= 900, "{untimed}");
    assert_eq!(found.tally.lost, 0);
}

#[test]
fn rooms_of_every_size_are_counted_apart() {
    let kind = |name: &str, rooms, members, rate| RoomKind {
        name: name.to_owned(),
        rooms,
        members,
        rate,
    };
    let mut scenario = quick(QuickForm::Fanout, 40);
    scenario.traffic = Traffic::Rooms {
        kinds: vec![kind("small", 10, 4, 0.1), kind("large", 1, 40, 2.0)],
        publishers: 2,
    };
    scenario.phases[0].rate = 0.0;
    scenario.phases[1].lasts = seconds(10);
    scenario.phases[1].rate = scenario.traffic.rate();
    let found = World::new(scenario).run();
    let [small, large] = found.rooms.as_slice() else {
        panic!("{:?}", found.rooms);
    };
    assert_eq!((small.published, small.delivered), (10, 40));
    assert_eq!((large.published, large.delivered), (20, 20 * 40));
    assert_eq!(large.delivery.count(), large.delivered);
    assert_eq!((small.lost, large.lost, found.tally.lost), (0, 0, 0));
    assert_eq!(found.tally.delivered, 840);
}
