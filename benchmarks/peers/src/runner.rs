//! Starts each server in turn, loads it, and compares what came out.
//!
//! The runs of one case are interleaved: a round is one run of every server, and each round
//! begins with another one. A slow spell of the machine then hits all of them, and the ratio of
//! two servers is taken within a round before the median over the rounds.

pub(crate) mod cluster;
pub mod compare;
mod figures;
pub mod goals;
mod paths;
mod peer;
mod plot;
pub(crate) mod report;
mod room;
pub(crate) mod rounds;
mod server;
mod subject;
pub(crate) mod table;
mod watcher;

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

pub use paths::Paths;
pub use peer::Peer;
pub use report::{Report, Section};
pub use rounds::{Run, Stamp};
pub use subject::Subject;

use crate::case::Case;
use crate::measure::{Core, raise_file_limit};

/// How to compare, over the published cases or over some of them.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Only these cases: a whole name (fanout-500-w4) or a part of published ones (echo).
    #[arg(long = "only", value_name = "CASE")]
    pub only: Vec<String>,
    /// Only these servers.
    #[arg(long = "peer", value_name = "PEER", value_enum)]
    pub peers: Vec<Peer>,
    /// Rounds of a case; idle takes two at the most, because memory hardly varies.
    #[arg(long, default_value_t = 5)]
    pub rounds: usize,
    /// Measured seconds of a run of fan-out, echo and storm.
    #[arg(long, default_value_t = 2.0)]
    pub seconds: f64,
    /// Seconds idle connections are held, and waited for after they are closed.
    #[arg(long, default_value_t = 10.0)]
    pub hold: f64,
    /// Application data of a message in bytes.
    #[arg(long, default_value_t = 128)]
    pub payload: usize,
    /// Application data of a message for the servers without an envelope. Set so that their
    /// frames are as long as Wirehub's, it shows what the envelope costs.
    #[arg(long)]
    pub plain_payload: Option<usize>,
    /// Storm: a connection gets a message before it closes.
    #[arg(long)]
    pub first_message: bool,
    /// The core for the server.
    #[arg(long, default_value = "0")]
    pub server_core: Core,
    /// The core for the client.
    #[arg(long, default_value = "1")]
    pub client_core: Core,
    /// Write the documents of the table; cases that were not measured keep their results.
    #[arg(long)]
    pub write: bool,
    /// Measure nothing, and write the documents anew from the results that are kept.
    #[arg(long, conflicts_with_all = ["only", "write"])]
    pub render: bool,
    /// Where the servers are.
    #[command(flatten)]
    pub paths: Paths,
}

/// Measures and prints; writes when asked to.
///
/// # Errors
/// When no case fits, a limit is too low, the client cannot be run, or a file cannot be written.
/// A server that is missing or fails is reported and is no error.
pub fn run(subject: Subject, options: &Options, out: &mut impl Write) -> io::Result<()> {
    if options.render {
        return write(subject, options, None, out);
    }
    let cases = chosen(&subject.cases(), &options.only)?;
    check_limit(&cases)?;
    let machine = options.paths.machine();
    if machine.load_before > 0.5 {
        writeln!(
            out,
            "note: the load average is {:.2}; figures will be poor",
            machine.load_before
        )?;
    }
    let mut measured = Report::default();
    for case in cases {
        let peers = match options.peers.as_slice() {
            [] => subject.peers(case),
            chosen => chosen,
        };
        let section = rounds::measure(options, &machine, case, peers, out)?;
        report::write_section(out, &section)?;
        measured.sections.push(section);
    }
    report::write_goals(out, subject, &measured)?;
    if options.write {
        write(subject, options, Some(measured), out)
    } else {
        Ok(())
    }
}

fn write(
    subject: Subject,
    options: &Options,
    measured: Option<Report>,
    out: &mut impl Write,
) -> io::Result<()> {
    let results = options.paths.results();
    let name = subject.name();
    let json = results.join(format!("{name}.json"));
    let markdown = results.join(format!("{name}.md"));
    let mut report = match fs::read_to_string(&json) {
        Ok(text) => serde_json::from_str(&text)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Report::default(),
        Err(error) => return Err(error),
    };
    if let Some(measured) = measured {
        report.replace(measured, &subject.cases());
        fs::write(&json, serde_json::to_string_pretty(&report)? + "\n")?;
    }
    let picture = plot::drawn(subject.title(), &report);
    let mut text = Vec::new();
    report::write_all(&mut text, subject, &report, picture.is_some())?;
    if let Some(picture) = picture {
        fs::write(results.join(format!("{name}.svg")), picture)?;
    }
    fs::write(&markdown, text)?;
    writeln!(
        out,
        "written: {}, of {}",
        markdown.display(),
        json.display()
    )
}

/// The published cases that a part of a name fits, or the one case a whole name says.
fn chosen(published: &[Case], only: &[String]) -> io::Result<Vec<Case>> {
    if only.is_empty() {
        return Ok(published.to_vec());
    }
    let mut cases = Vec::new();
    for wanted in only {
        let fitting = published
            .iter()
            .copied()
            .filter(|case| case.to_string().contains(wanted));
        let before = cases.len();
        match wanted.parse() {
            Ok(case) => cases.push(case),
            Err(_) => cases.extend(fitting),
        }
        if cases.len() == before {
            let names: Vec<String> = published.iter().map(ToString::to_string).collect();
            let names = names.join(", ");
            return Err(io::Error::other(format!(
                "no case fits {wanted:?}; there are {names}"
            )));
        }
    }
    Ok(cases)
}

/// Client and server need a descriptor for each connection and some besides.
fn check_limit(cases: &[Case]) -> io::Result<()> {
    const BESIDES: u64 = 100;
    let limit = raise_file_limit()?;
    for case in cases {
        if case.connections() as u64 + BESIDES > limit {
            return Err(io::Error::other(format!(
                "{case} needs {} descriptors and a process may open {limit}; raise the hard \
                 limit or leave the case out with --only",
                case.connections() as u64 + BESIDES
            )));
        }
    }
    Ok(())
}

/// The root of the repository, found from the place of this crate.
fn repository() -> PathBuf {
    let crate_root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    crate_root
        .ancestors()
        .nth(2)
        .map_or_else(|| PathBuf::from("."), PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::chosen;
    use crate::case::Case;

    #[test]
    fn parts_and_whole_names_choose_cases() {
        let pick = |only: &[&str]| {
            let only: Vec<String> = only.iter().map(ToString::to_string).collect();
            chosen(&Case::ALL, &only)
        };
        assert_eq!(pick(&[]).expect("all").len(), Case::ALL.len());
        assert_eq!(pick(&["fanout"]).expect("four").len(), 4);
        assert_eq!(pick(&["w16"]).expect("two").len(), 2);
        assert_eq!(
            pick(&["echo-7"]).expect("one"),
            [Case::Echo { connections: 7 }]
        );
        assert!(
            pick(&["rain"])
                .expect_err("none")
                .to_string()
                .contains("fanout-1000-w1")
        );
    }

    #[test]
    fn a_case_beyond_the_limit_is_refused_with_the_reason() {
        let case = Case::Idle {
            connections: usize::MAX / 2,
        };
        let error = super::check_limit(&[case]).expect_err("too many");
        assert!(error.to_string().contains("descriptors"), "{error}");
    }
}
