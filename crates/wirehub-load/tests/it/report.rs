use std::{fs, path::Path};

use wirehub_load::{Baseline, Comparison, Machine, Outcome, Report, Thresholds, Verdict};

use crate::sample::{self, Storm};

fn report(outcome: Outcome) -> Report {
    let verdict = Verdict::of(&outcome, &Thresholds::default());
    let mut report = Report::new(outcome, verdict);
    report.machine = Machine {
        system: Some("Linux 6.12".to_owned()),
        processor: Some("A processor of some kind".to_owned()),
        cores: Some(8),
        memory: Some(32 << 30),
        program: Some("wirehub 0.1.0".to_owned()),
    };
    report
}

fn bad_and_compared() -> Report {
    let before = Storm::default().outcome();
    let mut report = report(sample::bad_storm());
    let comparison = Comparison::of(&before, &report.outcome);
    report.verdict = report.verdict.clone().counting(&comparison);
    report.comparison = Some(comparison);
    report.script = Some("name = \"storm\"\nconnections = 1000\n".to_owned());
    report
}

/// Compares with a file that is kept.
fn expect(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata")
        .join(name);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, found).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, kept, "{name}: UPDATE_EXPECT=1 writes it anew");
}

#[test]
fn a_good_run_reads_well() {
    let report = report(Storm::default().outcome());
    expect("good.txt", &report.to_text(false));
    expect("good.md", &report.to_markdown());
}

#[test]
fn a_bad_run_says_what_is_wrong() {
    let report = bad_and_compared();
    expect("bad.txt", &report.to_text(false));
    expect("bad.md", &report.to_markdown());
}

#[test]
fn colours_are_only_where_they_are_asked_for() {
    let report = bad_and_compared();
    assert!(!report.to_text(false).contains('\x1b'));
    let coloured = report.to_text(true);
    assert!(coloured.contains("\x1b[1;31mHIGH\x1b[0m"));
    let mut plain = coloured;
    for code in ["0", "2", "32", "33", "1;31"] {
        plain = plain.replace(&format!("\x1b[{code}m"), "");
    }
    assert_eq!(plain, report.to_text(false));
}

#[test]
fn json_is_a_baseline() {
    let report = bad_and_compared();
    let text = report.to_json().unwrap();
    let kept = Baseline::read(&text).unwrap();
    assert!(
        kept.delivery == report.outcome.delivery,
        "deliveries are not the same"
    );
    assert!(
        kept.series == report.outcome.series,
        "seconds are not the same"
    );
    assert_eq!(kept.tally, report.outcome.tally);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["verdict"]["ruling"], "fail");
    assert_eq!(value["verdict"]["findings"][0]["metric"], "connect_success");
    assert_eq!(value["verdict"]["findings"][0]["unit"], "percent");
    let other = text.replacen("\"form\": 1", "\"form\": 99", 1);
    let error = Baseline::read(&other).unwrap_err().to_string();
    assert!(error.contains("the form 99"), "{error}");
    for foreign in ["", "{}", "[]", "{\"outcome\":{}}", "<html>"] {
        let error = Baseline::read(foreign).unwrap_err().to_string();
        assert!(error.contains("JSON report"), "{error}");
    }
}

#[test]
fn pages_are_well_formed_and_stand_alone() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for (name, report) in [
        ("good.html", report(Storm::default().outcome())),
        ("bad.html", bad_and_compared()),
        ("blank.html", report(sample::blank("nothing"))),
    ] {
        let page = report.to_html();
        // For eyes: the tests cannot see whether it is beautiful.
        fs::write(folder.join(name), &page).unwrap();
        check_nesting(&page);
        assert!(page.contains("default-src 'none'") || page.contains("default-src &#39;none&#39;"));
        for foreign in [
            "<script", "src=", "href=", "style=", "url(", "@import", "NaN", "inf",
        ] {
            assert!(!page.contains(foreign), "{name} has {foreign}");
        }
        assert!(page.len() < 2 << 20, "{name} has {} bytes", page.len());
    }
}

#[test]
fn a_page_of_a_long_run_is_no_longer_than_people_attach() {
    let mut outcome = Storm::default().outcome();
    let minute = outcome.series.clone();
    for second in 60..3_600 {
        let row = minute.rows[second as usize % 60].clone();
        outcome.series.add(second, row);
    }
    outcome.seconds = 3_600.0;
    let page = report(outcome).to_html();
    check_nesting(&page);
    assert!(page.len() < 1 << 20, "{} bytes", page.len());
}

#[test]
fn hostile_names_are_only_names() {
    let mut outcome = sample::bad_storm();
    let name = "</title><script>alert(1)</script>|`x`\x1b[2J\u{202e}[a](javascript:x)\n# b";
    outcome.scenario = name.to_owned();
    outcome.target = "ws://\"onload=x'&<b>/".to_owned();
    outcome.remark(name);
    outcome.tally.error("<img onerror=x>|");
    for phase in &mut outcome.phases {
        phase.label = name.to_owned();
    }
    outcome.server.as_mut().unwrap().source = name.to_owned();
    outcome.server.as_mut().unwrap().trouble = Some(name.to_owned());
    let mut report = report(outcome);
    report.script = Some(format!("</pre>{name}\n```\n"));
    let page = report.to_html();
    check_nesting(&page);
    for markup in ["<script", "<img", "<b>/", "\x1b", "\u{202e}"] {
        assert!(!page.contains(markup), "the page has {markup:?}");
    }
    let text = report.to_text(false);
    assert!(!text.contains('\x1b') && !text.contains('\u{202e}'));
    let markdown = report.to_markdown();
    assert!(!markdown.contains('\x1b'));
    let before_script = markdown.split("## Scenario").next().unwrap();
    assert!(!before_script.contains("<script") && !before_script.contains("[a]("));
    assert!(!before_script.lines().any(|line| line.starts_with("# b")));
    let rows = before_script
        .lines()
        .filter(|line| line.starts_with("| img"));
    assert_eq!(rows.count(), 0);
}

/// Every element that begins ends, in the right order, and no attribute is open at its end.
fn check_nesting(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        let (between, tag) = rest.split_at(start);
        assert!(
            open.last() == Some(&"style") || !between.contains('>'),
            "{between}"
        );
        let end = tag.find('>').expect("an end of a tag");
        let (inside, after) = (&tag[1..end], &tag[end + 1..]);
        assert!(!inside.contains('<'), "{inside}");
        assert!(inside.matches('"').count() % 2 == 0, "{inside}");
        let name = inside.split(' ').next().unwrap_or_default();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None if inside.starts_with('!') || inside.ends_with('/') => {}
            None => open.push(name),
        }
        rest = after;
    }
    assert_eq!(open, Vec::<&str>::new());
}
