//! Settings that are lists of tables.

use toml::{Table, Value};

use super::{
    Setting,
    admin::API_KEY,
    events::{EVENT_FILE, WEBHOOK},
    intake::KAFKA_INTAKE,
    namespace::NAMESPACE,
    pusher::{APP_WEBHOOK, PUSHER_APP},
    sinks::{KAFKA_SINK, NATS_SINK, REDIS_SINK},
};
use crate::{
    layers,
    raw_settings::{
        RawApiKey, RawAppWebhook, RawEventFile, RawKafkaIntake, RawKafkaSink, RawNamespace,
        RawNatsSink, RawPusherApp, RawRedisSink, RawWebhook,
    },
};

/// A setting that is a list of tables. Such lists replace each other as a whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List {
    /// The key with its tables.
    pub(crate) key: &'static str,
    /// What an entry is called.
    pub(crate) noun: &'static str,
    /// What the list is for, for documents.
    pub(crate) meaning: &'static str,
    /// The keys of an entry.
    pub(crate) entry: &'static [Setting],
    /// The keys without which an entry says nothing; the first one names it.
    pub(crate) needed: &'static [&'static str],
    /// Tables within an entry.
    pub(crate) tables: &'static [&'static str],
    /// Whether a value fits a key of an entry.
    pub(crate) fits: fn(&str, &Value) -> Result<(), String>,
    /// An entry with what was not written filled in.
    pub(crate) whole: fn(Table) -> Table,
    /// An entry with its defaults.
    pub(crate) defaults: fn() -> Table,
}

/// All of them, in the order of the document.
pub(crate) const LISTS: &[List] = &[
    List {
        key: "admin.keys",
        noun: "key",
        meaning: "API keys that may do only some things, known by their hash, as a list: write \
                  `[[admin.keys]]` above each.",
        entry: API_KEY,
        needed: &["name", "hash"],
        tables: &[],
        fits: layers::fits_entry::<RawApiKey>,
        whole: layers::whole_entry::<RawApiKey>,
        defaults: layers::defaults_of::<RawApiKey>,
    },
    List {
        key: "events.webhooks",
        noun: "webhook",
        meaning: "Who is told by HTTP what happens in the hub, as a list: write \
                  `[[events.webhooks]]` above each.",
        entry: WEBHOOK,
        needed: &["name", "url", "secret"],
        tables: &[],
        fits: layers::fits_entry::<RawWebhook>,
        whole: layers::whole_entry::<RawWebhook>,
        defaults: layers::defaults_of::<RawWebhook>,
    },
    List {
        key: "events.files",
        noun: "file",
        meaning: "Files that keep what happens in the hub, as a list: write `[[events.files]]` \
                  above each.",
        entry: EVENT_FILE,
        needed: &["path"],
        tables: &[],
        fits: layers::fits_entry::<RawEventFile>,
        whole: layers::whole_entry::<RawEventFile>,
        defaults: layers::defaults_of::<RawEventFile>,
    },
    List {
        key: "events.redis",
        noun: "sink",
        meaning: "Channels and streams of Redis servers that are told what happens in the hub, as a list: \
                  write `[[events.redis]]` above each.",
        entry: REDIS_SINK,
        needed: &["name", "url"],
        tables: &[],
        fits: layers::fits_entry::<RawRedisSink>,
        whole: layers::whole_entry::<RawRedisSink>,
        defaults: layers::defaults_of::<RawRedisSink>,
    },
    List {
        key: "events.nats",
        noun: "sink",
        meaning: "Subjects of NATS servers that are told what happens in the hub, as a list: write \
                  `[[events.nats]]` above each.",
        entry: NATS_SINK,
        needed: &["name", "url"],
        tables: &[],
        fits: layers::fits_entry::<RawNatsSink>,
        whole: layers::whole_entry::<RawNatsSink>,
        defaults: layers::defaults_of::<RawNatsSink>,
    },
    List {
        key: "events.kafka",
        noun: "sink",
        meaning: "Topics of Kafka clusters that are told what happens in the hub, as a list: write \
                  `[[events.kafka]]` above each. Only in a build with the feature `kafka`.",
        entry: KAFKA_SINK,
        needed: &["name", "servers"],
        tables: &[],
        fits: layers::fits_entry::<RawKafkaSink>,
        whole: layers::whole_entry::<RawKafkaSink>,
        defaults: layers::defaults_of::<RawKafkaSink>,
    },
    List {
        key: "intake.kafka",
        noun: "intake",
        meaning: "Topics of Kafka clusters whose records are published, as a list: write \
                  `[[intake.kafka]]` above each. Only in a build with the feature `kafka`.",
        entry: KAFKA_INTAKE,
        needed: &["name", "servers", "from"],
        tables: &[],
        fits: layers::fits_entry::<RawKafkaIntake>,
        whole: layers::whole_entry::<RawKafkaIntake>,
        defaults: layers::defaults_of::<RawKafkaIntake>,
    },
    List {
        key: "pusher.apps",
        noun: "app",
        meaning: "Applications whose clients and servers speak the protocol of Pusher, as a list: \
                  write `[[pusher.apps]]` above each. With none, nobody speaks it here.",
        entry: PUSHER_APP,
        needed: &["id", "key", "secret"],
        tables: &[],
        fits: layers::fits_entry::<RawPusherApp>,
        whole: layers::whole_entry::<RawPusherApp>,
        defaults: layers::defaults_of::<RawPusherApp>,
    },
    List {
        key: "pusher.webhooks",
        noun: "webhook",
        meaning: "Who is told what happens to the channels of an app, in Pusher's words and signed \
                  with the app's secret, as a list: write `[[pusher.webhooks]]` above each.",
        entry: APP_WEBHOOK,
        needed: &["app", "url"],
        tables: &[],
        fits: layers::fits_entry::<RawAppWebhook>,
        whole: layers::whole_entry::<RawAppWebhook>,
        defaults: layers::defaults_of::<RawAppWebhook>,
    },
    List {
        key: "namespaces",
        noun: "namespace",
        meaning: "Rules for families of topics, as a list: write `[[namespaces]]` above each. The \
                  first pattern that matches a topic decides; topics that none matches have the \
                  defaults.",
        entry: NAMESPACE,
        needed: &["pattern"],
        tables: &["history", "window"],
        fits: layers::fits_entry::<RawNamespace>,
        whole: layers::whole_entry::<RawNamespace>,
        defaults: layers::defaults_of::<RawNamespace>,
    },
];

impl List {
    /// The list with a key.
    pub(crate) fn find(key: &str) -> Option<&'static Self> {
        LISTS.iter().find(|list| list.key == key)
    }

    /// The keys of an entry.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.entry.iter().map(|setting| setting.key)
    }
}
