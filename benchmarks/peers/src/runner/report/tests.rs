use super::{Report, Section, write_all};
use crate::case::{Case, Comeback};
use crate::measure::Machine;
use crate::outcome::{Cpu, Faults, Flow, Idle, Latency, Outcome, Recovery};
use crate::runner::rounds::{Run, RunResult, Stamp};
use crate::runner::{Peer, Subject};

/// A run of fan-out: rate per second, p99 in microseconds, CPU seconds.
pub(crate) fn flow(rate: u64, p99: u64, cpu: f64) -> Outcome {
    Outcome::Flow(Flow {
        seconds: 1.0,
        deliveries: rate,
        cpu: Cpu {
            server: cpu,
            server_user: 0.0,
            core_busy: 1.0,
            core_foreign: 0.0,
        },
        each: Vec::new(),
        latency: Latency {
            p50: p99 / 2,
            p99,
            p999: p99 * 2,
            max: p99 * 3,
        },
        messages_per_read: 1.0,
        wire_bytes: 132.0,
        rss: 2_000_000,
        faults: Faults::default(),
    })
}

/// A run of 1000 idle connections.
pub(in crate::runner) fn idle(each: u64, kept: u64) -> Outcome {
    let rss_before = 10_000_000;
    Outcome::Idle(Idle {
        open: 1000,
        rss_before,
        rss_open: rss_before + each * 1000,
        rss_closed: rss_before + kept,
        slab: 8_000_000,
        hold: 10.0,
        cpu: 0.01,
    })
}

/// A run in which 10 clients missed 300 publications each.
pub(in crate::runner) fn recovery(complete: u64, duplicated: u64) -> Outcome {
    Outcome::Recovery(Recovery {
        clients: 10,
        missed: 300,
        complete,
        seconds: 2.0,
        cpu: Cpu {
            server: 1.5,
            ..Cpu::default()
        },
        latency: Latency {
            p50: 700_000,
            p99: 1_900_000,
            p999: 1_900_000,
            max: 2_000_000,
        },
        bytes: 690_000,
        put_off: 4,
        rss_open: 10_000_000,
        rss_away: 9_000_000,
        rss_peak: 30_000_000,
        rss_back: 11_000_000,
        faults: Faults {
            duplicated,
            ..Faults::default()
        },
    })
}

/// A section with one run for each outcome.
pub(in crate::runner) fn section(case: Case, runs: &[(usize, Peer, Outcome)]) -> Section {
    let machine = Machine {
        date: "2026-01-01".to_owned(),
        processor: "A processor".to_owned(),
        cores: 2,
        memory: 8_000_000_000,
        kernel: "6.1".to_owned(),
        rustc: "rustc 1.95".to_owned(),
        versions: [("bun".to_owned(), "1.4.5".to_owned())].into(),
        commit: "0123456789ab".to_owned(),
        load_before: 0.0,
    };
    let stamp = Stamp {
        machine,
        seconds: 2.0,
        payload: 128,
        plain_payload: 128,
        first_message: false,
    };
    let runs = runs.iter().cloned().map(|(round, peer, outcome)| Run {
        round,
        peer,
        result: RunResult::Outcome(outcome),
    });
    Section {
        case,
        stamp,
        runs: runs.collect(),
    }
}

const FANOUT: Case = Case::Fanout {
    subscribers: 1000,
    window: 1,
};
const IDLE: Case = Case::Idle { connections: 1000 };

fn text(report: &Report) -> String {
    let mut out = Vec::new();
    write_all(&mut out, Subject::Peers, report, true).expect("writes to memory");
    String::from_utf8(out).expect("text")
}

