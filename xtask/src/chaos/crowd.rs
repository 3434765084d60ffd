//! The clients: `wirehub load` against all nodes at once.

use std::fmt::Write as _;
use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::chaos::cluster::Cluster;
use crate::chaos::network::Place;
use crate::chaos::node::SECRETS;
use crate::process::{self, Guarded};

/// Topics, each with its own publisher.
pub(crate) const TOPICS: u32 = 4;
/// Topics that each client is on.
pub(crate) const SUBSCRIPTIONS: u32 = 2;
/// Publications a second, all together.
const RATE: u32 = 40;
/// In which the clients come.
const RAMP: Duration = Duration::from_secs(2);
/// How long what is on its way at the end may take.
const DRAIN: Duration = Duration::from_secs(20);
/// How much longer than that a run may take to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A crowd that plays its scenario.
pub(crate) struct Crowd {
    child: Guarded,
    report: PathBuf,
    log: PathBuf,
}

/// What clients found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) acknowledged: u64,
    pub(crate) delivered: u64,
    /// Publications that were refused, or due while their publisher had no connection.
    pub(crate) refused: u64,
    pub(crate) lost: u64,
    pub(crate) duplicated: u64,
    pub(crate) reordered: u64,
    pub(crate) corrupt: u64,
    /// Times that a node said that something cannot be made good.
    pub(crate) gaps: u64,
    /// Clients that were not back when the run ended, or were sent away for good.
    pub(crate) missing: u64,
}

impl Crowd {
    /// Has so many clients come, and stay for so long.
    pub(crate) fn start(cluster: &Cluster, connections: u32, stays: Duration) -> Result<Self> {
        let scenario = cluster.folder.join("crowd.toml");
        let (report, log) = (
            cluster.folder.join("crowd.json"),
            cluster.folder.join("crowd.log"),
        );
        if report.exists() {
            // Of the round before.
            std::fs::remove_file(&report)?;
        }
        std::fs::write(&scenario, text(connections, stays)?)?;
        let output = File::create(&log)?;
        let mut command = cluster.network.command(Place::Crowd, &cluster.program);
        command.arg("load").arg(&scenario);
        command.args(cluster.nodes.iter().map(|node| node.url()));
        command.arg("--json").arg(&report).envs(SECRETS);
        command.stdout(output.try_clone()?).stderr(output);
        Ok(Self {
            child: Guarded(command.spawn().context("cannot start the crowd")?),
            report,
            log,
        })
    }

    /// Whether it still plays.
    pub(crate) fn is_there(&mut self) -> Result<bool> {
        Ok(self.child.0.try_wait()?.is_none())
    }

    /// Has everybody hear what is on its way and leave, and reads what they found.
    pub(crate) fn end(mut self, connections: u32) -> Result<Tally> {
        let log = self.log.display();
        if self.child.0.try_wait()?.is_none() {
            process::interrupt(&self.child.0)?;
        }
        let ended = process::wait(&mut self.child.0, DRAIN + PATIENCE)?;
        if ended.is_none() {
            bail!("the crowd has not come to an end; see {log}");
        }
        let text = std::fs::read_to_string(&self.report)
            .with_context(|| format!("the crowd found nothing; see {log}"))?;
        Tally::parse(&text, connections)
    }
}

/// The scenario.
fn text(connections: u32, stays: Duration) -> Result<String> {
    let mut text = String::new();
    writeln!(
        text,
        "name = \"chaos\"\nconnections = {connections}\nthreads = 1\n\
         traffic = \"fanout\"\ntopics = {TOPICS}\nsubscriptions = {SUBSCRIPTIONS}\n\
         publishers = {TOPICS}\npayload = \"128B\"\npatience = \"4s\"\ndrain = \"{}s\"\n\
         settle = \"0s\"\n[backoff]\nkind = \"jittered\"\nbase = \"200ms\"\ncap = \"2s\"\n\
         [[phase]]\ndo = \"ramp\"\nto = {connections}\nfor = \"{}s\"\n\
         [[phase]]\ndo = \"hold\"\nfor = \"{}ms\"\npublish = {RATE}",
        DRAIN.as_secs(),
        RAMP.as_secs(),
        stays.as_millis(),
    )?;
    Ok(text)
}

