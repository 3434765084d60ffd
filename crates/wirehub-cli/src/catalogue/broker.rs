//! Settings of the table `broker`.

use super::{Setting, fixed, secret, sinks};

/// The keys of the table.
pub(super) const BROKER: &[Setting] = &[
    fixed(
        "broker.kind",
        "Where what topics remember is kept: `memory`, which ends with the process, `redb`, a \
         file, or `redis`, `nats` or `kafka`, servers where several hubs meet; `kafka` only in \
         a build with that feature.",
    ),
    fixed("broker.path", "The file, with `redb`."),
    fixed(
        "broker.max_bytes",
        "The largest the file may become, 16MiB or more.",
    ),
    fixed(
        "broker.durability",
        "When a publication is acknowledged: `commit`, once it is on disk, or `relaxed`, at once.",
    ),
    fixed(
        "broker.node",
        "This hub's name among the hubs of a server. Empty: the machine's name and a random \
         ending, another one at each start.",
    ),
    secret(
        "broker.redis.url",
        "The server, with `redis`: `redis://user:password@host:6379/0`. A cluster, by some of its \
         servers: `redis+cluster://host:6379,host:6379`. Sentinels, and the name of the master \
         that they look after: `redis+sentinel://host:26379,host:26379/name`. With `rediss` for \
         TLS.",
        false,
    ),
    fixed(
        "broker.redis.ca",
        "A PEM file with the authorities that sign the servers' certificates. Empty: those that \
         the system trusts.",
    ),
    fixed(
        "broker.redis.certificate",
        "A PEM file with the certificate that the hub shows to the servers. Empty: none.",
    ),
    fixed(
        "broker.redis.key",
        "A PEM file with the key of that certificate.",
    ),
    fixed(
        "broker.redis.sentinel_user",
        "The user by which sentinels let the hub in. The one in the URL is for the servers.",
    ),
    secret(
        "broker.redis.sentinel_password",
        "The password by which sentinels let the hub in. Empty: they ask for none.",
        false,
    ),
    fixed(
        "broker.redis.prefix",
        "What all keys and channels begin with; hubs with the same one are one cluster.",
    ),
    fixed(
        "broker.redis.durable",
        "The server loses nothing when it crashes: it runs with `appendonly yes` and `appendfsync \
         always`. Otherwise topics begin a new epoch after its restart. When a replica takes its \
         place they do so in any case.",
    ),
    fixed(
        "broker.redis.replicas",
        "How many replicas must have a publication before it is acknowledged, 0 to 10. Publishers \
         are told to try again when fewer have it.",
    ),
    secret(
        "broker.nats.url",
        "The server, with `nats`: `nats://user:password@host:4222`, `nats://token@host`, or `tls://` \
         for TLS; several servers of one cluster with commas between them.",
        false,
    ),
    fixed(
        "broker.nats.credentials",
        "A credentials file of NATS, with a user's token and the seed of its key, or the seed alone. \
         Empty: the URL says who the hub is.",
    ),
    fixed(
        "broker.nats.certificates",
        "A PEM file with certificates to trust beside those that the system trusts. Empty: none.",
    ),
    fixed(
        "broker.nats.prefix",
        "What all subjects and streams begin with; hubs with the same one are one cluster.",
    ),
    fixed(
        "broker.nats.replicas",
        "On how many servers of a NATS cluster streams are kept, 1 to 5, when the hub makes them.",
    ),
    at("broker.kafka.servers", sinks::SERVERS),
    at("broker.kafka.tls", sinks::TLS),
    at("broker.kafka.ca", sinks::CA),
    at("broker.kafka.mechanism", sinks::MECHANISM),
    at("broker.kafka.user", sinks::USER),
    at("broker.kafka.password", sinks::PASSWORD),
    fixed(
        "broker.kafka.timeout",
        "How long connecting, an answer, and bringing a record may take.",
    ),
    fixed(
        "broker.kafka.prefix",
        "What the names of both topics begin with; hubs with the same one are one cluster.",
    ),
    fixed(
        "broker.kafka.partitions",
        "Partitions of the topic of publications, 1 to 1024; the same for all hubs, and for as long \
         as the topic is there.",
    ),
    fixed(
        "broker.kafka.replicas",
        "On how many servers each record is kept, when the hub makes the topics; `0` leaves it to \
         the cluster.",
    ),
    fixed(
        "broker.kafka.record_bytes",
        "The largest record; `max.message.bytes` of the topic has to take it.",
    ),
];

/// A setting that means the same under another key.
const fn at(key: &'static str, setting: Setting) -> Setting {
    Setting { key, ..setting }
}
