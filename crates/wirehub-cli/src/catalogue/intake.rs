//! What the keys of intakes mean.

use super::{
    Setting, fixed,
    sinks::{CA, MECHANISM, PASSWORD, SERVERS, TLS, USER},
};

/// The keys of an `[[intake.kafka]]` entry.
pub(crate) const KAFKA_INTAKE: &[Setting] = &[
    fixed(
        "name",
        "Its name in the log, in metrics and in idempotency keys.",
    ),
    SERVERS,
    fixed("from", "The topics of Kafka that are read."),
    fixed(
        "group",
        "The group of readers: hubs of one group share the records, each has one of them. Hubs \
         without a common broker have a group each.",
    ),
    fixed(
        "start",
        "Where a group begins that has not read before: `latest` or `earliest`.",
    ),
    fixed(
        "form",
        "What records are: `commands` (`{\"publish\":{\"topic\":…,\"data\":…}}`), or `events`, \
         which are published as they are and whose headers `wirehub-…` say how.",
    ),
    fixed(
        "to",
        "The topic of the hub for `events`, with `{key}`, `{topic}` and `{header:NAME}` filled by \
         the record, each within one level.",
    ),
    fixed(
        "topics",
        "Filters: what is for a topic that none matches is a bad record. Empty: all topics.",
    ),
    fixed(
        "park",
        "The topic of Kafka for bad records, which then say why. Empty: they are left out, and \
         counted.",
    ),
    TLS,
    CA,
    MECHANISM,
    USER,
    PASSWORD,
    fixed("timeout", "How long connecting may take, and an answer."),
    fixed(
        "silence",
        "How long a hub may be silent before others of the group go on with its records.",
    ),
    fixed(
        "give_up_after",
        "How long the hub may not take a record before it counts as a bad one.",
    ),
    fixed(
        "room",
        "The most records on their way; Kafka keeps the others until there is room.",
    ),
];
