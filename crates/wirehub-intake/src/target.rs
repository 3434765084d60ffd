//! Which topic of the hub a record is for.

use std::str::FromStr;

use wirehub_model::Topic;

use crate::{BadRecord, Record};

/// A topic with gaps that each record fills: `{key}` is its key, `{topic}` the topic of the log,
/// `{header:NAME}` what it has under a name. A gap is within one level of the name, so what fills
/// it leads nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Key,
    Topic,
    Header(String),
}

/// Why a text is no target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// A gap is not closed, or nothing that a record has.
    #[error("`{{{0}` is no gap: use {{key}}, {{topic}} or {{header:NAME}}")]
    Gap(String),
    /// What stands between the gaps can be in no topic.
    #[error("with its gaps filled it is no topic: {0}")]
    Topic(String),
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            parts.push(Part::Text(before.to_owned()));
            let (gap, after) = after
                .split_once('}')
                .ok_or_else(|| TargetError::Gap(after.to_owned()))?;
            parts.push(Part::gap(gap)?);
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        let filled: String = parts.iter().map(Part::tried).collect();
        Topic::parse(&filled).map_err(|error| TargetError::Topic(error.to_string()))?;
        Ok(Self(parts))
    }
}

impl Part {
    fn gap(name: &str) -> Result<Self, TargetError> {
        match name {
            "key" => Ok(Self::Key),
            "topic" => Ok(Self::Topic),
            _ => match name.strip_prefix("header:") {
                Some(header) if !header.is_empty() => Ok(Self::Header(header.to_owned())),
                _ => Err(TargetError::Gap(format!("{name}}}"))),
            },
        }
    }

    /// What could stand there.
    fn tried(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "x",
        }
    }

    /// What a record has for it.
    fn of(&self, record: &Record) -> Result<String, BadRecord> {
        let (what, bytes) = match self {
            Self::Text(text) => return Ok(text.clone()),
            Self::Topic => return Ok(record.place.topic.to_string()),
            Self::Key => ("key".to_owned(), record.key.as_ref()),
            Self::Header(name) => (format!("header `{name}`"), record.header(name)),
        };
        let bytes = bytes.ok_or_else(|| BadRecord(format!("it has no {what}")))?;
        let text = std::str::from_utf8(bytes);
        let text = text.map_err(|_| BadRecord(format!("its {what} is no text")))?;
        if text.is_empty() || text.contains('/') {
            return Err(BadRecord(format!(
                "its {what} does not fit into one level of a topic"
            )));
        }
        Ok(text.to_owned())
    }
}

impl Target {
    /// The topic that a record is for.
    pub(crate) fn of(&self, record: &Record) -> Result<String, BadRecord> {
        let mut text = String::new();
        for part in &self.0 {
            text.push_str(&part.of(record)?);
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Place;

    fn record(key: &'static str) -> Record {
        Record {
            place: Place::new("orders", 0, 1),
            key: Some(key.into()),
            headers: vec![("region".to_owned(), "eu".into())],
            value: None,
        }
    }

    #[test]
    fn gaps_are_filled_by_the_record() {
        let of = |text: &str| text.parse::<Target>().unwrap().of(&record("7"));
        assert_eq!(of("news").unwrap(), "news");
        assert_eq!(of("{topic}/{header:region}/{key}").unwrap(), "orders/eu/7");
        assert_eq!(of("a-{key}b").unwrap(), "a-7b");
        let missing = of("{header:else}").unwrap_err();
        assert_eq!(missing.to_string(), "it has no header `else`");
    }

    #[test]
    fn what_fills_a_gap_leads_nowhere_else() {
        let target: Target = "orders/{key}".parse().unwrap();
        for key in ["", "a/b", "../admin", "/"] {
            assert!(target.of(&record(key)).is_err(), "{key:?}");
        }
    }

    #[test]
    fn a_text_that_is_no_target_is_told() {
        for text in ["{key", "{keys}", "{header:}", "{}", "", "a/#", "a/+/{key}"] {
            assert!(text.parse::<Target>().is_err(), "{text:?}");
        }
    }
}
