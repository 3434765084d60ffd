//! What is seen first.

use super::list;
use crate::{
    report::{Report, contents, markup::Markup},
    verdict::Metric,
};

/// The figures that people ask for first.
const FIRST: [Metric; 5] = [
    Metric::ConnectSuccess,
    Metric::HandshakeP99,
    Metric::DeliveryP99,
    Metric::ResumeP99,
    Metric::SessionsWithLoss,
];

pub(super) fn draw(page: &mut Markup, report: &Report) {
    let verdict = &report.verdict;
    let tone = contents::ruling_tone(verdict.ruling).word();
    page.within("header", &[], |page| {
        let class = format!("ruling {tone}");
        page.leaf("p", &[("class", &class)], verdict.ruling.word());
        page.within("div", &[], |page| {
            page.within("h1", &[], |page| {
                page.text(&report.outcome.scenario);
                page.text(" ");
                let target = format!("against {}", report.outcome.target);
                page.leaf("span", &[], &target);
            });
            page.leaf("p", &[("class", "soft")], &contents::subtitle(report));
            page.leaf("p", &[("class", "soft")], &verdict.summary());
        });
    });
    page.within("div", &[("class", "tiles")], |page| {
        for finding in FIRST.iter().filter_map(|metric| verdict.finding(*metric)) {
            page.within("div", &[("class", "tile")], |page| {
                page.leaf("span", &[], finding.metric.name());
                page.leaf("b", &[], &finding.shown());
            });
        }
    });
    for (title, items) in [
        ("Why", &verdict.reasons),
        ("To be known", &report.outcome.remarks),
    ] {
        if items.is_empty() {
            continue;
        }
        page.within("section", &[("class", "reasons")], |page| {
            page.leaf("h2", &[], title);
            list(page, items);
        });
    }
}
