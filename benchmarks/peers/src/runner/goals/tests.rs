use super::{Goal, Verdict, judge};
use crate::case::Case;
use crate::outcome::Outcome;
use crate::runner::Peer;
use crate::runner::report::Report;
use crate::runner::report::tests::{flow, idle, section};

const FANOUT: Case = Case::Fanout {
    subscribers: 1000,
    window: 1,
};
const IDLE: Case = Case::Idle { connections: 1000 };

/// Rounds of Bun and bare epoll at 100,000 a second, 1 ms and 1 CPU second, beside ours.
fn fanout(ours: &[(u64, u64, f64)]) -> Vec<Goal> {
    let mut runs = Vec::new();
    for (round, (rate, p99, cpu)) in ours.iter().enumerate() {
        for peer in [Peer::Bun, Peer::BareEpoll] {
            runs.push((round, peer, flow(100_000, 1_000, 1.0)));
        }
        runs.push((round, Peer::Wirehub, flow(*rate, *p99, *cpu)));
    }
    judge(&Report {
        sections: vec![section(FANOUT, &runs)],
    })
}

fn verdict(goals: &[Goal], start: &str) -> Verdict {
    let goal = goals.iter().find(|goal| goal.wanted.starts_with(start));
    goal.unwrap_or_else(|| panic!("no goal {start}")).verdict
}

#[test]
fn faster_than_bun_is_met() {
    let goals = fanout(&[
        (110_000, 900, 1.0),
        (105_000, 950, 1.0),
        (120_000, 800, 1.0),
    ]);
    for goal in &goals {
        assert_eq!(goal.verdict, Verdict::Met, "{goal:?}");
    }
    assert_eq!(goals.len(), 4);
}

#[test]
fn slower_in_every_round_is_missed() {
    let goals = fanout(&[
        (90_000, 1_200, 1.3),
        (91_000, 1_300, 1.3),
        (89_000, 1_100, 1.4),
    ]);
    for start in ["rate", "p99", "CPU"] {
        assert_eq!(verdict(&goals, start), Verdict::Missed);
    }
}

#[test]
fn slower_in_most_rounds_only_is_noise() {
    let rounds = [
        (90_000, 1_200, 1.3),
        (95_000, 1_100, 1.12),
        (130_000, 700, 0.8),
    ];
    let goals = fanout(&rounds);
    for start in ["rate", "p99", "CPU"] {
        assert_eq!(verdict(&goals, start), Verdict::Noise);
    }
}

#[test]
fn cpu_may_be_a_tenth_above_the_bare_server() {
    let goals = fanout(&[(110_000, 900, 1.2), (110_000, 900, 1.2)]);
    assert_eq!(
        verdict(&goals, "CPU"),
        Verdict::Met,
        "1.2 s for 1.1 times as much is 1.09"
    );
}

#[test]
fn a_lost_message_is_missed_however_fast() {
    let mut outcome = flow(200_000, 100, 0.5);
    if let Outcome::Flow(flow) = &mut outcome {
        flow.faults.lost = 1;
    }
    let report = Report {
        sections: vec![section(FANOUT, &[(0, Peer::Wirehub, outcome)])],
    };
    let goals = judge(&report);
    assert_eq!(verdict(&goals, "nothing lost"), Verdict::Missed);
    assert_eq!(
        verdict(&goals, "rate"),
        Verdict::NotMeasured,
        "there is no Bun to compare with"
    );
}

#[test]
fn idle_memory_has_its_bound_and_must_go_back() {
    let judged = |each, kept| {
        let run = (0, Peer::Wirehub, idle(each, kept));
        let goals = judge(&Report {
            sections: vec![section(IDLE, &[run])],
        });
        (
            verdict(&goals, "idle: at most"),
            verdict(&goals, "idle: memory"),
        )
    };
    assert_eq!(judged(512, 0), (Verdict::Met, Verdict::Met));
    assert_eq!(judged(513, 1_000_000), (Verdict::Missed, Verdict::Met));
    assert_eq!(judged(100_000, 9_000_000), (Verdict::Missed, Verdict::Met));
    assert_eq!(
        judged(100_000, 11_000_000),
        (Verdict::Missed, Verdict::Missed)
    );
}

#[test]
fn without_figures_nothing_is_claimed() {
    let bun = [(0, Peer::Bun, flow(1, 1, 1.0))];
    for goal in judge(&Report {
        sections: vec![section(FANOUT, &bun)],
    }) {
        assert_eq!(goal.verdict, Verdict::NotMeasured, "{goal:?}");
    }
}
