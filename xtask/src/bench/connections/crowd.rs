//! Those who connect to one hub and stay: `wirehub load` with a scenario of its own.

use std::fs::File;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::conform::server::Server;
use crate::process::{self, Guarded};
use crate::project::Project;
use crate::soak::reading;

/// How long goodbyes and the report may take.
const LEAVE: Duration = Duration::from_mins(2);

/// Connections from one address of loopback.
const A_SOURCE: u32 = 500;

/// Those who connect to one hub.
pub(super) struct Crowd {
    command: Command,
    process: Option<Guarded>,
    report: PathBuf,
    log: PathBuf,
}

/// What became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct End {
    pub(super) made: u64,
    pub(super) failed: u64,
    /// Connections that ended and nobody wanted that.
    pub(super) lost: u64,
}

impl Crowd {
    /// So many, that come over a time and stay for another one, once they are told to begin.
    pub(super) fn prepare(
        project: &Project,
        (number, name): (usize, &str),
        server: &Server,
        connections: u32,
        (ramp, stay): (Duration, Duration),
    ) -> Result<Self> {
        let folder = project.scratch(name)?;
        let (scenario, report, log) = (
            folder.join("scenario.toml"),
            folder.join("found.json"),
            folder.join("crowd.log"),
        );
        std::fs::write(&scenario, text(connections, ramp, stay))?;
        let mut command = project.command(server.variable("WIREHUB_TEST_BINARY")?);
        let secret = server.variable("WIREHUB_TEST_SECRET")?;
        command.env("WIREHUB_AUTH__HMAC_SECRET", secret);
        command
            .arg("load")
            .arg(&scenario)
            .arg(server.variable("WIREHUB_TEST_URL")?);
        command
            .args(["--lines", "--settle", "0s", "--json"])
            .arg(&report);
        for source in sources(number, connections)? {
            command.args(["--source", &source.to_string()]);
        }
        let output = File::create(&log)?;
        command.stdout(output.try_clone()?).stderr(output);
        Ok(Self {
            command,
            process: None,
            report,
            log,
        })
    }

    pub(super) fn begin(&mut self) -> Result<()> {
        let child = self
            .command
            .spawn()
            .context("cannot start `wirehub load`")?;
        self.process = Some(Guarded(child));
        Ok(())
    }

    fn child(&mut self) -> Result<&mut std::process::Child> {
        let process = self.process.as_mut().context("the crowd has not begun")?;
        Ok(&mut process.0)
    }

    /// Fails when it has ended by itself.
    pub(super) fn is_there(&mut self) -> Result<()> {
        let log = self.log.display().to_string();
        match self.child()?.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("a crowd ended early with {status}; see {log}"),
        }
    }

    /// Memory that it occupies, in bytes.
    pub(super) fn resident(&self) -> Result<u64> {
        let process = self.process.as_ref().context("the crowd has not begun")?;
        reading::resident(process.0.id())
    }

    /// Has everybody leave, and hears what became of them.
    pub(super) fn end(&mut self) -> Result<End> {
        let log = self.log.display().to_string();
        let child = self.child()?;
        process::terminate(child)?;
        if process::wait(child, LEAVE)?.is_none() {
            bail!(
                "a crowd was still there {} s later; see {log}",
                LEAVE.as_secs()
            );
        }
        let report = std::fs::read_to_string(&self.report);
        said(&report.with_context(|| format!("a crowd left no report; see {log}"))?)
    }
}

/// Addresses of loopback that are of one crowd alone. Where many crowds share them, the kernel
/// looks through tens of thousands of taken ports for each one that it gives out.
fn sources(number: usize, connections: u32) -> Result<Vec<Ipv4Addr>> {
    let crowd = u8::try_from(number + 1).context("there are more crowds than addresses")?;
    let count = u8::try_from(connections.div_ceil(A_SOURCE)).context("a crowd is too large")?;
    Ok((1..=count)
        .map(|at| Ipv4Addr::new(127, 0, crowd, at))
        .collect())
}

/// The scenario, as a file.
fn text(connections: u32, ramp: Duration, stay: Duration) -> String {
    let (ramp, stay) = (ramp.as_millis().max(1), stay.as_millis());
    format!(
        "name = \"connections\"\nconnections = {connections}\nthreads = 1\ntopics = 1\n\
         publishers = 1\npatience = \"60s\"\n\
         [[phase]]\ndo = \"ramp\"\nfor = \"{ramp}ms\"\n\
         [[phase]]\ndo = \"hold\"\nfor = \"{stay}ms\"\n"
    )
}

fn said(report: &str) -> Result<End> {
    let report: Value = serde_json::from_str(report).context("the report is not JSON")?;
    let tally = &report["outcome"]["tally"];
    let count = |name: &str| tally[name].as_u64().with_context(|| format!("no `{name}`"));
    let sum = |counts: &Value, is_counted: fn(&str) -> bool| {
        let counts = counts.as_object().into_iter().flatten();
        let counts = counts.filter(|(name, _)| is_counted(name));
        counts.filter_map(|(_, count)| count.as_u64()).sum::<u64>()
    };
    Ok(End {
        made: count("connects_made")?,
        failed: sum(&tally["connects_failed"], |_| true),
        lost: sum(&tally["closes"], |name| name != "goodbye"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crowds_share_no_address() {
        let first = sources(0, 19_500).unwrap();
        let second = sources(1, 501).unwrap();
        assert_eq!((first.len(), second.len()), (39, 2));
        assert!(first.iter().all(|source| !second.contains(source)));
        assert!(sources(300, 1).is_err());
    }

    #[test]
    fn goodbyes_are_no_losses() {
        let report = r#"{"outcome":{"tally":{"connects_made":9,"connects_failed":{"reset":2},
            "closes":{"goodbye":8,"silent":1}}}}"#;
        let expected = End {
            made: 9,
            failed: 2,
            lost: 1,
        };
        assert_eq!(said(report).unwrap(), expected);
        assert!(said("{}").is_err());
    }
}
