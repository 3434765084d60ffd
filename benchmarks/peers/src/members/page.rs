//! The page.

use std::fmt::Write as _;

use super::{Crowd, Found};
use crate::runner::cluster::Meeting;
use crate::runner::table::Table;

/// All of it in Markdown.
pub(super) fn text(found: &Found) -> String {
    let mut text = format!(
        "# Many members of one topic\n\n\
         Written by `wirehub-bench members --write`. {} connections to several hubs are members \
         of one topic; one more hub has none of them and follows all. Then {:.0} members leave in \
         each second, and each comes back at once. Hubs, broker and clients are on one machine, so \
         that rates of coming say how busy that is; bytes and messages for a change do not depend \
         on it.\n\n",
        found.members, found.churn
    );
    let mut gathered = Table::new(&[
        "broker",
        "hubs",
        "all there after s",
        "of the broker, B a member",
        "of a hub that follows, B a member",
        "of the hub of its connection, B a member",
    ]);
    let mut churn = Table::new(&[
        "broker",
        "left/s",
        "came/s",
        "commands or messages in",
        "messages out",
        "B in",
        "B out",
        "B out/s",
        "broker CPU",
        "hubs CPU",
        "following hub CPU",
        "all know it after s",
    ]);
    for crowd in &found.crowds {
        gathered.row(gathering(crowd));
        churn.row(turnover(crowd));
    }
    let _ = writeln!(
        text,
        "{gathered}\n\
         ## Coming and going\n\n\
         Figures at the broker are for a change: one who leaves or one who comes. Processor time \
         is in seconds of it in a second.\n\n{churn}"
    );
    let machine = &found.machine;
    let seconds = found.crowds.first().map_or(0.0, |crowd| crowd.seconds);
    let _ = writeln!(
        text,
        "{}, commit {}, {seconds:.0} s of coming and going. {}, {} cores, {:.0} GB; Linux {}; {}. \
         Load average before: {:.2}.",
        machine.date,
        machine.commit,
        machine.processor,
        machine.cores,
        machine.memory as f64 / 1e9,
        machine.kernel,
        machine.rustc,
        machine.load_before,
    );
    text
}

/// As people write it.
const fn named(meeting: Meeting) -> &'static str {
    match meeting {
        Meeting::Redis => "Redis",
        Meeting::Nats => "NATS",
    }
}

fn gathering(crowd: &Crowd) -> [String; 6] {
    [
        named(crowd.meeting).to_owned(),
        format!("{} + 1", crowd.hubs),
        format!("{:.0}", crowd.gathered),
        format!("{:.0}", crowd.broker_bytes),
        format!("{:.0}", crowd.following_bytes),
        format!("{:.0}", crowd.leading_bytes),
    ]
}

fn turnover(crowd: &Crowd) -> [String; 12] {
    let changes = (crowd.left + crowd.came) as f64 / crowd.seconds;
    let each = crowd.traffic * (1.0 / changes.max(1.0));
    let [broker, leading, following] = crowd.cpu;
    [
        named(crowd.meeting).to_owned(),
        format!("{:.0}", crowd.left as f64 / crowd.seconds),
        format!("{:.0}", crowd.came as f64 / crowd.seconds),
        format!("{:.1}", each.asked),
        match crowd.meeting {
            Meeting::Redis => "-".to_owned(),
            Meeting::Nats => format!("{:.1}", each.told),
        },
        format!("{:.0}", each.bytes_in),
        format!("{:.0}", each.bytes_out),
        format!("{:.0}", crowd.traffic.bytes_out),
        format!("{broker:.2}"),
        format!("{leading:.2}"),
        format!("{following:.2}"),
        format!("{:.2}", crowd.agreed),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Machine;
    use crate::nodes::tally::Traffic;

    #[test]
    fn traffic_is_told_for_a_change() {
        let crowd = Crowd {
            meeting: Meeting::Nats,
            hubs: 6,
            gathered: 30.0,
            broker_bytes: 400.0,
            following_bytes: 160.0,
            leading_bytes: 700.0,
            seconds: 10.0,
            left: 10_000,
            came: 10_000,
            traffic: Traffic {
                asked: 4_000.0,
                told: 14_000.0,
                bytes_in: 200_000.0,
                bytes_out: 2_000_000.0,
                ..Traffic::default()
            },
            cpu: [0.5, 0.4, 0.1],
            agreed: 0.02,
        };
        let found = Found {
            machine: Machine::look(std::path::Path::new("."), &[]),
            members: 100_000,
            churn: 1000.0,
            crowds: vec![crowd.clone()],
        };
        let cells = turnover(&crowd);
        assert_eq!(cells[1..7], ["1000", "1000", "2.0", "7.0", "100", "1000"]);
        let text = text(&found);
        assert!(text.contains("100000 connections"), "{text}");
        assert!(text.contains("| NATS   | 6 + 1 |"), "{text}");
    }
}
