//! The figures of a case as a table.

use super::compare::{Metric, figures};
use super::peer::Peer;
use super::report::Section;
use super::table::Table;
use crate::case::Case;
use crate::outcome::{Flow, Idle, Outcome, Recovery, Storm};
use crate::statistics::{median, spread};

/// The figures of a case, a row for each server: medians over the rounds.
pub(super) fn table(section: &Section) -> Table {
    let mut table = match section.case {
        Case::Fanout { .. } | Case::Echo { .. } => Table::new(&FLOW),
        Case::Across { .. } => Table::new(&ACROSS),
        Case::Room { .. } => Table::new(&ROOM),
        Case::Storm { .. } => Table::new(&STORM),
        Case::Idle { .. } => Table::new(&IDLE),
        Case::Recovery { .. } => Table::new(&RECOVERY),
    };
    for peer in section.peers() {
        let mut row = vec![peer.to_string()];
        let outcomes = section.outcomes(peer);
        match outcomes.first() {
            None => row.push("no run".to_owned()),
            Some(Outcome::Flow(_)) if matches!(section.case, Case::Across { .. }) => {
                row.extend(across_cells(section, peer, &outcomes));
            }
            Some(Outcome::Flow(_)) => row.extend(flow_cells(section, peer, &outcomes)),
            Some(Outcome::Storm(_)) => row.extend(storm_cells(section, peer, &outcomes)),
            Some(Outcome::Idle(_)) => row.extend(idle_cells(&outcomes)),
            Some(Outcome::Recovery(_)) => row.extend(recovery_cells(&outcomes)),
        }
        table.row(row);
    }
    table
}

const FLOW: [&str; 11] = [
    "peer",
    "deliveries/s",
    "CPU s/M",
    "core busy",
    "p50 ms",
    "p99 ms",
    "p99.9 ms",
    "max ms",
    "msgs/read",
    "wire B",
    "RSS MB",
];

/// As those of a flow, without what the load tester does not tell.
const ROOM: [&str; 10] = [
    "peer",
    "deliveries/s",
    "CPU s/M",
    "core busy",
    "p50 ms",
    "p99 ms",
    "p99.9 ms",
    "max ms",
    "wire B",
    "RSS MB",
];

fn flow_cells(section: &Section, peer: Peer, outcomes: &[&Outcome]) -> Vec<String> {
    let middle = |figure: fn(&Flow) -> f64| {
        median_of(outcomes, |outcome| match outcome {
            Outcome::Flow(flow) => Some(figure(flow)),
            _ => None,
        })
    };
    let mut cells = vec![
        rate_cell(section, peer),
        format!("{:.2}", middle(Flow::cpu_per_million)),
        format!("{:.2}", middle(|flow| flow.cpu.core_busy)),
    ];
    let latencies: [fn(&Flow) -> f64; 4] = [
        |flow| flow.latency.p50 as f64,
        |flow| flow.latency.p99 as f64,
        |flow| flow.latency.p999 as f64,
        |flow| flow.latency.max as f64,
    ];
    cells.extend(latencies.map(|figure| format!("{:.2}", middle(figure) / 1e3)));
    if !matches!(section.case, Case::Room { .. }) {
        cells.push(format!("{:.2}", middle(|flow| flow.messages_per_read)));
    }
    cells.push(format!("{:.0}", middle(|flow| flow.wire_bytes)));
    cells.push(megabytes(middle(|flow| flow.rss as f64)));
    cells
}

/// Processor time is for a publication, however many it is delivered to.
const ACROSS: [&str; 11] = [
    "peer",
    "deliveries/s",
    "p50 ms",
    "p99 ms",
    "p99.9 ms",
    "CPU us a publication",
    "broker us",
    "publisher's hub us",
    "subscribers' hub us",
    "core busy",
    "RSS MB",
];

fn across_cells(section: &Section, peer: Peer, outcomes: &[&Outcome]) -> Vec<String> {
    let subscribers = match section.case {
        Case::Across { subscribers, .. } => subscribers as f64,
        _ => 1.0,
    };
    let middle = |figure: &dyn Fn(&Flow) -> f64| {
        median_of(outcomes, |outcome| match outcome {
            Outcome::Flow(flow) => Some(figure(flow)),
            _ => None,
        })
    };
    let latencies: [fn(&Flow) -> f64; 3] = [
        |flow| flow.latency.p50 as f64,
        |flow| flow.latency.p99 as f64,
        |flow| flow.latency.p999 as f64,
    ];
    let mut cells = vec![rate_cell(section, peer)];
    cells.extend(latencies.map(|figure| format!("{:.3}", middle(&figure) / 1e3)));
    let all = middle(&|flow| flow.cpu_per_million() * subscribers);
    cells.push(format!("{all:.1}"));
    for place in 0..3 {
        let publications = |flow: &Flow| flow.deliveries as f64 / subscribers;
        let of_one = |flow: &Flow| {
            let seconds = flow.each.get(place).copied().unwrap_or_default();
            seconds * 1e6 / publications(flow).max(1.0)
        };
        cells.push(match outcomes.first() {
            Some(Outcome::Flow(flow)) if place < flow.each.len() => {
                format!("{:.1}", middle(&of_one))
            }
            _ => "-".to_owned(),
        });
    }
    cells.push(format!("{:.2}", middle(&|flow| flow.cpu.core_busy)));
    cells.push(megabytes(middle(&|flow| flow.rss as f64)));
    cells
}

