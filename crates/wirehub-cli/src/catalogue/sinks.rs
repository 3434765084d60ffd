//! What the keys of sinks that are brokers mean.

use super::{
    Setting,
    events::{GIVE_UP_AFTER, KINDS, QUEUE, TIMEOUT, TOPICS},
    fixed, secret,
};

const NAME: Setting = fixed("name", "Its name in the log and in metrics.");

const FORM: Setting = fixed(
    "form",
    "How an event is written: `cloudevents`, as JSON with all there is to say, or `words`: \
     `DISCONNECT:` and the connection.",
);

pub(super) const CA: Setting = fixed(
    "ca",
    "A file with the certificates that vouch for the server, in PEM. Empty: those that this \
     machine trusts.",
);

pub(super) const SERVERS: Setting = fixed(
    "servers",
    "Some servers of the cluster: `host:9092`, several with commas.",
);
pub(super) const TLS: Setting = fixed("tls", "Connections are encrypted.");
pub(super) const MECHANISM: Setting = fixed(
    "mechanism",
    "How the name and the password are shown: `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`.",
);
pub(super) const USER: Setting = fixed(
    "user",
    "The name of the hub there. Empty: the cluster does not ask.",
);
pub(super) const PASSWORD: Setting = secret("password", "Its password there.", false);

/// The keys of an `[[events.redis]]` entry.
pub(crate) const REDIS_SINK: &[Setting] = &[
    NAME,
    secret(
        "url",
        "The server: `redis://user:password@host:6379/0`, or `rediss://` for TLS.",
        false,
    ),
    fixed(
        "channel",
        "The channel that is told, such as `connection_events`: whoever listens hears it.",
    ),
    fixed(
        "stream",
        "The key of a stream that is told, in place of a channel: what the server has kept is \
         taken, and comes at least once.",
    ),
    fixed(
        "keep",
        "About how many events the stream keeps, the newest.",
    ),
    CA,
    FORM,
    fixed("kinds", KINDS),
    fixed("topics", TOPICS),
    TIMEOUT,
    GIVE_UP_AFTER,
    QUEUE,
];

/// The keys of an `[[events.nats]]` entry.
pub(crate) const NATS_SINK: &[Setting] = &[
    NAME,
    secret(
        "url",
        "The servers: `nats://user:password@host:4222`, or `tls://`; several with commas.",
        false,
    ),
    fixed("subject", "The subject that is told."),
    fixed(
        "jetstream",
        "A stream of JetStream has the subject: what it has kept is taken, and comes at least \
         once. Otherwise whoever listens hears it.",
    ),
    fixed(
        "credentials",
        "A `.creds` file. Empty: the server does not ask for one.",
    ),
    CA,
    FORM,
    fixed("kinds", KINDS),
    fixed("topics", TOPICS),
    TIMEOUT,
    GIVE_UP_AFTER,
    QUEUE,
];

/// The keys of an `[[events.kafka]]` entry.
pub(crate) const KAFKA_SINK: &[Setting] = &[
    NAME,
    SERVERS,
    fixed("topic", "The topic that is told."),
    fixed(
        "key",
        "What keeps records in their order: `connection` or `user`. What is about neither has its \
         topic of the hub for a key.",
    ),
    TLS,
    CA,
    MECHANISM,
    USER,
    PASSWORD,
    FORM,
    fixed("kinds", KINDS),
    fixed("topics", TOPICS),
    TIMEOUT,
    GIVE_UP_AFTER,
    QUEUE,
];
