//! Those who come and go: the example `soak_agent` of the Rust client.

use std::io::Read as _;
use std::process::{ChildStdin, ChildStdout, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::conform::rust_agent;
use crate::conform::server::Server;
use crate::process::{self, Guarded};
use crate::project::Project;

/// How long the last visitors may stay.
const LEAVE: Duration = Duration::from_mins(2);
/// One visit in so many may fail, as on a busy machine some come too late.
const FAILED: u64 = 20;

/// A crowd that comes until it is told to end.
pub(crate) struct Crowd {
    child: Guarded,
    input: Option<ChildStdin>,
    output: ChildStdout,
}

impl Crowd {
    /// Builds it, and has so many come in a second.
    pub(crate) fn start(project: &Project, server: &Server, rate: u32) -> Result<Self> {
        let program = rust_agent::build(project, "soak_agent")?;
        let mut command = project.command(program);
        command.arg(rate.to_string()).envs(server.environment());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = Guarded(command.spawn().context("cannot start the crowd")?);
        let output = child.0.stdout.take().context("the crowd has no output")?;
        Ok(Self {
            input: child.0.stdin.take(),
            output,
            child,
        })
    }

    /// Fails when it has ended by itself.
    pub(crate) fn is_there(&mut self) -> Result<()> {
        match self.child.0.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("the crowd ended by itself with {status}"),
        }
    }

    /// Has everybody leave; says what they did, and what was wrong with that.
    pub(crate) fn end(mut self) -> Result<(String, Option<String>)> {
        drop(self.input.take());
        match process::wait(&mut self.child.0, LEAVE)? {
            None => bail!("visitors were still there {} s later", LEAVE.as_secs()),
            Some(status) if !status.success() => bail!("the crowd ended with {status}"),
            Some(_) => {}
        }
        let mut line = String::new();
        self.output.read_to_string(&mut line)?;
        said(&line)
    }
}

fn said(line: &str) -> Result<(String, Option<String>)> {
    let counts: Value = serde_json::from_str(line).context("the crowd does not say what it did")?;
    let number = |name: &str| {
        counts[name]
            .as_u64()
            .with_context(|| format!("no `{name}`"))
    };
    let (visits, failed) = (number("visits")?, number("failed")?);
    let (published, heard) = (number("published")?, number("heard")?);
    // Those that fail load nothing, so what is found with them says nothing.
    let is_no_load = failed > visits / FAILED || published == 0;
    let fault = is_no_load.then(|| {
        let reason = counts["reason"].as_str().unwrap_or("nobody said why");
        format!("{failed} visits failed and {visits} did not; the first: {reason}")
    });
    let done = format!(
        "{visits} visits and {failed} that failed, {published} publications, {heard} deliveries \
         to those who stayed"
    );
    Ok((done, fault))
}

#[cfg(test)]
mod tests {
    use super::said;

    #[test]
    fn a_crowd_says_what_it_did() {
        let line = r#"{"visits":50,"failed":1,"published":9,"heard":180}"#;
        let text =
            "50 visits and 1 that failed, 9 publications, 180 deliveries to those who stayed";
        assert_eq!(said(line).unwrap(), (text.to_owned(), None));
        assert!(said("{}").is_err());
    }

    #[test]
    fn a_crowd_that_does_not_get_in_is_no_load() {
        let line = r#"{"visits":50,"failed":9,"published":9,"heard":180,"reason":"refused"}"#;
        let (_, fault) = said(line).unwrap();
        assert!(
            fault
                .unwrap()
                .contains("9 visits failed and 50 did not; the first: refused")
        );
    }
}
