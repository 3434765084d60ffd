//! A run line by line, on standard error, so that the result stands alone.

use std::{
    fmt::Write as _,
    io::{self, IsTerminal as _, Write as _},
    time::Duration,
};

use wirehub_load::{Progress, Row, Scenario, Target};

use crate::span::Span;

/// Without a terminal, a line is written only so often.
const EVERY: u32 = 10;
const BAR: usize = 20;

/// Shows progress: on a terminal in place, elsewhere line by line.
pub(in super::super) struct Lines {
    is_terminal: bool,
    ticks: u32,
    doing: String,
}

impl Lines {
    pub(super) fn begin(scenario: &Scenario, targets: &[Target]) -> Self {
        let lasts = Duration::from_secs_f64(scenario.lasts().as_secs_f64().round());
        let mut stderr = io::stderr().lock();
        let _ = writeln!(
            stderr,
            "{}: {} connections to {} for {}",
            scenario.name,
            scenario.connections,
            Target::names(targets),
            Span(lasts)
        );
        Self {
            is_terminal: io::stderr().is_terminal(),
            ticks: 0,
            doing: String::new(),
        }
    }

    pub(super) fn show(&mut self, progress: &Progress<'_>) {
        let is_news = self.doing != progress.doing;
        self.doing.clone_from(&progress.doing);
        let tick = self.ticks;
        self.ticks = self.ticks.wrapping_add(1);
        let mut stderr = io::stderr().lock();
        if self.is_terminal {
            // Back to the beginning of the line, which is cleared behind what is written.
            let _ = write!(stderr, "\r{} {}\x1b[K", bar(progress), line(progress));
            let _ = stderr.flush();
        } else if is_news || tick.is_multiple_of(EVERY) {
            let _ = writeln!(stderr, "{}", line(progress));
        }
    }

    /// Leaves the line as it is last.
    pub(super) fn end(&self) {
        if self.is_terminal {
            let _ = writeln!(io::stderr().lock());
        }
    }
}

fn bar(progress: &Progress<'_>) -> String {
    let part = match progress.lasts > 0.0 {
        true => (progress.at / progress.lasts).clamp(0.0, 1.0),
        false => 1.0,
    };
    let full = (part * BAR as f64) as usize;
    format!("[{}{}]", "#".repeat(full), " ".repeat(BAR - full))
}

fn line(progress: &Progress<'_>) -> String {
    let row: &Row = progress.row;
    let mut line = format!("{:>4.0}s  {}", progress.at, progress.doing);
    let _ = write!(line, "  open {}", row.open);
    for (name, count) in [
        ("made", row.made),
        ("failed", row.failed),
        ("closed", row.closes.values().sum()),
        ("delivered", row.delivered),
        ("lost", row.lost),
    ] {
        if count > 0 {
            let _ = write!(line, "  {name} {count}");
        }
    }
    if let Some(p99) = row.delivery_quantile(0.99) {
        let _ = write!(line, "  p99 {:.1} ms", p99.as_secs_f64() * 1e3);
    }
    if let Some(server) = progress.server {
        if let Some(files) = server.descriptors {
            let _ = write!(line, "  server: {files} files");
        }
        if let Some(memory) = server.memory {
            let _ = write!(line, " {} MiB", memory >> 20);
        }
    }
    line
}
