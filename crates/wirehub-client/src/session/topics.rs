//! Names of topics.

/// Whether a filter stands for more than one topic.
pub(crate) fn has_wildcards(topic: &str) -> bool {
    topic.split('/').any(|level| level == "+" || level == "#")
}
