use super::{Goal, Verdict, judge_peers, remembering};
use crate::case::{Case, Comeback};
use crate::outcome::Outcome;
use crate::runner::Peer;
use crate::runner::report::Report;
use crate::runner::report::tests::{flow, idle, recovery, section};

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
    judge_peers(&Report {
        sections: vec![section(FANOUT, &runs)],
    })
}

fn verdict(goals: &[Goal], start: &str) -> Verdict {
    let goal = goals.iter().find(|goal| goal.wanted.starts_with(start));
    goal.unwrap_or_else(|| panic!("no goal {start}")).verdict
}

#[test]
fn as_much_faster_than_bun_as_wanted_is_met() {
    let goals = fanout(&[
        (118_000, 900, 1.0),
        (116_000, 950, 1.0),
        (130_000, 800, 1.0),
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
    let goals = judge_peers(&report);
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
        let goals = judge_peers(&Report {
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
    for goal in judge_peers(&Report {
        sections: vec![section(FANOUT, &bun)],
    }) {
        assert_eq!(goal.verdict, Verdict::NotMeasured, "{goal:?}");
    }
}

/// Rounds without history at 100,000 a second and 1 CPU second, beside those with it.
fn with_history(rounds: &[(u64, f64)]) -> Vec<Goal> {
    let mut runs = Vec::new();
    for (round, (rate, cpu)) in rounds.iter().enumerate() {
        runs.push((round, Peer::Wirehub, flow(100_000, 1_000, 1.0)));
        runs.push((round, Peer::WirehubHistory, flow(*rate, 1_000, *cpu)));
    }
    remembering::judge(&Report {
        sections: vec![section(FANOUT, &runs)],
    })
}

#[test]
fn history_may_cost_a_tenth() {
    let met = with_history(&[(91_000, 0.95), (92_000, 0.95)]);
    let missed = with_history(&[(89_000, 1.0), (88_000, 1.1)]);
    for start in ["rate", "CPU"] {
        assert_eq!(verdict(&met, start), Verdict::Met);
        assert_eq!(verdict(&missed, start), Verdict::Missed);
    }
}

#[test]
fn who_comes_back_must_have_everything_once() {
    let case = Case::Recovery {
        clients: 10,
        missed: 300,
        by: Comeback::Since,
        window: 10,
    };
    let judged = |complete, duplicated| {
        let run = (0, Peer::WirehubHistory, recovery(complete, duplicated));
        let goals = remembering::judge(&Report {
            sections: vec![section(case, &[run])],
        });
        verdict(&goals, "nothing lost")
    };
    assert_eq!(judged(10, 0), Verdict::Met);
    assert_eq!(judged(9, 0), Verdict::Missed);
    assert_eq!(judged(10, 1), Verdict::Missed);
}
