//! The hub's numbers in the text format of Prometheus, version 0.0.4.

mod counters;
mod inside;
mod samples;
mod table;

pub(crate) use counters::Counters;

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use wirehub::HubReport;

use self::{samples::Samples, table::metrics};
use crate::{admin::Admin, process::Process};

/// What one scrape shows.
#[derive(Debug)]
struct Scrape {
    report: HubReport,
    /// Whether each shard answered, in the order of their numbers.
    answered: Vec<bool>,
    process: Process,
}

/// All metrics.
pub(crate) async fn scrape(State(admin): State<Admin>) -> Response {
    let report = admin.report().await;
    let answered = (0..).take(admin.hub().shards());
    let answered = answered.map(|shard| report.shards.contains_key(&shard));
    let scrape = Scrape {
        answered: answered.collect(),
        report: admin.counters().complete(report),
        process: Process::read(),
    };
    let content_type = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (content_type, text(&scrape)).into_response()
}

fn text(scrape: &Scrape) -> String {
    let mut samples = Samples::default();
    for metric in metrics() {
        samples.describe(metric);
        (metric.read)(scrape, &mut samples);
    }
    samples.into_text()
}

#[cfg(test)]
mod tests;
