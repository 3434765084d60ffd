//! The admin listener of the server, asked over plain HTTP.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::conform::server::Server;
use crate::soak::reading::{self, Reading};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where it is, and what opens it.
pub(crate) struct Admin {
    /// Host and port.
    host: String,
    key: String,
}

/// What the server found to be left over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Leaks {
    /// How often it looked.
    pub(crate) checks: u64,
    /// How many it ever found.
    pub(crate) found: u64,
    /// Those that are there, in words.
    pub(crate) named: Vec<String>,
}

impl Admin {
    pub(crate) fn of(server: &Server) -> Result<Self> {
        let url = server.variable("WIREHUB_TEST_ADMIN")?;
        Ok(Self {
            host: url.trim_start_matches("http://").to_owned(),
            key: server.variable("WIREHUB_TEST_API_KEY")?.to_owned(),
        })
    }

    /// What the process takes now.
    pub(crate) fn read(&self, pid: u32) -> Result<Reading> {
        Reading::of(pid, &self.get("/metrics")?)
    }

    /// One of its metrics, over all labels.
    pub(crate) fn sum(&self, metric: &str) -> Result<u64> {
        reading::sum(&self.get("/metrics")?, metric)
    }

    /// What it found to be left over.
    pub(crate) fn leaks(&self) -> Result<Leaks> {
        Leaks::parse(&self.get("/debug/leaks")?)
    }

    fn get(&self, path: &str) -> Result<String> {
        let Self { host, key } = self;
        let asked = || {
            let mut stream = TcpStream::connect(host)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            // Of this version no answer comes in chunks.
            write!(
                stream,
                "GET {path} HTTP/1.0\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n\r\n"
            )?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).map(|_| answer)
        };
        let answer = asked().with_context(|| format!("the server does not answer {path}"))?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.lines().next().unwrap_or_default();
        if !status.contains(" 200 ") {
            bail!("{path} is answered with `{status}`: {body}");
        }
        Ok(body.to_owned())
    }
}

impl Leaks {
    fn parse(text: &str) -> Result<Self> {
        let answer: Value = serde_json::from_str(text).context("/debug/leaks is not JSON")?;
        let found = answer["found"].as_object().context("nothing is `found`")?;
        let leaks = answer["leaks"].as_array().context("there are no `leaks`")?;
        let named = leaks.iter().map(|leak| {
            let word = |name: &str| leak[name].as_str().unwrap_or_default();
            format!("{}: {}, {}", word("kind"), word("what"), word("born"))
        });
        Ok(Self {
            checks: answer["checks"].as_u64().unwrap_or_default(),
            found: found.values().filter_map(Value::as_u64).sum(),
            named: named.collect(),
        })
    }
}

impl fmt::Display for Leaks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { checks, found, .. } = self;
        write!(f, "{found} leaks in {checks} looks")?;
        self.named.iter().try_for_each(|leak| write!(f, "; {leak}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_over_is_read() {
        let text = r#"{"checks":7,"checked":1.5,"found":{"task":2,"memory":0},
            "leaks":[{"kind":"task","what":"call number 3","born":"a.rs:7"}]}"#;
        let leaks = Leaks::parse(text).unwrap();
        let said = leaks.to_string();
        assert_eq!(said, "2 leaks in 7 looks; task: call number 3, a.rs:7");
        assert!(Leaks::parse("{}").is_err());
    }
}
