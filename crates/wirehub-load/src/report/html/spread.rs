//! How latencies are spread.

use crate::{
    outcome::Latency,
    report::{
        Report,
        plot::{Across, Limit, Line, Plot},
    },
    verdict::{Metric, Unit},
};

/// A plot of percentiles for each latency of which there was any.
pub(super) fn plots(report: &Report) -> Vec<Plot> {
    let outcome = &report.outcome;
    let earlier = report
        .comparison
        .as_ref()
        .map(|comparison| &comparison.earlier);
    let handshake = earlier.map(|earlier| &earlier.handshake);
    let delivery = earlier.map(|earlier| &earlier.delivery);
    let round_trip = earlier.map(|earlier| &earlier.round_trip);
    let resume = earlier.map(|earlier| &earlier.resume);
    let spreads = [
        (
            "Handshake",
            &outcome.handshake,
            handshake,
            Some(Metric::HandshakeP99),
        ),
        (
            "Delivery",
            &outcome.delivery,
            delivery,
            Some(Metric::DeliveryP99),
        ),
        (
            "Answer to a publication",
            &outcome.round_trip,
            round_trip,
            None,
        ),
        ("Resume", &outcome.resume, resume, Some(Metric::ResumeP99)),
    ];
    let seen = spreads
        .into_iter()
        .filter(|(_, latency, _, _)| latency.count() > 0);
    let plots = seen.map(|(title, latency, before, metric)| {
        let most = latency.count().max(before.map_or(0, Latency::count));
        let nines = (most as f64).log10().clamp(1.0, 6.0);
        let mut lines = vec![Line::new("this run", 1, points(latency, nines)).filled()];
        if let Some(before) = before.filter(|before| before.count() > 0) {
            lines.push(Line::new("baseline", 3, points(before, nines)).dashes());
        }
        Plot {
            title,
            unit: Unit::Milliseconds,
            across: Across::Nines(nines),
            is_logarithmic: true,
            lines,
            limits: metric
                .and_then(|metric| limit(report, metric))
                .into_iter()
                .collect(),
            shades: Vec::new(),
        }
    });
    plots.collect()
}

fn points(latency: &Latency, nines: f64) -> Vec<(f64, Option<f64>)> {
    let all = latency.count() as f64;
    let mut seen = 0.0;
    let mut points: Vec<(f64, Option<f64>)> = Vec::new();
    for (end, count) in latency.steps() {
        let begins = Across::of_share(seen / all, nines);
        seen += count as f64;
        let ends = Across::of_share(seen / all, nines);
        let value = Some(end.as_secs_f64() * 1e3);
        points.push((begins, value));
        // Wide steps have two corners, and narrow ones are a line with their neighbours.
        if ends - begins > 0.01 {
            points.push((ends, value));
        }
    }
    points
}

fn limit(report: &Report, metric: Metric) -> Option<Limit> {
    let finding = report.verdict.finding(metric)?;
    let milliseconds = match metric.unit() {
        Unit::Seconds => 1e3,
        _ => 1.0,
    };
    Some(Limit {
        value: finding.limits.ok * milliseconds,
        name: "p99 normal to",
    })
}