const STORM: [&str; 10] = [
    "peer",
    "connections/s",
    "CPU us each",
    "core busy",
    "p50 ms",
    "p99 ms",
    "errors",
    "stuck",
    "RSS MB",
    "descriptors",
];

fn storm_cells(section: &Section, peer: Peer, outcomes: &[&Outcome]) -> Vec<String> {
    let middle = |figure: fn(&Storm) -> f64| {
        median_of(outcomes, |outcome| match outcome {
            Outcome::Storm(storm) => Some(figure(storm)),
            _ => None,
        })
    };
    let change = |before: f64, after: f64| format!("{before} > {after}");
    vec![
        rate_cell(section, peer),
        format!("{:.0}", middle(Storm::cpu_per_connection)),
        format!("{:.2}", middle(|storm| storm.cpu.core_busy)),
        format!("{:.2}", middle(|storm| storm.latency.p50 as f64) / 1e3),
        format!("{:.2}", middle(|storm| storm.latency.p99 as f64) / 1e3),
        middle(|storm| storm.errors as f64).to_string(),
        middle(|storm| storm.stuck as f64).to_string(),
        format!(
            "{} > {}",
            megabytes(middle(|storm| storm.rss_before as f64)),
            megabytes(middle(|storm| storm.rss_after as f64))
        ),
        change(
            middle(|storm| storm.descriptors_before as f64),
            middle(|storm| storm.descriptors_after as f64),
        ),
    ]
}

const IDLE: [&str; 8] = [
    "peer",
    "open",
    "B/connection",
    "RSS before MB",
    "RSS open MB",
    "RSS after close MB",
    "kernel slab B/connection",
    "idle CPU s/s",
];

fn idle_cells(outcomes: &[&Outcome]) -> Vec<String> {
    let middle = |figure: fn(&Idle) -> f64| {
        median_of(outcomes, |outcome| match outcome {
            Outcome::Idle(idle) => Some(figure(idle)),
            _ => None,
        })
    };
    vec![
        middle(|idle| idle.open as f64).to_string(),
        format!("{:.0}", middle(Idle::bytes_per_connection)),
        megabytes(middle(|idle| idle.rss_before as f64)),
        megabytes(middle(|idle| idle.rss_open as f64)),
        megabytes(middle(|idle| idle.rss_closed as f64)),
        format!("{:.0}", middle(Idle::slab_per_connection)),
        format!("{:.3}", middle(|idle| idle.cpu / idle.hold)),
    ]
}

const RECOVERY: [&str; 14] = [
    "peer",
    "back",
    "all have all, s",
    "p50 s",
    "p99 s",
    "max s",
    "CPU s",
    "CPU s/M",
    "core busy",
    "put off",
    "received MB",
    "RSS open > away MB",
    "RSS peak MB",
    "RSS back MB",
];

fn recovery_cells(outcomes: &[&Outcome]) -> Vec<String> {
    let middle = |figure: fn(&Recovery) -> f64| {
        median_of(outcomes, |outcome| match outcome {
            Outcome::Recovery(recovery) => Some(figure(recovery)),
            _ => None,
        })
    };
    let seconds = |figure: fn(&Recovery) -> f64| format!("{:.2}", middle(figure));
    vec![
        middle(|recovery| recovery.complete as f64).to_string(),
        seconds(|recovery| recovery.seconds),
        seconds(|recovery| recovery.latency.p50 as f64 / 1e6),
        seconds(|recovery| recovery.latency.p99 as f64 / 1e6),
        seconds(|recovery| recovery.latency.max as f64 / 1e6),
        seconds(|recovery| recovery.cpu.server),
        seconds(Recovery::cpu_per_million),
        seconds(|recovery| recovery.cpu.core_busy),
        middle(|recovery| recovery.put_off as f64).to_string(),
        format!("{:.0}", middle(|recovery| recovery.bytes as f64) / 1e6),
        format!(
            "{} > {}",
            megabytes(middle(|recovery| recovery.rss_open as f64)),
            megabytes(middle(|recovery| recovery.rss_away as f64))
        ),
        megabytes(middle(|recovery| recovery.rss_peak as f64)),
        megabytes(middle(|recovery| recovery.rss_back as f64)),
    ]
}

fn rate_cell(section: &Section, peer: Peer) -> String {
    let rates = figures(section, Metric::Rate, peer);
    format!("{:.0} ±{:.0}%", median(&rates), spread(&rates) * 100.0)
}

fn median_of(outcomes: &[&Outcome], figure: impl Fn(&Outcome) -> Option<f64>) -> f64 {
    let figures: Vec<f64> = outcomes
        .iter()
        .filter_map(|outcome| figure(outcome))
        .collect();
    median(&figures)
}

fn megabytes(bytes: f64) -> String {
    format!("{:.1}", bytes / 1e6)
}
