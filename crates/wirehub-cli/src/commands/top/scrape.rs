//! What one look at `/metrics` found.

use std::{collections::HashMap, time::Instant};

/// The samples of a scrape by their names, each with its labels as they were written.
#[derive(Debug)]
pub(super) struct Scrape {
    at: Instant,
    families: HashMap<String, Vec<(String, f64)>>,
}

impl Scrape {
    /// Reads the text format of Prometheus; lines that are no samples are passed over.
    pub(super) fn read(at: Instant, text: &str) -> Self {
        let mut families: HashMap<String, Vec<(String, f64)>> = HashMap::new();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        for (series, value) in lines.filter_map(|line| line.rsplit_once(' ')) {
            let Ok(value) = value.parse() else { continue };
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            let family = families.entry(name.to_owned()).or_default();
            family.push((labels.trim_end_matches('}').to_owned(), value));
        }
        Self { at, families }
    }

    /// The sum of all series of a name.
    pub(super) fn sum(&self, name: &str) -> f64 {
        let family = self.families.get(name).into_iter().flatten();
        family.map(|(_, value)| value).sum()
    }

    /// The values by a label; what has no such label is left out.
    pub(super) fn by(&self, name: &str, label: &str) -> Vec<(&str, f64)> {
        let family = self.families.get(name).into_iter().flatten();
        let values = family.filter_map(|(labels, value)| Some((value_of(labels, label)?, *value)));
        values.collect()
    }

    /// One of those values.
    pub(super) fn one(&self, name: &str, label: &str, wanted: &str) -> f64 {
        let values = self.by(name, label).into_iter();
        let mut values = values.filter(|(found, _)| *found == wanted);
        values.next().map_or(0.0, |(_, value)| value)
    }

    /// How much a counter went up for each second since an earlier scrape.
    pub(super) fn rate(&self, before: &Self, name: &str) -> f64 {
        self.per_second(before, before.sum(name), self.sum(name))
    }

    /// The same for the series with a label.
    pub(super) fn rate_of(&self, before: &Self, name: &str, label: &str, of: &str) -> f64 {
        let (then, now) = (before.one(name, label, of), self.one(name, label, of));
        self.per_second(before, then, now)
    }

    fn per_second(&self, before: &Self, then: f64, now: f64) -> f64 {
        let seconds = self.at.duration_since(before.at).as_secs_f64();
        if seconds > 0.0 {
            went(then, now) / seconds
        } else {
            0.0
        }
    }

    /// The value of a histogram, in seconds, that a share of what was counted since an earlier
    /// scrape is below, as PromQL's `histogram_quantile` finds it.
    pub(super) fn quantile(&self, before: &Self, name: &str, share: f64) -> Option<f64> {
        let name = format!("{name}_bucket");
        let mut buckets: Vec<(f64, f64)> = self
            .by(&name, "le")
            .into_iter()
            .map(|(end, count)| {
                let earlier = before.one(&name, "le", end);
                (end.parse().unwrap_or(f64::INFINITY), went(earlier, count))
            })
            .collect();
        buckets.sort_by(|left, right| left.0.total_cmp(&right.0));
        let total = buckets.last().map_or(0.0, |(_, count)| *count);
        if total <= 0.0 {
            return None;
        }
        let rank = share * total;
        let mut below = (0.0, 0.0);
        for (end, count) in buckets {
            if count >= rank {
                let (inside, part) = (count - below.1, rank - below.1);
                // Of what is behind the last bound only that is known.
                return Some(match end.is_finite() && inside > 0.0 {
                    true => below.0 + (end - below.0) * part / inside,
                    false => below.0,
                });
            }
            below = (end, count);
        }
        None
    }
}

/// By how much a counter went up. One that fell began anew with the hub.
fn went(then: f64, now: f64) -> f64 {
    if now < then { now } else { now - then }
}

/// The value of a label among those of a series. Those of the hub's own metrics hold no quotes.
fn value_of<'a>(labels: &'a str, label: &str) -> Option<&'a str> {
    let mut pairs = labels
        .split("\",")
        .filter_map(|pair| pair.split_once("=\""));
    pairs.find_map(|(name, value)| (name == label).then(|| value.trim_end_matches('"')))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn scrape(seconds: u64, start: Instant, text: &str) -> Scrape {
        Scrape::read(start + Duration::from_secs(seconds), text)
    }

    #[test]
    fn samples_are_found_by_name_and_label() {
        let text = "# HELP c What.\nc{state=\"open\",shard=\"0\"} 3\nc{state=\"closing\"} 1\nup 12.5\nnonsense\n";
        let scrape = scrape(0, Instant::now(), text);
        assert_eq!(scrape.sum("c"), 4.0);
        assert_eq!(scrape.one("c", "state", "open"), 3.0);
        assert_eq!(scrape.by("c", "shard"), [("0", 3.0)]);
        assert_eq!(scrape.sum("up"), 12.5);
        assert_eq!(scrape.sum("nothing"), 0.0);
    }

    #[test]
    fn counters_have_a_rate_and_may_begin_anew() {
        let start = Instant::now();
        let (first, second) = (scrape(0, start, "c 10\n"), scrape(4, start, "c 50\n"));
        assert_eq!(second.rate(&first, "c"), 10.0);
        assert_eq!(scrape(6, start, "c 8\n").rate(&second, "c"), 4.0);
        assert_eq!(first.rate(&first, "c"), 0.0);
    }

    #[test]
    fn a_quantile_is_of_what_came_since() {
        let start = Instant::now();
        let buckets = |counts: [u32; 3]| {
            let ends = ["0.001", "0.01", "+Inf"];
            let lines = ends.iter().zip(counts);
            let lines = lines.map(|(end, count)| format!("h_bucket{{le=\"{end}\"}} {count}\n"));
            lines.collect::<String>()
        };
        let first = scrape(0, start, &buckets([100, 100, 100]));
        let second = scrape(2, start, &buckets([110, 120, 120]));
        let near = |found: Option<f64>, wanted: f64| (found.unwrap() - wanted).abs() < 1e-9;
        assert!(near(second.quantile(&first, "h", 0.25), 0.000_5));
        assert!(near(second.quantile(&first, "h", 0.75), 0.005_5));
        assert_eq!(second.quantile(&second, "h", 0.5), None);
        let late = scrape(4, start, &buckets([110, 120, 130]));
        assert!(near(late.quantile(&second, "h", 0.99), 0.01));
    }
}
