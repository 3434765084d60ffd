//! The way of spans to the collector.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use reqwest::{Client, Url, header};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use crate::{Span, TraceError, otlp, tracer::Counters};

/// The most spans of one request.
const BATCH: usize = 512;
/// How long spans wait for others.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long the collector may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Brings spans to a collector: in batches, each once. What it does not take is gone.
#[derive(Debug)]
#[must_use = "nothing is told before it runs"]
pub struct Exporter {
    queue: mpsc::Receiver<Span>,
    client: Client,
    endpoint: Url,
    service: String,
    counters: Arc<Counters>,
}

impl Exporter {
    pub(crate) fn new(
        endpoint: &str,
        service: &str,
        queue: mpsc::Receiver<Span>,
        counters: &Arc<Counters>,
    ) -> Result<Self, TraceError> {
        let url = Url::parse(endpoint).ok();
        let url = url.filter(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
        let client = Client::builder().timeout(TIMEOUT).no_proxy().build();
        Ok(Self {
            queue,
            client: client.map_err(|error| TraceError::Client(error.to_string()))?,
            endpoint: url.ok_or_else(|| TraceError::Endpoint(endpoint.to_owned()))?,
            service: service.to_owned(),
            counters: Arc::clone(counters),
        })
    }

    /// Runs until the tracer is gone and all its spans were told, or the future is dropped.
    pub async fn run(mut self) {
        let mut failing = false;
        while let Some(first) = self.queue.recv().await {
            let batch = self.batch(first).await;
            let count = batch.len() as u64;
            let outcome = self.export(&batch).await;
            match &outcome {
                Ok(()) => self.counters.exported.fetch_add(count, Ordering::Relaxed),
                Err(_) => self.counters.failed.fetch_add(count, Ordering::Relaxed),
            };
            // What goes on failing is worth one line, not one for each batch.
            match outcome {
                Err(ref error) if !failing => tracing::warn!(error, "traces are not taken"),
                Ok(()) if failing => tracing::info!("traces are taken again"),
                _ => {}
            }
            failing = outcome.is_err();
        }
    }

    /// Waits for more, but not for long.
    async fn batch(&mut self, first: Span) -> Vec<Span> {
        let mut batch = vec![first];
        let end = Instant::now() + PATIENCE;
        while batch.len() < BATCH {
            tokio::select! {
                span = self.queue.recv() => match span {
                    Some(span) => batch.push(span),
                    None => break,
                },
                () = sleep_until(end) => break,
            }
        }
        batch
    }

    async fn export(&self, spans: &[Span]) -> Result<(), String> {
        let request = self.client.post(self.endpoint.clone());
        let request = request.header(header::CONTENT_TYPE, "application/x-protobuf");
        let answer = request
            .body(otlp::request(&self.service, spans))
            .send()
            .await;
        let answer = answer.map_err(|error| error.without_url().to_string())?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(format!("the collector answers {status}")),
        }
    }
}
