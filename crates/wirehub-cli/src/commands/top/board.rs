//! What the screen shows: figures of the last minutes and what was seen last.

use std::collections::VecDeque;

use super::scrape::Scrape;

/// As many as a wide terminal has columns.
const KEPT: usize = 240;

/// Figures of one moment; rates are for a second.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Figures {
    pub(super) open: f64,
    pub(super) opened: f64,
    pub(super) closed: f64,
    pub(super) received: f64,
    pub(super) delivered: f64,
    pub(super) half: Option<f64>,
    pub(super) most: Option<f64>,
    pub(super) queue_bytes: f64,
    pub(super) received_bytes: f64,
    pub(super) sent_bytes: f64,
    pub(super) cores: f64,
}

/// A topic and how many subscribe to it.
pub(super) type TopicLine = (String, u64);

/// Everything that is on the screen.
#[derive(Debug, Default)]
pub(super) struct Board {
    /// Where the hub is.
    pub(super) address: String,
    last: Option<Scrape>,
    figures: VecDeque<Figures>,
    /// For each shard, how many turns a second it made.
    pub(super) turns: Vec<f64>,
    pub(super) topics: Vec<TopicLine>,
    /// There are more topics than were looked at.
    pub(super) more_topics: bool,
    /// Why there are no newer figures.
    pub(super) trouble: Option<String>,
    /// Nothing new is shown until somebody goes on.
    pub(super) is_paused: bool,
    pub(super) shows_help: bool,
    /// The first topic that is shown.
    pub(super) topics_from: usize,
}

const LATENCY: &str = "wirehub_delivery_duration_seconds";

impl Board {
    pub(super) fn new(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            ..Self::default()
        }
    }

    /// New figures came.
    pub(super) fn take(&mut self, scrape: Scrape) {
        self.trouble = None;
        let before = self.last.replace(scrape);
        let (Some(now), Some(before)) = (&self.last, before) else {
            return;
        };
        let rate = |name| now.rate(&before, name);
        self.figures.push_back(Figures {
            open: now.one("wirehub_connections", "state", "open"),
            opened: rate("wirehub_connections_opened_total"),
            closed: rate("wirehub_connections_closed_total"),
            received: rate("wirehub_messages_received_total"),
            delivered: rate("wirehub_deliveries_total"),
            half: now.quantile(&before, LATENCY, 0.5),
            most: now.quantile(&before, LATENCY, 0.99),
            queue_bytes: now.sum("wirehub_queue_bytes"),
            received_bytes: rate("wirehub_received_bytes_total"),
            sent_bytes: rate("wirehub_sent_bytes_total"),
            cores: rate("process_cpu_seconds_total"),
        });
        if self.figures.len() > KEPT {
            self.figures.pop_front();
        }
        let turns = "wirehub_shard_turns_total";
        let shards = now.by(turns, "shard").into_iter();
        self.turns = shards
            .map(|(shard, _)| now.rate_of(&before, turns, "shard", shard))
            .collect();
    }

    /// The topics that have most subscribers, of those that were listed.
    pub(super) fn take_topics(&mut self, mut topics: Vec<TopicLine>, more: bool) {
        topics.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
        (self.topics, self.more_topics) = (topics, more);
        self.scroll(0);
    }

    /// Shows topics further down, or up.
    pub(super) fn scroll(&mut self, lines: isize) {
        let last = self.topics.len().saturating_sub(1);
        self.topics_from = self.topics_from.saturating_add_signed(lines).min(last);
    }

    /// The newest scrape.
    pub(super) const fn last(&self) -> Option<&Scrape> {
        self.last.as_ref()
    }

    /// The newest figures, once there are two scrapes to make some of.
    pub(super) fn now(&self) -> Option<&Figures> {
        self.figures.back()
    }

    /// One of the figures over time.
    pub(super) fn line(&self, read: impl Fn(&Figures) -> f64) -> Vec<f64> {
        self.figures.iter().map(read).collect()
    }
}
