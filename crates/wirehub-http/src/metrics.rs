//! The hub's numbers in the text format of Prometheus, version 0.0.4.

mod counters;
mod inside;
mod remembering;
mod samples;
mod surroundings;
mod table;

pub(crate) use counters::Counters;

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use tokio::task;
use wirehub::HubReport;

use self::samples::Samples;
use crate::{admin::Admin, kernel::Kernel, process::Process};

/// What one scrape shows.
#[derive(Debug)]
struct Scrape {
    report: HubReport,
    /// Whether each shard answered, in the order of their numbers.
    answered: Vec<bool>,
    process: Process,
    kernel: Kernel,
    /// API keys that were not valid.
    wrong_keys: u64,
}

/// All metrics.
pub(crate) async fn scrape(State(admin): State<Admin>) -> Response {
    let address = admin.hub().address();
    // The operating system may take its time, and others are to be answered meanwhile.
    let figures = task::spawn_blocking(move || (Process::read(), Kernel::read(address)));
    let report = admin.report().await;
    let (process, kernel) = figures.await.unwrap_or_default();
    let answered = (0..).take(admin.hub().shards());
    let answered = answered.map(|shard| report.shards.contains_key(&shard));
    let scrape = Scrape {
        answered: answered.collect(),
        report: admin.counters().complete(report),
        process,
        kernel,
        wrong_keys: admin.wrong_keys().count(),
    };
    let content_type = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (content_type, text(&scrape)).into_response()
}

fn text(scrape: &Scrape) -> String {
    let mut samples = Samples::default();
    for metric in table::all() {
        samples.describe(metric);
        (metric.read)(scrape, &mut samples);
    }
    samples.into_text()
}

#[cfg(test)]
mod tests;
