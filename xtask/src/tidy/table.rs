//! The dependency table of the design, as data: who may use whom.
//!
//! A new arrow needs a decision record in `docs/decisions/`. Crates that the design names and that
//! do not exist yet are listed too: their walls stand before they do.

/// Which of our own crates a crate may use.
pub(crate) enum Own {
    /// Just these.
    These(&'static [&'static str]),
    /// Every one but the binary and the test kit.
    All,
}

/// One row of the table.
pub(crate) struct Row {
    /// Name of the package.
    pub(crate) package: &'static str,
    /// Our own crates it may use, in normal and build dependencies.
    pub(crate) own: Own,
    /// Whether it is pure: no IO, no clock, no randomness, not even through others.
    pub(crate) pure: bool,
    /// Outside packages it must not name itself.
    pub(crate) never: &'static [&'static str],
}

/// Outside packages that no pure crate may reach through any path, tests included for the first of
/// them.
pub(crate) const IMPURE: &[&str] = &[
    "tokio",
    "mio",
    "socket2",
    "hyper",
    "reqwest",
    "async-std",
    "smol",
    "tracing-subscriber",
];

/// Outside packages that no pure crate may name: clocks, randomness and settings.
pub(crate) const IMPURE_BY_NAME: &[&str] = &[
    "rand",
    "fastrand",
    "getrandom",
    "chrono",
    "time",
    "jiff",
    "figment",
    "config",
    "clap",
];

/// Packages that nothing may depend on outside of tests.
pub(crate) const NEVER_DEPENDED_ON: &[&str] = &["wirehub-cli", "wirehub-testkit", "xtask"];

const FORMATS: &[&str] = &["serde_json", "prost", "rmp-serde"];
const BROKERS: &[&str] = &["redis", "async-nats", "rdkafka", "redb"];

/// The table.
pub(crate) const TABLE: &[Row] = &[
    pure("wirehub-model", &[], FORMATS),
    pure("wirehub-websocket", &[], FORMATS),
    pure("wirehub-protocol", &["wirehub-model"], &[]),
    pure("wirehub-core", &["wirehub-model"], FORMATS),
    pure(
        "wirehub-testkit",
        &["wirehub-core", "wirehub-protocol", "wirehub-model"],
        &[],
    ),
    edge(
        "wirehub-transport",
        &["wirehub-model", "wirehub-uring", "wirehub-websocket"],
        FORMATS,
    ),
    edge("wirehub-broker", &["wirehub-model"], BROKERS),
    edge(
        "wirehub-broker-redis",
        &["wirehub-broker", "wirehub-model"],
        &[],
    ),
    edge(
        "wirehub-broker-nats",
        &["wirehub-broker", "wirehub-model"],
        &[],
    ),
    edge(
        "wirehub-broker-kafka",
        &["wirehub-broker", "wirehub-kafka-cluster", "wirehub-model"],
        &[],
    ),
    edge(
        "wirehub-broker-redb",
        &["wirehub-broker", "wirehub-model"],
        &[],
    ),
    edge(
        "wirehub-events",
        &["wirehub-core", "wirehub-model"],
        BROKERS,
    ),
    edge("wirehub-intake", &["wirehub-model"], BROKERS),
    edge("wirehub-kafka-cluster", &["wirehub-model"], &[]),
    edge("wirehub-sinks", &["wirehub-events", "wirehub-model"], &[]),
    edge("wirehub-traces", &["wirehub-model"], BROKERS),
    edge("wirehub-pool", &[], &[]),
    edge("wirehub-profile", &[], &[]),
    edge("wirehub-uring", &[], &[]),
    edge(
        "wirehub",
        &[
            "wirehub-core",
            "wirehub-protocol",
            "wirehub-transport",
            "wirehub-websocket",
            "wirehub-broker",
            "wirehub-events",
            "wirehub-intake",
            "wirehub-traces",
            "wirehub-pool",
            "wirehub-model",
        ],
        &[
            "clap",
            "figment",
            "config",
            "toml",
            "redis",
            "async-nats",
            "rdkafka",
            "redb",
        ],
    ),
    edge(
        "wirehub-http",
        &[
            "wirehub",
            "wirehub-protocol",
            "wirehub-profile",
            "wirehub-model",
        ],
        BROKERS,
    ),
    edge(
        "wirehub-kafka",
        &[
            "wirehub-events",
            "wirehub-intake",
            "wirehub-kafka-cluster",
            "wirehub-model",
        ],
        &[],
    ),
    edge(
        "wirehub-client",
        &["wirehub-protocol", "wirehub-websocket", "wirehub-model"],
        &[],
    ),
    edge(
        "wirehub-load",
        &["wirehub-client", "wirehub-protocol", "wirehub-websocket"],
        &[],
    ),
    edge(
        "wirehub-rollout",
        &["wirehub-transport", "wirehub-model"],
        &[],
    ),
    edge("wirehub-reconcile", &["wirehub-pool"], &[]),
    Row {
        package: "wirehub-cli",
        own: Own::All,
        pure: false,
        never: &[],
    },
    Row {
        package: "wirehub-bench",
        own: Own::All,
        pure: false,
        never: &[],
    },
    edge("xtask", &[], &[]),
];

/// The row of a package.
pub(crate) fn row(package: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.package == package)
}

const fn pure(package: &'static str, own: &'static [&str], never: &'static [&str]) -> Row {
    Row {
        package,
        own: Own::These(own),
        pure: true,
        never,
    }
}

const fn edge(package: &'static str, own: &'static [&str], never: &'static [&str]) -> Row {
    Row {
        package,
        own: Own::These(own),
        pure: false,
        never,
    }
}
