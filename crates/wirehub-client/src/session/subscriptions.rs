//! What the application wants to hear, whatever happens to its connections.

use super::{Object, Random, ordered::Ordered};

/// The longest wait before a refused subscription is asked for again, the first time and at most,
/// in milliseconds.
const AGAIN: f64 = 1_000.0;
const AGAIN_MOST: f64 = 30_000.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// To be asked for.
    Wanted,
    /// Not answered.
    Asked,
    /// The session has it.
    Live,
}

#[derive(Debug)]
pub(crate) struct Subscription {
    /// Which one of those to its topic, one after the other.
    pub(crate) number: u64,
    pub(crate) topic: String,
    /// The fields of `subscribe`, without the topic and the position.
    pub(crate) options: Object,
    pub(crate) progress: Progress,
    /// The token asks for it, not the application.
    pub(crate) granted: bool,
    /// Times in a row that the server had no room for it.
    pub(crate) refusals: u32,
    /// When to ask again.
    pub(crate) retry_at: Option<f64>,
}

impl Subscription {
    /// Whether the server waits to be told what was dealt with.
    pub(crate) fn acks(&self) -> bool {
        self.options.get("ack").and_then(serde_json::Value::as_bool) == Some(true)
    }

    fn ask(&mut self) -> String {
        self.progress = Progress::Asked;
        self.retry_at = None;
        self.topic.clone()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    all: Ordered<String, Subscription>,
    /// What the session may still have and nobody wants.
    ended: Ordered<String, String>,
    added: u64,
}

impl Subscriptions {
    pub(crate) fn get(&self, topic: &str) -> Option<&Subscription> {
        self.all.get(topic)
    }

    pub(crate) fn get_mut(&mut self, topic: &str) -> Option<&mut Subscription> {
        self.all.get_mut(topic)
    }

    pub(crate) fn add(&mut self, topic: &str, options: Object, granted: bool) {
        self.added += 1;
        let subscription = Subscription {
            number: self.added,
            topic: topic.to_owned(),
            options,
            progress: if granted {
                Progress::Live
            } else {
                Progress::Wanted
            },
            granted,
            refusals: 0,
            retry_at: None,
        };
        self.all.insert(topic.to_owned(), subscription);
    }

    /// Whether an answer is about a subscription that is wanted still, not about one before it.
    pub(crate) fn is_wanted(&self, topic: &str, number: u64) -> bool {
        self.get(topic).is_some_and(|one| one.number == number)
    }

    /// Nobody wants it any more.
    pub(crate) fn remove(&mut self, topic: &str) -> Option<Subscription> {
        self.all.remove(topic)
    }

    /// It could not be said that it ended: the session may come back with it.
    pub(crate) fn end_later(&mut self, topic: &str) {
        self.ended.insert(topic.to_owned(), topic.to_owned());
    }

    /// Those to be ended now that the session is back.
    pub(crate) fn take_ended(&mut self) -> Vec<String> {
        self.ended.take_all()
    }

    /// Those to be asked for now. After a resume the session says itself what it has.
    pub(crate) fn take_wanted(&mut self, resumed: bool) -> Vec<String> {
        let wanted = self.all.values_mut().filter(|one| {
            if resumed {
                one.progress != Progress::Live
            } else {
                !one.granted
            }
        });
        wanted.map(Subscription::ask).collect()
    }

    /// Those that were never asked for.
    pub(crate) fn new_ones(&self) -> Vec<String> {
        let all = self.all.values();
        all.filter(|one| one.progress == Progress::Wanted && one.retry_at.is_none())
            .map(|one| one.topic.clone())
            .collect()
    }

    /// The server has no room for it at the moment.
    pub(crate) fn later(&mut self, now: f64, topic: &str, random: &mut Random) {
        let Some(one) = self.all.get_mut(topic) else {
            return;
        };
        one.progress = Progress::Wanted;
        let bound = AGAIN_MOST.min(AGAIN * doublings(one.refusals));
        one.retry_at = Some(now + random.draw() * bound);
        one.refusals = one.refusals.saturating_add(1);
    }

    /// Those that waited long enough.
    pub(crate) fn take_due(&mut self, now: f64) -> Vec<String> {
        let all = self.all.values_mut();
        all.filter(|one| one.retry_at.is_some_and(|at| at <= now))
            .map(Subscription::ask)
            .collect()
    }

    /// When the first one has waited long enough.
    pub(crate) fn due(&self) -> Option<f64> {
        let all = self.all.values();
        all.filter_map(|one| one.retry_at).min_by(f64::total_cmp)
    }
}

/// What a span is multiplied with after it was doubled this often.
fn doublings(times: u32) -> f64 {
    2_f64.powi(i32::try_from(times).unwrap_or(i32::MAX))
}
