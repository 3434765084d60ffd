//! The page.

use std::fmt::Write as _;

use super::model::{self, Cost};
use super::tally::Traffic;
use super::{Found, Rate};
use crate::runner::cluster::Meeting;
use crate::runner::table::Table;
use crate::statistics::{bootstrap, median};

/// How many hubs want to hear, in what is reckoned for a large cluster.
const INTERESTED: [f64; 4] = [1.0, 10.0, 100.0, 1000.0];

/// All of it in Markdown.
pub(super) fn text(found: &Found) -> String {
    let mut text = "# What a cluster costs\n\n\
         Written by `wirehub-bench nodes --write`. Hubs with one shard each meet on one broker; \
         somebody speaks on the first hub, and others hear on the last ones. What is counted is \
         the same on every machine, but for digits; rates and processor time are of one core for \
         the broker and all hubs together, and another for the client.\n"
        .to_owned();
    let meetings = Meeting::ALL.into_iter();
    let meetings: Vec<Meeting> = meetings
        .filter(|meeting| model::most(found, *meeting) > 0)
        .collect();
    for meeting in &meetings {
        counted(&mut text, found, *meeting);
    }
    quiet(&mut text, found);
    rates(&mut text, found);
    for meeting in &meetings {
        reckoned(&mut text, found, *meeting);
    }
    stamp(&mut text, found);
    text
}

/// As people write it.
const fn named(meeting: Meeting) -> &'static str {
    match meeting {
        Meeting::Redis => "Redis",
        Meeting::Nats => "NATS",
    }
}

/// What comes in and goes out, as this broker counts it.
fn cells(meeting: Meeting, traffic: Traffic) -> [f64; 4] {
    let second = match meeting {
        Meeting::Redis => traffic.scripts,
        Meeting::Nats => traffic.told,
    };
    [traffic.asked, second, traffic.bytes_in, traffic.bytes_out]
}

/// What things cost, and what each further hub that wants to hear adds.
fn counted(text: &mut String, found: &Found, meeting: Meeting) {
    let hubs = model::most(found, meeting);
    let _ = writeln!(
        text,
        "\n## Counted on {}, {hubs} hubs\n\n\
         With one hub that wants to hear; behind the sign, what each further one adds.\n",
        named(meeting)
    );
    let mut table = Table::new(match meeting {
        Meeting::Redis => &["what", "commands", "scripts", "bytes in", "bytes out"],
        Meeting::Nats => &[
            "what",
            "messages in",
            "messages out",
            "bytes in",
            "bytes out",
        ],
    });
    for (name, Cost { first, further }) in model::deeds(found, meeting) {
        let further = further.map(|further| cells(meeting, further));
        let first = cells(meeting, first).into_iter().enumerate();
        let cells = first.map(|(place, first)| {
            let further = further.map(|further| further[place]);
            let further = further
                .filter(|further| further.abs() >= 0.5 || place < 2 && further.abs() >= 0.05);
            // Of what comes in bundles, each one costs a part of a message.
            let digits = if place < 2 && first < 1.0 { 3 } else { 1 };
            match further {
                Some(further) => format!("{first:.digits$} {further:+.1}"),
                None => format!("{first:.digits$}"),
            }
        });
        table.row(std::iter::once(name.to_owned()).chain(cells));
    }
    let _ = write!(text, "{table}");
}

/// What clusters do by themselves.
fn quiet(text: &mut String, found: &Found) {
    let _ = writeln!(
        text,
        "\n## Counted in a second, while nobody does anything\n\n\
         Leases, looks at those of others, signs of life, and whether the broker is well. Redis: \
         commands and scripts; NATS: messages in and out.\n"
    );
    let head = [
        "broker",
        "hubs",
        "commands or messages in",
        "scripts or messages out",
        "bytes in",
        "bytes out",
        "bytes a hub",
    ];
    let mut table = Table::new(&head);
    for quiet in &found.quiet {
        let cells = cells(quiet.meeting, quiet.traffic);
        let bytes = (cells[2] + cells[3]) / quiet.hubs as f64;
        let mut row = vec![named(quiet.meeting).to_owned(), quiet.hubs.to_string()];
        row.extend(cells[..2].iter().map(|cell| format!("{cell:.1}")));
        row.extend(cells[2..].iter().map(|cell| format!("{cell:.0}")));
        row.push(format!("{bytes:.0}"));
        table.row(row);
    }
    let _ = write!(text, "{table}");
}

/// Rates and processor time.
fn rates(text: &mut String, found: &Found) {
    let _ = writeln!(
        text,
        "\n## Measured: publications that keep nothing, 64 on their way\n\n\
         Processor time is in microseconds for a publication; medians of all rounds.\n"
    );
    let head = [
        "broker",
        "hubs",
        "of them want it",
        "publications/s",
        "deliveries/s",
        "p99 ms",
        "broker us",
        "publisher's hub us",
        "a hub that wants it us",
        "a hub that does not us",
    ];
    let mut table = Table::new(&head);
    for first in found.rates.iter().filter(|rate| rate.round == 0) {
        let same = |rate: &&Rate| {
            rate.meeting == first.meeting
                && rate.hubs == first.hubs
                && rate.interested == first.interested
        };
        let rounds: Vec<&Rate> = found.rates.iter().filter(same).collect();
        let figures = |figure: &dyn Fn(&Rate) -> f64| -> Vec<f64> {
            rounds.iter().map(|rate| figure(rate)).collect()
        };
        let rate = bootstrap(&figures(&Rate::per_second));
        let deliveries = median(&figures(&|rate| rate.flow.rate()));
        let p99 = median(&figures(&|rate| rate.flow.latency.p99 as f64));
        let mut row = vec![
            named(first.meeting).to_owned(),
            first.hubs.to_string(),
            first.interested.to_string(),
            format!("{:.0} [{:.0}, {:.0}]", rate.median, rate.low, rate.high),
            format!("{deliveries:.0}"),
            format!("{:.2}", p99 / 1e3),
        ];
        for place in 0..4 {
            let times: Vec<f64> = rounds.iter().filter_map(|rate| rate.cpu()[place]).collect();
            row.push(match times.is_empty() {
                true => "-".to_owned(),
                false => format!("{:.1}", median(&times)),
            });
        }
        table.row(row);
    }
    let _ = write!(text, "{table}");
}

