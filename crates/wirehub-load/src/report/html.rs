//! A report as one page that needs nothing else: no script, no font, no picture from elsewhere.
//!
//! It says so in its own content security policy, which lets nothing in but the page's style, by
//! its hash. Without the style the page is plain and complete.

mod overall;
mod seconds;
mod spread;
mod tables;

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{Report, contents, markup::Markup, table::Table};

const STYLE: &str = include_str!("html/style.css");

/// Writes it.
pub(super) fn written(report: &Report) -> String {
    let mut page = Markup::default();
    page.constant("<!doctype html>\n");
    page.within("html", &[("lang", "en")], |page| {
        page.within("head", &[], |page| head(page, report));
        page.within("body", &[], |page| body(page, report));
    });
    page.constant("\n");
    page.finish()
}

fn head(page: &mut Markup, report: &Report) {
    page.void("meta", &[("charset", "utf-8")]);
    let hash = STANDARD.encode(digest::digest(&digest::SHA256, STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"
    );
    for (name, content) in [
        ("viewport", "width=device-width, initial-scale=1"),
        ("color-scheme", "light dark"),
        ("referrer", "no-referrer"),
    ] {
        page.void("meta", &[("name", name), ("content", content)]);
    }
    let policy = [
        ("http-equiv", "Content-Security-Policy"),
        ("content", &policy),
    ];
    page.void("meta", &policy);
    let ruling = report.verdict.ruling.word().to_uppercase();
    let title = format!("{ruling}: {}", contents::title(report));
    page.leaf("title", &[], &title);
    page.within("style", &[], |page| page.constant(STYLE));
}

fn body(page: &mut Markup, report: &Report) {
    page.within("main", &[], |page| {
        overall::draw(page, report);
        section(page, &contents::findings(&report.verdict));
        if let Some(comparison) = &report.comparison {
            page.within("section", &[], |page| {
                page.leaf("h2", &[], "Against the baseline");
                page.leaf("p", &[], &comparison.summary());
                list(page, &comparison.unlike);
                tables::draw(page, &contents::comparison(comparison));
                page.leaf("p", &[("class", "small")], &contents::method(comparison));
            });
        }
        page.within("section", &[], |page| {
            page.leaf("h2", &[], "Second by second");
            page.within("div", &[("class", "plots")], |page| {
                for plot in seconds::plots(report) {
                    plot.draw(page);
                }
            });
        });
        let spreads = spread::plots(report);
        if !spreads.is_empty() {
            page.within("section", &[], |page| {
                page.leaf("h2", &[], "Latency by percentile");
                page.within("div", &[("class", "plots")], |page| {
                    for plot in spreads {
                        plot.draw(page);
                    }
                });
                tables::draw(page, &contents::latencies(&report.outcome));
            });
        }
        if !report.outcome.rooms.is_empty() {
            section(page, &contents::rooms(&report.outcome));
        }
        page.within("div", &[("class", "columns")], |page| {
            section(page, &contents::counts(&report.outcome));
            section(page, &contents::surroundings(report));
        });
        if !report.outcome.phases.is_empty() {
            section(page, &contents::phases(&report.outcome));
        }
        if let Some(script) = &report.script {
            page.within("section", &[], |page| {
                page.leaf("h2", &[], "Scenario");
                page.leaf("pre", &[], script);
            });
        }
    });
}

fn section(page: &mut Markup, table: &Table) {
    page.within("section", &[], |page| {
        page.leaf("h2", &[], table.title);
        tables::draw(page, table);
    });
}

fn list(page: &mut Markup, items: &[String]) {
    if items.is_empty() {
        return;
    }
    page.within("ul", &[], |page| {
        for item in items {
            page.leaf("li", &[], item);
        }
    });
}
