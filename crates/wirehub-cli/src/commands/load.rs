//! `wirehub load`: a server under load, seen from outside.

mod agent;
mod bond;
mod crew;
mod findings;
mod form;
mod interrupts;
mod job;
mod live;
mod metrics;
mod part;
mod scenario_file;
mod written;

use std::{fs, sync::Arc};

use wirehub_load::{Scenario, Share, Stop, Target, Watch};

use self::{
    bond::Bond,
    crew::{Agents, Crew},
    job::{Credentials, Job},
    live::Live,
};
use crate::{
    cli::{Load, LoadCommand},
    exit_code::ExitCode,
    failure::Failure,
    layers::Sources,
    output,
    settings::Settings,
};

pub(crate) fn run(flags: &Load) -> Result<ExitCode, Failure> {
    if let Some(LoadCommand::Agent(flags)) = &flags.command {
        return agent::run(flags);
    }
    if flags.part {
        return part::play(&flags.sources);
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
    let crew = match flags.agents.as_slice() {
        // What agents can hold, they say themselves.
        [_, ..] => {
            let bond = Bond::new(flags.secret.as_ref())?;
            let agents = Agents::new(flags.agents.clone(), bond)?;
            Some(Crew::at(agents, flags.processes.max(1))?)
        }
        [] => {
            wirehub_load::check(&job.scenario, &targets, &trust, &job.sources, &share(flags))
                .map_err(Failure::usage)?;
            (flags.processes > 1)
                .then(|| Crew::here(flags.processes))
                .transpose()?
        }
    };
    let watch = watch(flags, &targets, &settings)?;
    let stop = Arc::new(Stop::default());
    interrupts::catch(&stop)?;
    let mut live = Live::begin(&job.scenario, &targets, &stop, flags.lines)?;
    let outcome = match crew {
        None => {
            let order = job.order(watch)?;
            wirehub_load::run(order, &stop, &mut |progress| live.show(progress))
                .map_err(Failure::outside)
        }
        Some(crew) => crew.run(&job, watch, &stop, &mut live),
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
            run: job::random()?,
            ..share(flags)
        },
        scenario,
    })
}

/// All of the run, on this machine.
fn share(flags: &Load) -> Share {
    Share {
        process: 0,
        processes: flags.processes,
        here: flags.processes,
        run: 0,
        start: None,
    }
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
