//! `wirehub serve`: the hub as a process.

mod banner;
mod development;
mod open_files;
mod ready_file;
mod reload;
mod signals;

use std::time::Duration;

use tokio::runtime;
use wirehub::Hub;

use self::{
    development::Development,
    ready_file::ReadyFile,
    reload::Reloader,
    signals::{Signal, Signals},
};
use crate::{
    cli::Serve,
    exit_code::ExitCode,
    failure::Failure,
    layers::{Layers, Sources},
    log, output,
    settings::Settings,
};

/// Threads of the main runtime. The shards have threads of their own; what is left is key fetches,
/// health checks and signals.
const WORKERS: usize = 2;
/// How often the certificate's files are looked at.
const CERTIFICATE_LOOK: Duration = Duration::from_secs(2);

pub(crate) fn run(flags: &Serve) -> Result<ExitCode, Failure> {
    let sources = sources(flags);
    let layers = sources.read()?;
    let mut settings = Settings::new(&layers)?;
    settings.load_tls()?;
    let filter = log::parse_level(&settings.log_level).map_err(Failure::usage)?;
    log::start(filter, settings.log_format);
    open_files::raise(settings.hub.limits.connections);
    let development = Development::for_this_run(&mut settings)?;

    let main = runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .thread_name("wirehub-main")
        .enable_all()
        .build();
    let main = main.map_err(|error| Failure::outside(format!("failed to start: {error}")))?;
    main.block_on(serve(flags, sources, &layers, settings, development))
}

/// The settings of a run: flags are the strongest.
fn sources(flags: &Serve) -> Sources {
    Sources::here(
        flags.config.file.clone(),
        vec![
            ("listen", "--listen", flags.listen.clone()),
            ("admin.listen", "--admin-listen", flags.admin_listen.clone()),
            ("shards", "--shards", flags.shards.clone()),
            ("log.level", "--log", flags.log.clone()),
        ],
    )
}

async fn serve(
    flags: &Serve,
    sources: Sources,
    layers: &Layers,
    settings: Settings,
    development: Development,
) -> Result<ExitCode, Failure> {
    // Signals are caught before anybody can see that the hub runs, so none is missed.
    let signals = Signals::catch().map_err(Failure::outside)?;
    let hub = Hub::builder().settings(settings.hub.clone()).start().await;
    let hub = hub.map_err(Failure::outside)?;
    let addresses = Addresses::of(&hub, &settings);
    output::say(&banner::text(&settings, &addresses, &development));
    let ready_file = match &flags.ready_file {
        Some(path) => ReadyFile::write(path, &addresses).map(Some),
        None => Ok(None),
    };
    let outcome = match &ready_file {
        Ok(_) => {
            let reloader = Reloader::new(hub.clone(), sources, settings, layers, development);
            until_told(&hub, signals, reloader).await
        }
        Err(_) => ExitCode::Failed,
    };
    hub.stop().await;
    drop(ready_file?);
    Ok(outcome)
}

/// Where the hub can be reached.
#[derive(Clone, Debug)]
pub(crate) struct Addresses {
    public: String,
    admin: Option<String>,
}

impl Addresses {
    fn of(hub: &Hub, settings: &Settings) -> Self {
        let scheme = if settings.hub.tls.is_some() {
            "https"
        } else {
            "http"
        };
        let address = hub.address().unwrap_or(settings.listen);
        Self {
            public: format!("{scheme}://{address}"),
            admin: None,
        }
    }
}

/// Serves until a signal says to stop, or a shard fails.
async fn until_told(hub: &Hub, mut signals: Signals, mut reloader: Reloader) -> ExitCode {
    let mut look = tokio::time::interval(CERTIFICATE_LOOK);
    loop {
        tokio::select! {
            signal = signals.next() => match signal {
                Signal::Reload => reloader.reload().await,
                Signal::Interrupt | Signal::Terminate => break,
            },
            _ = look.tick() => reloader.look_at_certificate(),
            () = hub.failed() => {
                tracing::error!("a shard has failed; the process ends to be started anew");
                return ExitCode::ShardFailed;
            }
        }
    }
    tracing::info!("draining; the same signal again ends the process at once");
    tokio::select! {
        () = hub.drain(reloader.drain()) => {
            tracing::info!("drained");
            ExitCode::Fine
        }
        code = signals.second() => {
            tracing::warn!("a second signal; clients that are left are hung up on");
            code
        }
    }
}
