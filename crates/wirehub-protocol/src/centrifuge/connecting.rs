//! From a client's request to connect to the answer that it is in.

use std::collections::BTreeMap;

use wirehub_model::{Command, Secret, Subscribed, TopicFilter};

use super::{channel, decode::position, encode, proto, rules::Rules, wish::SubscribeWish};

/// How many channels `connect` may name, like topics in a native `resume`.
const CHANNELS_MAX: usize = 1_000;

/// What `connect` says of channels, by name.
type Subs = BTreeMap<String, proto::SubscribeRequest>;

/// What a request to connect asks of the hub, and with it these subscriptions.
pub(super) fn command(connect: proto::ConnectRequest, subscribe: Vec<TopicFilter>) -> Command {
    let token = Some(connect.token).filter(|token| !token.is_empty());
    let recovers = connect.subs.iter().filter(|(_, sub)| sub.recover);
    let since = recovers.filter_map(|(channel, sub)| {
        let topic = channel::to_topic(channel)?;
        Some((topic, position(&sub.epoch, sub.offset)))
    });
    Command::Connect {
        token: token.map(Secret::new),
        resume: None,
        since: since.take(CHANNELS_MAX).collect(),
        subscribe,
    }
}

/// The channels that a request to connect names, but for private ones, which need a token each, and
/// those whose name says who may have them, which is not known yet.
pub(super) fn wishes(subs: &Subs, rules: Rules) -> Vec<TopicFilter> {
    let channels = subs
        .keys()
        .filter(|channel| !channel.starts_with('$') && rules.lets_in(None, channel).is_none());
    let topics = channels.filter_map(|channel| channel::to_topic(channel));
    let filters = topics.map(|topic| TopicFilter::from(&topic));
    filters.take(CHANNELS_MAX).collect()
}

/// Subscriptions that began before their client is in. The answer to `connect` tells of them, since
/// some clients hear of them nowhere else.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    /// Up to where the client has everything of channels that it is subscribed to.
    since: BTreeMap<String, u64>,
    begun: BTreeMap<String, proto::SubscribeResult>,
}

impl Gathering {
    /// None has begun, and the client said this of channels.
    pub(super) fn new(subs: &Subs) -> Self {
        let recovers = subs.iter().filter(|(_, sub)| sub.recover);
        let since = recovers.map(|(channel, sub)| (channel.clone(), sub.offset));
        Self {
            since: since.collect(),
            begun: BTreeMap::new(),
        }
    }

    /// A subscription began. Filters with wildcards are no channels, and are not told.
    pub(super) fn add(&mut self, filter: &TopicFilter, subscribed: &Subscribed) {
        let topic = filter.as_topic();
        let Some(channel) = topic.and_then(|topic| channel::of_topic(&topic)) else {
            return;
        };
        let wish = SubscribeWish {
            since: self.since.remove(&channel),
            channel,
            recoverable: false,
            join_leave: false,
        };
        let mut result = encode::subscribed(Some(&wish), subscribed);
        if let Some(position) = subscribed.position {
            // A message without anything is left out of a map in Protobuf, and clients do not
            // expect that. The epoch alone means nothing to them.
            result.epoch = position.epoch.to_string();
        }
        self.begun.insert(wish.channel, result);
    }

    /// All that began, by channel.
    pub(super) fn finish(self) -> BTreeMap<String, proto::SubscribeResult> {
        self.begun
    }
}
