//! What is read of a report of `wirehub load`.

use std::io;
use std::ops::Range;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
use serde::Deserialize;

use crate::outcome::{Cpu, Faults, Flow, Latency};

#[derive(Debug, Deserialize)]
pub(super) struct Report {
    outcome: Run,
}

#[derive(Debug, Deserialize)]
struct Run {
    tally: Tally,
    series: Series,
    server: Option<View>,
}

#[derive(Debug, Deserialize)]
struct Tally {
    lost: u64,
    duplicated: u64,
    reordered: u64,
    corrupt: u64,
}

#[derive(Debug, Deserialize)]
struct Series {
    seconds_a_row: u32,
    rows: Vec<Row>,
}

/// One second.
#[derive(Debug, Deserialize)]
struct Row {
    delivered: u64,
    received: u64,
    delivery: Option<Steps>,
}

/// Microseconds, in the form that all HDR histograms share.
#[derive(Debug, Deserialize)]
struct Steps {
    hdr: String,
}

#[derive(Debug, Deserialize)]
struct View {
    samples: Vec<Look>,
}

#[derive(Debug, Deserialize)]
struct Look {
    at: f64,
    cpu: Option<f64>,
    memory: Option<u64>,
}

impl Report {
    /// What happened in a part of the run, in seconds from its start. `whole` is the processor time
    /// of the whole run, of which the part's is taken where only the server's own counts.
    ///
    /// # Errors
    /// When the report does not have those seconds.
    pub(super) fn flow(&self, part: Range<f64>, whole: Cpu) -> io::Result<Flow> {
        let Run {
            tally,
            series,
            server,
        } = &self.outcome;
        let rows = (series.seconds_a_row == 1)
            .then(|| series.rows.get(part.start as usize..part.end as usize))
            .flatten()
            .ok_or_else(|| io::Error::other("the report is shorter than the run"))?;
        let deliveries: u64 = rows.iter().map(|row| row.delivered).sum();
        let received: u64 = rows.iter().map(|row| row.received).sum();
        let looks = server.as_ref().map_or(&[][..], |view| &view.samples);
        let used = |from, to| Some(cpu_at(looks, to)? - cpu_at(looks, from)?);
        let server = used(part.start, part.end)
            .ok_or_else(|| io::Error::other("the server's process was not seen"))?;
        Ok(Flow {
            seconds: part.end - part.start,
            deliveries,
            cpu: Cpu { server, ..whole },
            each: Vec::new(),
            latency: summary(rows)?,
            // The load tester does not tell, and the table does not show it.
            messages_per_read: 0.0,
            wire_bytes: received as f64 / deliveries.max(1) as f64,
            rss: looks
                .last()
                .and_then(|look| look.memory)
                .unwrap_or_default(),
            faults: Faults {
                lost: tally.lost,
                duplicated: tally.duplicated,
                reordered: tally.reordered,
                corrupt: tally.corrupt,
            },
        })
    }
}

/// Processor time used up to a moment, between the two looks around it.
fn cpu_at(looks: &[Look], at: f64) -> Option<f64> {
    let after = looks.iter().position(|look| look.at >= at)?;
    let (before, after) = (looks.get(after.checked_sub(1)?)?, looks.get(after)?);
    let (from, to) = (before.cpu?, after.cpu?);
    let share = (at - before.at) / (after.at - before.at).max(f64::EPSILON);
    Some(from + (to - from) * share)
}

fn summary(rows: &[Row]) -> io::Result<Latency> {
    let mut all: Histogram<u64> = Histogram::new(2).map_err(io::Error::other)?;
    for steps in rows.iter().filter_map(|row| row.delivery.as_ref()) {
        let bytes = STANDARD.decode(&steps.hdr).map_err(io::Error::other)?;
        let read = Deserializer::new().deserialize(&mut bytes.as_slice());
        let read: Histogram<u64> = read.map_err(|error| io::Error::other(format!("{error:?}")))?;
        all.add(&read).map_err(io::Error::other)?;
    }
    Ok(Latency {
        p50: all.value_at_quantile(0.5),
        p99: all.value_at_quantile(0.99),
        p999: all.value_at_quantile(0.999),
        max: all.max(),
    })
}

#[cfg(test)]
mod tests {
    use super::{Look, cpu_at};

    fn look(at: f64, cpu: Option<f64>) -> Look {
        Look {
            at,
            cpu,
            memory: None,
        }
    }

    #[test]
    fn processor_time_is_read_between_two_looks() {
        let looks = [
            look(1.0, Some(10.0)),
            look(2.0, Some(12.0)),
            look(4.0, Some(13.0)),
        ];
        assert_eq!(cpu_at(&looks, 1.5), Some(11.0));
        assert_eq!(cpu_at(&looks, 3.0), Some(12.5));
        assert_eq!(cpu_at(&looks, 4.0), Some(13.0));
        assert_eq!(cpu_at(&looks, 0.5), None);
        assert_eq!(cpu_at(&looks, 4.5), None);
        assert_eq!(cpu_at(&[look(1.0, None), look(2.0, Some(1.0))], 1.5), None);
    }
}
