//! Other programs: run them, read them, find them, stop them.

use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Runs a program with this tool's own output and fails when it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = show(command);
    println!("$ {line}");
    let status = command
        .status()
        .with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` ended with {status}");
    }
    Ok(())
}

/// Runs a program and gives its standard output; on failure the error holds what it said.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let line = show(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start `{line}`"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{line}` ended with {}: {}", output.status, said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program starts and succeeds; its output is not shown.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Whether `PATH` has a program of this name.
pub(crate) fn is_on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// The date in UTC, as 2026-11-22.
pub(crate) fn today() -> Result<String> {
    Ok(capture(Command::new("date").args(["-u", "+%F"]))?
        .trim()
        .to_owned())
}

/// Waits for a program to end; past the limit it is killed and the answer is `None`.
pub(crate) fn wait(child: &mut Child, limit: Duration) -> Result<Option<ExitStatus>> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Asks a program to stop, the way a service manager does (SIGTERM).
pub(crate) fn terminate(child: &Child) -> Result<()> {
    capture(Command::new("kill").args(["-TERM", &child.id().to_string()])).map(drop)
}

/// Asks a program to come to its end, as Ctrl-C does (SIGINT).
pub(crate) fn interrupt(child: &Child) -> Result<()> {
    capture(Command::new("kill").args(["-INT", &child.id().to_string()])).map(drop)
}

/// Lets a program stand still (SIGSTOP).
pub(crate) fn halt(child: &Child) -> Result<()> {
    capture(Command::new("kill").args(["-STOP", &child.id().to_string()])).map(drop)
}

/// Lets a program that stands still go on (SIGCONT).
pub(crate) fn go_on(child: &Child) -> Result<()> {
    capture(Command::new("kill").args(["-CONT", &child.id().to_string()])).map(drop)
}

/// A program that is killed when this value goes, so that no failure leaves one behind.
pub(crate) struct Guarded(pub(crate) Child);

impl Drop for Guarded {
    fn drop(&mut self) {
        // Both fail when the program has already ended, which is what is wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn show(command: &Command) -> String {
    let mut line = command.get_program().to_string_lossy().into_owned();
    if let Some(name) = line.rsplit('/').next() {
        line = name.to_owned();
    }
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}

#[cfg(test)]
mod tests;
