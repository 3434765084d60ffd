//! What a client has of its topics when it comes back.

use std::borrow::Borrow;

use wirehub_model::{Offset, Refusal, Topic};

use super::field::{bad, whole};

/// How many topics a client may name. A connection has 128 subscriptions unless the server's
/// settings say otherwise; this leaves room for that, and bounds what one message makes us do.
pub(super) const MAX: usize = 1_000;

/// Checks what was read as the value of `field`. The topics come out in the order of their names,
/// since the order in the message means nothing.
pub(super) fn take<T: Borrow<str>>(
    field: &str,
    pairs: impl ExactSizeIterator<Item = (T, u64)>,
) -> Result<Vec<(Topic, Offset)>, Refusal> {
    if pairs.len() > MAX {
        return Err(bad(format!("`{field}` must name at most {MAX} topics")));
    }
    let mut offsets = Vec::with_capacity(pairs.len());
    for (topic, number) in pairs {
        let topic = Topic::parse(topic.borrow())
            .map_err(|error| bad(format!("`{field}` is not valid: {error}")))?;
        offsets.push((topic, Offset(whole(field, number)?)));
    }
    offsets.sort_unstable();
    if !offsets.is_sorted_by(|(one, _), (next, _)| one < next) {
        return Err(bad(format!("`{field}` must name each topic once")));
    }
    Ok(offsets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_as_many_topics_as_the_documents_say() {
        let pairs = |count| (0..count).map(|number| (format!("t/{number}"), 7));
        assert_eq!(take("topics", pairs(MAX)).unwrap().len(), MAX);
        let refused = take("topics", pairs(MAX + 1)).unwrap_err();
        assert_eq!(refused.message, "`topics` must name at most 1000 topics");
    }
}
