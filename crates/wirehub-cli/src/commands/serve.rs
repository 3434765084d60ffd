//! `wirehub serve`: the hub as a process.

mod admin;
mod banner;
mod client;
mod development;
mod heap;
mod open_files;
mod ready_file;
mod reload;
mod signals;
mod store;

use std::{sync::Arc, time::Duration};

use tokio::runtime;
use wirehub::{Hub, HubBuilder, traces::Tracer};

use self::{
    admin::Admin,
    development::Development,
    heap::ProgramHeap,
    ready_file::ReadyFile,
    reload::{Reloader, Running},
    signals::{Signal, Signals},
    store::Store,
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
    for advice in settings.advice() {
        tracing::warn!("{advice}");
    }
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
    let store = Store::open(&settings)?;
    let apps = settings.hub.pusher.apps.clone();
    let hub = client::hand_out(Hub::builder().settings(settings.hub.clone()));
    let outlets = settings.events.outlets().map_err(Failure::outside)?;
    let hub = store.serve(hub).events(outlets);
    let hub = traced(hub, &settings)?.whole_process(Arc::new(ProgramHeap::default()));
    let hub = match hub.start().await {
        Ok(hub) => hub,
        Err(error) => {
            store.close().await;
            return Err(Failure::outside(error));
        }
    };
    let admin = take_in(&settings, &hub).and_then(|()| Admin::start(&settings, &hub));
    let outcome = match admin {
        Ok(admin) => {
            let addresses = Addresses::of(&hub, &admin, &settings);
            output::say(&banner::text(&settings, &addresses, &development));
            let running = Running {
                hub: hub.clone(),
                api_keys: admin.api_keys(),
                pusher_apps: apps,
                shown: admin.shown(),
            };
            let reloader = Reloader::new(running, sources, settings, layers, development);
            let outcome = announced(flags, &hub, &addresses, signals, reloader).await;
            // Whoever signals twice does not want to wait for open requests either.
            let hurried = [ExitCode::Interrupted, ExitCode::Terminated];
            if !outcome.as_ref().is_ok_and(|code| hurried.contains(code)) {
                hub.stop().await;
                admin.stop();
            }
            outcome
        }
        Err(failure) => {
            hub.stop().await;
            Err(failure)
        }
    };
    store.close().await;
    tracing::info!("stopped");
    outcome
}

/// Begins to publish what comes through logs.
fn take_in(settings: &Settings, hub: &Hub) -> Result<(), Failure> {
    let mut intakes = settings.intakes.iter();
    intakes
        .try_for_each(|intake| intake.begin(hub))
        .map_err(Failure::outside)
}

/// Has the hub tell which way publications go, if it is to.
fn traced(hub: HubBuilder, settings: &Settings) -> Result<HubBuilder, Failure> {
    let Some(settings) = &settings.traces else {
        return Ok(hub);
    };
    let (tracer, exporter) = Tracer::new(settings).map_err(Failure::usage)?;
    Ok(hub.traces(tracer, exporter))
}

/// Serves while the ready file is there.
async fn announced(
    flags: &Serve,
    hub: &Hub,
    addresses: &Addresses,
    signals: Signals,
    reloader: Reloader,
) -> Result<ExitCode, Failure> {
    let path = flags.ready_file.as_deref();
    let _ready_file = path
        .map(|path| ReadyFile::write(path, addresses))
        .transpose()?;
    Ok(until_told(hub, signals, reloader).await)
}

/// Where the hub can be reached.
#[derive(Clone, Debug)]
pub(crate) struct Addresses {
    public: String,
    admin: String,
}

impl Addresses {
    fn of(hub: &Hub, admin: &Admin, settings: &Settings) -> Self {
        let scheme = if settings.hub.tls.is_some() {
            "https"
        } else {
            "http"
        };
        let address = hub.address().unwrap_or(settings.listen);
        Self {
            public: format!("{scheme}://{address}"),
            admin: format!("http://{}", admin.address()),
        }
    }
}

/// Serves until a signal says to stop, or the hub cannot go on.
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
                tracing::error!("the hub cannot go on; the process ends to be started anew");
                return ExitCode::ShardFailed;
            }
        }
    }
    tracing::info!("draining; the same signal again ends the process at once");
    tokio::select! {
        () = drain_and_stop(hub) => ExitCode::Fine,
        code = signals.second() => {
            tracing::warn!("a second signal; clients that are left are hung up on");
            code
        }
    }
}

async fn drain_and_stop(hub: &Hub) {
    hub.drain(hub.drain_settings()).await;
    tracing::info!("drained");
    hub.stop().await;
}
