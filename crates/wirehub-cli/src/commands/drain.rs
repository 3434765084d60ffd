//! `wirehub drain`: a hub sends its clients to the others.

use std::{
    io::{self, IsTerminal as _, Write as _},
    time::{Duration, Instant},
};

use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::server_api::{ServerApi, answer_of};
use crate::{
    cli::{Drain, Server},
    exit_code::ExitCode,
    failure::Failure,
    output,
    span::Span,
};

/// How often the hub is asked how far it is.
const LOOK: Duration = Duration::from_millis(250);
/// Without a terminal, a line is written only so often.
const EVERY: Duration = Duration::from_secs(5);

#[derive(Serialize)]
struct Body {
    moves_per_second: Option<u32>,
    /// In seconds.
    deadline: Option<f64>,
}

/// How far the hub is.
#[derive(Deserialize)]
struct Draining {
    draining: bool,
    connections: u64,
    began_with: Option<u64>,
    elapsed: Option<f64>,
    moves_per_second: Option<u32>,
    deadline: Option<f64>,
}

pub(crate) fn run(flags: &Drain) -> Result<ExitCode, Failure> {
    let server = ServerApi::find(&place(flags)?)?;
    server.run(async |server| {
        let text = match (flags.status, flags.cancel) {
            (true, _) => status(server).await?,
            (_, true) => server.post("/api/stay", &serde_json::json!({})).await?,
            _ => begin(server, flags).await?,
        };
        let now: Draining = answer_of(&text)?;
        if !(flags.status || flags.cancel || flags.no_wait) {
            return wait(server, now, flags.json).await;
        }
        match flags.json {
            true => output::say(text.trim()),
            false => output::say(&now.line()),
        }
        Ok(ExitCode::Fine)
    })
}

/// The hub that is meant.
fn place(flags: &Drain) -> Result<Server, Failure> {
    let mut server = flags.server.clone();
    match &flags.node {
        None => {}
        Some(url) if url.contains("://") => server.admin = Some(url.clone()),
        Some(address) if address.contains(':') => server.admin = Some(format!("http://{address}")),
        Some(name) => {
            return Err(Failure::usage(format!(
                "`{name}` is no address; write where the hub's admin interface is, as in \
                 http://10.0.0.7:8001"
            )));
        }
    }
    Ok(server)
}

async fn begin(server: &ServerApi, flags: &Drain) -> Result<String, Failure> {
    let body = Body {
        moves_per_second: flags.rate,
        deadline: flags.deadline.map(|span| span.0.as_secs_f64()),
    };
    server.post("/api/drain", &body).await
}

async fn status(server: &ServerApi) -> Result<String, Failure> {
    let request = server.request(Method::GET, "/api/draining").timeout(EVERY);
    let answer = server.answer(request).await?;
    answer.text().await.map_err(Failure::outside)
}

/// Shows how it goes until everybody is gone.
async fn wait(server: &ServerApi, mut now: Draining, json: bool) -> Result<ExitCode, Failure> {
    let began = Instant::now();
    let began_with = now.began_with.unwrap_or(now.connections);
    let mut board = Board::new();
    while now.connections > 0 {
        if !now.draining {
            board.end();
            return Err(Failure::refused(format!(
                "somebody called the drain off; {} connections are still there",
                now.connections
            )));
        }
        board.show(&now.line());
        tokio::time::sleep(LOOK).await;
        now = match status(server).await {
            Ok(text) => answer_of(&text)?,
            Err(failure) => {
                board.end();
                return Err(failure);
            }
        };
    }
    board.end();
    let took = began.elapsed();
    if json {
        let took = took.as_secs_f64();
        let done = serde_json::json!({"drained": true, "began_with": began_with, "took": took});
        output::say(&done.to_string());
    } else {
        output::say(&format!(
            "drained: {began_with} connections left in {:.1} s; the hub takes no new ones until \
             `wirehub drain --cancel`",
            took.as_secs_f64()
        ));
    }
    Ok(ExitCode::Fine)
}

impl Draining {
    /// How far it is, in words.
    fn line(&self) -> String {
        if !self.draining {
            return format!("serving; {} connections", self.connections);
        }
        let (began_with, elapsed) = (self.began_with.unwrap_or(0), self.elapsed.unwrap_or(0.0));
        let rate = self.moves_per_second.map_or_else(
            || "all at once".to_owned(),
            |rate| format!("{rate} a second"),
        );
        let left = (self.deadline.unwrap_or(0.0) - elapsed).max(0.0);
        let left = Span(Duration::from_secs(left.ceil() as u64));
        format!(
            "draining, {rate}; {} of {began_with} connections are still there; the rest is hung \
             up on in {left}",
            self.connections
        )
    }
}

/// Where progress is shown: in place on a terminal, elsewhere line by line.
struct Board {
    is_terminal: bool,
    last: Option<Instant>,
}

impl Board {
    fn new() -> Self {
        Self {
            is_terminal: io::stderr().is_terminal(),
            last: None,
        }
    }

    fn show(&mut self, line: &str) {
        let mut stderr = io::stderr().lock();
        // What cannot be shown is no reason to stop.
        let _ = match self.is_terminal {
            true => write!(stderr, "\r\x1b[K{line}").and_then(|()| stderr.flush()),
            false if self.last.is_some_and(|last| last.elapsed() < EVERY) => return,
            false => writeln!(stderr, "{line}"),
        };
        self.last = Some(Instant::now());
    }

    fn end(&self) {
        if self.is_terminal && self.last.is_some() {
            let _ = write!(io::stderr().lock(), "\r\x1b[K");
        }
    }
}