impl Tally {
    fn parse(report: &str, connections: u32) -> Result<Self> {
        let report: Value = serde_json::from_str(report).context("the report is not JSON")?;
        let tally = &report["outcome"]["tally"];
        let count = |name: &str| {
            let count = tally[name].as_u64();
            count.with_context(|| format!("the report has no `{name}`"))
        };
        let goodbyes = tally["closes"]["goodbye"].as_u64().unwrap_or(0);
        // At the end everybody who is there says goodbye, publishers too.
        let owed = u64::from(connections) + u64::from(TOPICS);
        Ok(Self {
            acknowledged: count("acknowledged")?,
            delivered: count("delivered")?,
            refused: count("refused")? + count("unsent")?,
            lost: count("lost")?,
            duplicated: count("duplicated")?,
            reordered: count("reordered")?,
            corrupt: count("corrupt")?,
            gaps: count("gaps_told")?,
            missing: owed.saturating_sub(goodbyes),
        })
    }

    /// Adds another one.
    pub(crate) fn add(&mut self, other: &Self) {
        self.acknowledged += other.acknowledged;
        self.delivered += other.delivered;
        self.refused += other.refused;
        self.lost += other.lost;
        self.duplicated += other.duplicated;
        self.reordered += other.reordered;
        self.corrupt += other.corrupt;
        self.gaps += other.gaps;
        self.missing += other.missing;
    }

    /// What must not be. Gaps may be admitted where topics had to begin anew.
    pub(crate) fn faults(&self, may_admit_gaps: bool) -> Vec<String> {
        let gaps = if may_admit_gaps { 0 } else { self.gaps };
        let none = [
            (self.lost, "lost"),
            (self.duplicated, "came twice"),
            (self.reordered, "came out of order"),
            (self.corrupt, "are not what was sent"),
            (gaps, "gaps were admitted"),
            (self.missing, "clients were not there at the end"),
        ];
        let wrong = none.iter().filter(|(count, _)| *count > 0);
        let mut faults: Vec<String> = wrong
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if self.acknowledged == 0 || self.delivered == 0 {
            faults.push("nothing was published and heard".to_owned());
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    const REPORT: &str = r#"{"outcome":{"tally":{"acknowledged":9,"delivered":8,"refused":1,
        "unsent":2,"lost":0,"duplicated":0,"reordered":0,"corrupt":0,"gaps_told":0,
        "closes":{"goodbye":64}}}}"#;

    #[test]
    fn a_round_without_faults_has_none() {
        let tally = Tally::parse(REPORT, 60).unwrap();
        assert_eq!((tally.refused, tally.missing), (3, 0));
        assert_eq!(tally.faults(false), [""; 0]);
    }

    #[test]
    fn what_must_not_be_is_named() {
        for (field, fault) in [
            ("lost", "7 lost"),
            ("duplicated", "7 came twice"),
            ("reordered", "7 came out of order"),
            ("corrupt", "7 are not what was sent"),
            ("gaps_told", "7 gaps were admitted"),
        ] {
            let report = REPORT.replace(&format!("\"{field}\":0"), &format!("\"{field}\":7"));
            let tally = Tally::parse(&report, 60).unwrap();
            assert_eq!(tally.faults(false), [fault], "{field}");
            let is_forgiven = field == "gaps_told";
            assert_eq!(tally.faults(true).is_empty(), is_forgiven, "{field}");
        }
        let tally = Tally::parse(REPORT, 61).unwrap();
        assert_eq!(tally.faults(false), ["1 clients were not there at the end"]);
        let nothing = REPORT.replace("\"delivered\":8", "\"delivered\":0");
        let tally = Tally::parse(&nothing, 60).unwrap();
        assert_eq!(tally.faults(false), ["nothing was published and heard"]);
        assert!(Tally::parse("{}", 60).is_err());
    }
}
