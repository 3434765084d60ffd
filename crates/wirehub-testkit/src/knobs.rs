//! What one scenario is like.

use std::time::Duration;

use wirehub_model::{Heartbeat, HistoryRules, Limits, Window};

use crate::{
    dice::Dice,
    feature::{Feature, Features},
};

/// Everything that is drawn once for a scenario.
#[derive(Clone, Debug)]
pub(crate) struct Knobs {
    pub(crate) features: Features,
    pub(crate) shards: u16,
    pub(crate) clients: usize,
    /// How long clients act before everything calms down.
    pub(crate) storm: Duration,
    /// How long a client waits between two things it does, on average.
    pub(crate) pause: Duration,
    /// The longest way between a client and a shard.
    pub(crate) latency: Duration,
    /// The longest way between two shards.
    pub(crate) relay: Duration,
    /// The longest turn of a shard.
    pub(crate) turn: Duration,
    /// How often clients end subscriptions; they begin one with a weight of 20.
    pub(crate) churn: usize,
    /// The longest that the broker takes for one thing, and for telling of it.
    pub(crate) broker: Duration,
    /// Time between two troubles in the network, on average.
    pub(crate) trouble: Duration,
    /// Of a hundred links, how many have little room and slow readers.
    pub(crate) slow_percent: usize,
    /// Bytes of the socket of a slow link.
    pub(crate) slow_room: usize,
    /// The longest that a slow reader takes for what its socket holds.
    pub(crate) slow_read: Duration,
    /// Of a hundred links, how many know neither heartbeats nor goodbyes.
    pub(crate) mute_percent: usize,
    /// The longest payload in bytes.
    pub(crate) payload: usize,
    pub(crate) outbox_bytes: usize,
    pub(crate) subscriptions: usize,
    pub(crate) history: HistoryRules,
    /// How many publications a subscriber that missed them is sent at once.
    pub(crate) recovery: usize,
    /// How many keys a topic with values keeps.
    pub(crate) keys: usize,
    /// How long publications wait for each other, and how many.
    pub(crate) window: Window,
    /// How long sessions wait; zero keeps none.
    pub(crate) resume_within: Duration,
}

/// How all scenarios keep connections alive.
pub(crate) const HEARTBEAT: Heartbeat = Heartbeat {
    interval: Duration::from_secs(5),
    timeout: Duration::from_secs(2),
};

impl Knobs {
    /// Draws a scenario.
    pub(crate) fn draw(dice: &mut Dice) -> Self {
        let mut features = Features::default();
        for feature in Feature::ALL {
            if dice.chance(feature.percent()) {
                features = features.with(feature);
            }
        }
        let millis = |dice: &mut Dice, choices: &[u64]| {
            Duration::from_millis(dice.pick(choices).unwrap_or_default())
        };
        Self {
            features,
            shards: dice.pick(&[1, 2, 2, 3, 4]).unwrap_or(1),
            clients: dice.between(2, 7),
            storm: Duration::from_secs(dice.between(5, 40) as u64),
            pause: millis(dice, &[200, 500, 1_500]),
            latency: millis(dice, &[0, 5, 50, 400]),
            relay: millis(dice, &[0, 1, 30, 500]),
            turn: millis(dice, &[0, 0, 1, 100]),
            broker: millis(dice, &[0, 5, 60, 600]),
            churn: dice.pick(&[3, 6, 25]).unwrap_or_default(),
            trouble: millis(dice, &[700, 3_000, 10_000]),
            slow_percent: dice.pick(&[20, 50, 90]).unwrap_or_default(),
            slow_room: dice.pick(&[9, 40, 200]).unwrap_or_default(),
            slow_read: millis(dice, &[20, 200, 1_500]),
            mute_percent: dice.pick(&[0, 0, 20]).unwrap_or_default(),
            payload: dice.pick(&[8, 40, 300]).unwrap_or_default(),
            outbox_bytes: dice.pick(&[400, 2_000, 100_000]).unwrap_or_default(),
            subscriptions: dice.pick(&[3, 128]).unwrap_or_default(),
            history: Self::draw_history(dice, features),
            recovery: dice.pick(&[4, 1_000]).unwrap_or_default(),
            keys: dice.pick(&[2, 100]).unwrap_or_default(),
            window: Window {
                time: millis(dice, &[5, 100, 900]),
                count: dice.pick(&[2, 5, 50]).unwrap_or(2),
                latest: false,
            },
            resume_within: match features.has(Feature::Sessions) {
                true => millis(dice, &[500, 4_000, 20_000]),
                false => Duration::ZERO,
            },
        }
    }

    fn draw_history(dice: &mut Dice, features: Features) -> HistoryRules {
        let size = dice.pick(&[3, 20, 1_000]).unwrap_or_default();
        HistoryRules {
            size: if features.has(Feature::History) {
                size
            } else {
                0
            },
            ttl: Duration::from_secs(dice.pick(&[1, 10, 300]).unwrap_or_default()),
            bytes: dice.pick(&[2_000, 1 << 20]).unwrap_or_default(),
        }
    }

    /// Whether the scenario makes use of a feature.
    pub(crate) const fn has(&self, feature: Feature) -> bool {
        self.features.has(feature)
    }

    /// The bounds of its shards. Rates have no bound: a scenario is busy in little time.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            outbox_bytes: self.outbox_bytes,
            subscriptions: self.subscriptions,
            recovery: self.recovery,
            messages_per_second: 0,
            publications_per_second: 0,
            subscriptions_per_second: 0,
            calls_per_second: 0,
            ..Limits::default()
        }
    }
}
