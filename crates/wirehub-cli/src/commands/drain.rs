//! `wirehub drain`: a hub sends its clients to the others.

use std::{
    io::{self, IsTerminal as _, Write as _},
    time::{Duration, Instant},
};

use serde::Serialize;

use super::{
    draining::{Draining, Node},
    server_api::ServerApi,
};
use crate::{cli::Drain, exit_code::ExitCode, failure::Failure, output};

/// How often the hub is asked how far it is.
const LOOK: Duration = Duration::from_millis(250);
/// Without a terminal, a line is written only so often.
const EVERY: Duration = Duration::from_secs(5);
/// For how long a node may be silent, and drain all the same: until its lease is over for sure.
const SILENCE_MAX: Duration = Duration::from_secs(20);

#[derive(Serialize)]
struct How {
    moves_per_second: Option<u32>,
    /// In seconds.
    deadline: Option<f64>,
}

pub(crate) fn run(flags: &Drain) -> Result<ExitCode, Failure> {
    let node = Node::meant(flags.node.as_deref(), &flags.server)?;
    ServerApi::find(&node.server)?.run(async |server| {
        let text = match flags.status {
            true => node.look(server).await?.ok_or_else(|| silent(&node))?,
            false => begin(server, &node, flags).await?,
        };
        let now = Draining::read(&text)?;
        if !(flags.status || flags.no_wait) {
            return wait(server, &node, now, flags.json).await;
        }
        match flags.json {
            true => output::say(text.trim()),
            false => output::say(&now.line()),
        }
        Ok(ExitCode::Fine)
    })
}

async fn begin(server: &ServerApi, node: &Node, flags: &Drain) -> Result<String, Failure> {
    let how = How {
        moves_per_second: flags.rate,
        deadline: flags.deadline.map(|span| span.0.as_secs_f64()),
    };
    node.ask(server, "/api/drain", how).await
}

/// Shows how it goes until everybody is gone.
async fn wait(
    server: &ServerApi,
    node: &Node,
    mut now: Draining,
    json: bool,
) -> Result<ExitCode, Failure> {
    let began = Instant::now();
    let began_with = now.began_with.unwrap_or(now.connections);
    let mut heard = began;
    let mut board = Board::new();
    while now.connections > 0 {
        if !now.draining {
            return Err(Failure::refused(format!(
                "somebody called the drain off; {} connections are still there",
                now.connections
            )));
        }
        board.show(&now.line());
        tokio::time::sleep(LOOK).await;
        match node.look(server).await? {
            Some(text) => (now, heard) = (Draining::read(&text)?, Instant::now()),
            None if heard.elapsed() > SILENCE_MAX => return Err(silent(node)),
            None => {}
        }
    }
    drop(board);
    let took = began.elapsed();
    if json {
        let took = took.as_secs_f64();
        let done = serde_json::json!({"drained": true, "began_with": began_with, "took": took});
        output::say(&done.to_string());
    } else {
        output::say(&format!(
            "drained: {began_with} connections left in {:.1} s; the hub takes no new ones until {}",
            took.as_secs_f64(),
            now.way_back()
        ));
    }
    Ok(ExitCode::Fine)
}

fn silent(node: &Node) -> Failure {
    let name = node.name.as_deref().unwrap_or("the hub");
    Failure::refused(format!(
        "{name} does not answer; when it drains, it goes on with that"
    ))
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
}

impl Drop for Board {
    fn drop(&mut self) {
        if self.is_terminal && self.last.is_some() {
            let _ = write!(io::stderr().lock(), "\r\x1b[K");
        }
    }
}
