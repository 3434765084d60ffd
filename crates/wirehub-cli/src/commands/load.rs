//! `wirehub load`: a server under load, seen from outside.

mod crew;
mod findings;
mod form;
mod interrupts;
mod job;
mod live;
mod metrics;
mod scenario_file;
mod written;

use std::{fs, sync::Arc};

use wirehub_load::{Scenario, Share, Stop, Target, Watch};

use self::{
    job::{Credentials, Job},
    live::Live,
};
use crate::{
    cli::Load, exit_code::ExitCode, failure::Failure, layers::Sources, output, settings::Settings,
};

pub(crate) fn run(flags: &Load) -> Result<ExitCode, Failure> {
    if flags.part {
        return crew::play_part();
    }
    let (scenario, thresholds) = form::scenario(flags)?;
    if flags.print_scenario {
        output::say(&written::text(&scenario, &thresholds));
        return Ok(ExitCode::Fine);
    }
    let before = findings::baseline(flags)?;
    let layers = Sources::here(flags.config.file.clone(), Vec::new()).read()?;
    let settings = Settings::new(&layers)?;
    let job = job(flags, scenario, &settings)?;
    let (trust, targets) = (job.trust(), job.targets()?);
    wirehub_load::check(
        &job.scenario,
        &targets,
        &trust,
        &job.sources,
        flags.processes,
    )
    .map_err(Failure::usage)?;
    let watch = watch(flags, &targets, &settings)?;
    let stop = Arc::new(Stop::default());
    interrupts::catch(&stop)?;
    let mut live = Live::begin(&job.scenario, &targets);
    let outcome = match flags.processes {
        0 | 1 => {
            let order = job.order(watch)?;
            wirehub_load::run(order, &stop, &mut |progress| live.show(progress))
                .map_err(Failure::outside)
        }
        processes => crew::run(&job, processes, watch, &stop, &mut live),
    };
    live.end();
    findings::publish(outcome?, before.as_ref(), &thresholds, &job, flags)
}

fn job(flags: &Load, scenario: Scenario, settings: &Settings) -> Result<Job, Failure> {
    let authorities = flags.ca.as_ref().map(fs::read_to_string).transpose();
    let authorities = authorities.map_err(|error| {
        let file = flags.ca.as_deref().unwrap_or_else(|| "".as_ref());
        Failure::usage(format!("{}: {error}", file.display()))
    })?;
    let is_plain = matches!(scenario.speech, wirehub_load::Speech::Plain(_));
    let credentials = match &flags.token {
        Some(token) => Credentials::Token(token.clone()),
        None if is_plain => Credentials::None,
        None => Credentials::of(settings),
    };
    Ok(Job {
        urls: flags.urls.clone(),
        credentials,
        is_insecure: flags.insecure,
        authorities,
        sources: flags.sources.clone(),
        share: Share {
            process: 0,
            processes: 1,
            run: job::random()?,
            start: None,
        },
        scenario,
    })
}

fn watch(flags: &Load, targets: &[Target], settings: &Settings) -> Result<Option<Watch>, Failure> {
    if flags.pid.is_none() && flags.metrics.is_none() {
        return Ok(None);
    }
    let metrics = match &flags.metrics {
        None => None,
        Some(url) => Some((
            url.clone(),
            metrics::scrape(url, settings.api_keys.first())?,
        )),
    };
    Ok(Some(Watch {
        process: flags.pid,
        metrics,
        port: flags.pid.and(targets.first().map(Target::port)),
    }))
}