/// What one broker can do at most, by a straight line through what was measured.
fn reckoned(text: &mut String, found: &Found, meeting: Meeting) {
    let time = model::broker_time(found, meeting);
    let Some(further) = time.further else {
        return;
    };
    let deeds = model::deeds(found, meeting);
    let burst = deeds
        .iter()
        .find(|(name, _)| name.contains("at once, nothing"));
    let Some((
        _,
        Cost {
            first,
            further: more,
        },
    )) = burst
    else {
        return;
    };
    let bytes = Cost {
        first: first.bytes_out,
        further: more.map(|more| more.bytes_out),
    };
    let _ = writeln!(
        text,
        "\n## Reckoned for {}: what one core of the broker bears\n\n\
         {:.1} us of the broker for a publication and {further:.2} us for each further hub that \
         wants it, on this machine, many at once.\n",
        named(meeting),
        time.first
    );
    let mut table = Table::new(&[
        "hubs that want it",
        "us a publication",
        "publications/s",
        "bytes out a publication",
        "MB/s out",
    ]);
    for interested in INTERESTED {
        let (time, bytes) = (time.with(interested), bytes.with(interested));
        let rate = 1e6 / time.max(0.001);
        table.row([
            format!("{interested:.0}"),
            format!("{time:.1}"),
            format!("{rate:.0}"),
            format!("{bytes:.0}"),
            format!("{:.0}", rate * bytes / 1e6),
        ]);
    }
    let _ = write!(text, "{table}");
}

fn stamp(text: &mut String, found: &Found) {
    let machine = &found.machine;
    let rounds = found.rates.iter().map(|rate| rate.round + 1).max();
    let said = |name: &str| {
        let version = machine.versions.get(name);
        version.map_or("unknown", String::as_str).to_owned()
    };
    let _ = writeln!(
        text,
        "\n{}, commit {}, {} rounds of {} s, payload {} B. {}, {} cores, {:.0} GB; Linux {}; {}; \
         {}; {}. Load average before: {:.2}.",
        machine.date,
        machine.commit,
        rounds.unwrap_or(0),
        found.seconds,
        found.payload,
        machine.processor,
        machine.cores,
        machine.memory as f64 / 1e9,
        machine.kernel,
        machine.rustc,
        said("redis"),
        said("nats"),
        machine.load_before,
    );
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::measure::Machine;
    use crate::nodes::deeds::Deed;
    use crate::nodes::{Counted, Quiet};
    use crate::outcome::Outcome;
    use crate::runner::report::tests::flow;

    /// Three hubs on Redis: a publication costs 100 bytes and 10 us, and 50 bytes and 2 us for each
    /// further hub.
    pub(in crate::nodes) fn found() -> Found {
        let (meeting, hubs) = (Meeting::Redis, 3);
        let traffic = |bytes_out| Traffic {
            bytes_out,
            ..Traffic::default()
        };
        let deed = |interested, bytes_out| Counted {
            meeting,
            hubs,
            deed: Deed {
                name: "publication".to_owned(),
                interested,
                each: traffic(bytes_out),
            },
        };
        let rate = |interested: usize, micros: f64| {
            let deliveries = 1000 * interested as u64;
            let Outcome::Flow(mut flow) = flow(deliveries, 100, 1.0) else {
                panic!("no flow")
            };
            flow.each = vec![micros / 1e3, 0.02, 0.03, 0.04];
            Rate {
                meeting,
                hubs,
                interested,
                round: 0,
                flow,
            }
        };
        Found {
            machine: Machine::look(std::path::Path::new("."), &[]),
            seconds: 1.0,
            payload: 128,
            quiet: vec![Quiet {
                meeting,
                hubs,
                traffic: traffic(30.0),
            }],
            deeds: vec![deed(1, 100.0), deed(3, 200.0)],
            rates: vec![rate(1, 10.0), rate(3, 14.0)],
        }
    }

    #[test]
    fn everything_stands_on_the_page() {
        let text = text(&found());
        for part in [
            "## Counted on Redis, 3 hubs",
            "| 100.0 +50.0 |",
            "| Redis  |    3 |",
            "| 1000 [1000, 1000] |",
        ] {
            assert!(text.contains(part), "{part}\nnot in\n{text}");
        }
    }

    #[test]
    fn hubs_that_want_it_are_told_from_those_that_do_not() {
        let found = found();
        let [broker, publisher, wants, not] = found.rates[0].cpu();
        assert_eq!((broker, publisher), (Some(10.0), Some(20.0)));
        assert_eq!((wants, not), (Some(40.0), Some(30.0)));
        let [.., wants, not] = found.rates[1].cpu();
        assert_eq!((wants, not), (Some(35.0), None));
    }
}
