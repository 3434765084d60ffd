//! What is made of a run: its report, in the forms that were asked for, and the exit code.

use std::{
    fs,
    io::{self, IsTerminal as _},
    path::Path,
};

use wirehub_load::{
    Baseline, Comparison, FailureCause, Machine, Outcome, Report, Ruling, Thresholds, Verdict,
};

use super::{
    job::{Credentials, Job},
    written,
};
use crate::{cli::Load, exit_code::ExitCode, failure::Failure, output};

/// The earlier run to compare with, read before this one begins.
pub(super) fn baseline(flags: &Load) -> Result<Option<Outcome>, Failure> {
    let Some(file) = &flags.baseline else {
        return Ok(None);
    };
    let named = |error: &dyn std::fmt::Display| {
        Failure::usage(format!("--baseline {}: {error}", file.display()))
    };
    let text = fs::read_to_string(file).map_err(|error| named(&error))?;
    let outcome = Baseline::read(&text).map_err(|error| named(&error))?;
    Ok(Some(outcome))
}

/// Judges what was found, says it, and ends with a code that says it too.
pub(super) fn publish(
    mut outcome: Outcome,
    before: Option<&Outcome>,
    thresholds: &Thresholds,
    job: &Job,
    flags: &Load,
) -> Result<ExitCode, Failure> {
    explain(&mut outcome, job);
    let opened = outcome.tally.connects_made;
    let comparison = before.map(|before| Comparison::of(before, &outcome));
    let mut verdict = Verdict::of(&outcome, thresholds);
    if let Some(comparison) = &comparison {
        verdict = verdict.counting(comparison);
    }
    let ruling = verdict.ruling;
    let report = Report {
        verdict,
        comparison,
        machine: Machine::here(),
        script: Some(written::text(&job.scenario, thresholds)),
        outcome,
    };
    output::say(&report.to_text(io::stdout().is_terminal()));
    if let Some(file) = &flags.json {
        write(file, &report.to_json().map_err(Failure::outside)?)?;
    }
    if let Some(file) = &flags.markdown {
        write(file, &report.to_markdown())?;
    }
    if let Some(file) = &flags.html {
        write(file, &report.to_html())?;
    }
    match ruling {
        _ if opened == 0 && !report.outcome.interrupted => Err(Failure::outside(
            "not one connection opened; the causes stand above",
        )),
        Ruling::Fail => Ok(ExitCode::Refused),
        Ruling::Warn if flags.strict => Ok(ExitCode::Refused),
        Ruling::Warn | Ruling::Pass => Ok(ExitCode::Fine),
    }
}

/// Says what the outcome itself cannot know.
fn explain(outcome: &mut Outcome, job: &Job) {
    let unauthorized = FailureCause::Unauthorized;
    if outcome.tally.connects_failed.contains_key(&unauthorized) {
        outcome.remark(match job.credentials {
            Credentials::None => {
                "the server wants a token and there was no secret to sign any with: set \
                 WIREHUB_AUTH__HMAC_SECRET to the hub's, or give a --token"
            }
            _ => "the server does not take the tokens: is the secret, or the token, that hub's?",
        });
    }
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    fs::write(file, text).map_err(|error| Failure::outside(format!("{}: {error}", file.display())))
}
