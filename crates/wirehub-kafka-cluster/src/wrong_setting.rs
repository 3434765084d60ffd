//! Why Kafka cannot be used with some settings.

/// Why Kafka cannot be used with some settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WrongSetting {
    /// There are no servers.
    #[error("name the servers of the Kafka cluster: host:9092, several with commas")]
    Servers,
    /// A topic's name is none.
    #[error(
        "{0:?} is no name of a Kafka topic: it must have 1 to 249 letters, digits, `.`, `_` or `-`"
    )]
    Topic(String),
    /// Hubs that meet on the cluster need partitions.
    #[error("topics need 1 to {max} partitions")]
    Partitions {
        /// The most.
        max: i32,
    },
    /// A group's name is none.
    #[error("a Kafka group needs a name")]
    Group,
    /// Certificates are trusted where none is shown.
    #[error("certificates to trust need TLS")]
    NotEncrypted,
    /// The library does not take them.
    #[error("librdkafka does not take these settings: {0}")]
    Refused(String),
}

/// What Kafka itself asks of names.
///
/// # Errors
/// When it is no name of a topic.
pub fn check_topic(name: &str) -> Result<(), WrongSetting> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let long = 1..=249;
    if long.contains(&name.len()) && name.chars().all(allowed) && !matches!(name, "." | "..") {
        return Ok(());
    }
    Err(WrongSetting::Topic(name.to_owned()))
}