#[test]
fn figures_ratios_and_the_stamp_are_there() {
    let report = Report {
        sections: vec![section(
            FANOUT,
            &[
                (0, Peer::Bun, flow(100_000, 4_000, 1.0)),
                (0, Peer::Wirehub, flow(120_000, 3_000, 0.9)),
                (1, Peer::Bun, flow(50_000, 8_000, 1.0)),
                (1, Peer::Wirehub, flow(60_000, 6_000, 0.9)),
            ],
        )],
    };
    let text = text(&report);
    assert!(
        text.contains("## Fan-out to 1000 subscribers, window 1"),
        "{text}"
    );
    assert!(
        text.contains("90000 ±33%"),
        "median and spread of both rounds: {text}"
    );
    assert!(
        text.contains("1.20 [1.20, 1.20]"),
        "the drift of the machine cancels: {text}"
    );
    assert!(text.contains("0.75 [0.75, 0.75]"), "p99: {text}");
    assert!(
        text.contains("commit 0123456789ab, 2 rounds of 2 s"),
        "{text}"
    );
    assert!(
        !text.contains("bare-epoll |"),
        "a peer that was not asked for is not shown: {text}"
    );
}

#[test]
fn a_failed_peer_keeps_its_row_and_its_reason() {
    let mut section = section(FANOUT, &[(0, Peer::Bun, flow(1, 1, 1.0))]);
    for round in 0..2 {
        let result = RunResult::Error("missing: no file".to_owned());
        section.runs.push(Run {
            round,
            peer: Peer::Wirehub,
            result,
        });
    }
    let text = text(&Report {
        sections: vec![section],
    });
    assert!(
        text.contains("wirehub: 2 of 2 runs failed: missing: no file\n"),
        "{text}"
    );
    assert!(text.contains("not measured"), "{text}");
}

#[test]
fn faults_are_shown_with_their_round() {
    let mut outcome = flow(1, 1, 1.0);
    if let Outcome::Flow(flow) = &mut outcome {
        flow.faults.lost = 3;
    }
    let text = text(&Report {
        sections: vec![section(FANOUT, &[(0, Peer::Bun, outcome)])],
    });
    assert!(text.contains("bun, round 1: Faults { lost: 3"), "{text}");
}

#[test]
fn a_newer_section_takes_the_place_of_the_old_one() {
    let bun = |rate| vec![(0, Peer::Bun, flow(rate, 1, 1.0))];
    let mut report = Report {
        sections: vec![
            section(FANOUT, &bun(1)),
            section(IDLE, &[(0, Peer::Bun, idle(1700, 0))]),
        ],
    };
    let newer = Report {
        sections: vec![section(FANOUT, &bun(2))],
    };
    report.replace(newer, &Case::ALL);
    let kept: Vec<Case> = report.sections.iter().map(|section| section.case).collect();
    assert_eq!(kept, [FANOUT, IDLE]);
    assert!(text(&report).contains("2 ±0%"));
}

#[test]
fn results_survive_the_file() {
    let report = Report {
        sections: vec![section(FANOUT, &[(0, Peer::Bun, flow(7, 8, 9.0))])],
    };
    let json = serde_json::to_string(&report).expect("writes");
    let back: Report = serde_json::from_str(&json).expect("reads");
    assert_eq!(text(&back), text(&report));
}

#[test]
fn a_recovery_has_its_times_and_its_memory() {
    let case = Case::Recovery {
        clients: 10,
        missed: 300,
        by: Comeback::Resume,
        window: 10,
    };
    let run = (0, Peer::WirehubHistory, recovery(10, 0));
    let text = text(&Report {
        sections: vec![section(case, &[run])],
    });
    assert!(
        text.contains("## 10 clients come back by `resume`, all at once; 300 missed each"),
        "{text}"
    );
    assert!(text.contains("|  0.70 |  1.90 |  2.00 |"), "{text}");
    assert!(text.contains("10.0 > 9.0 |"), "{text}");
    let (_, after_goals) = text.rsplit_once("## ").expect("a section");
    assert!(
        !after_goals.contains("Bun"),
        "it was not measured: {after_goals}"
    );
}
