//! The options that a file sets, each taken once.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde_json::{Map, Value};

use super::{
    advice,
    known::{self, Kind},
    note::Note,
};

/// Options by their names: `channel.namespaces[0].name`.
#[derive(Debug, Default)]
pub(super) struct Source {
    values: BTreeMap<String, Value>,
    /// Those that became settings, or were spoken of.
    taken: BTreeSet<String>,
    notes: Vec<Note>,
}

impl Source {
    pub(super) fn new(options: &Map<String, Value>) -> Self {
        let mut source = Self::default();
        for (name, value) in options {
            source.flatten(name.clone(), value);
        }
        source
    }

    fn flatten(&mut self, name: String, value: &Value) {
        let known = known::find(&without_places(&name));
        let whole = known.is_some_and(|known| matches!(known.kind, Kind::Map | Kind::Commercial));
        match value {
            Value::Object(inner) if !whole => {
                for (key, value) in inner {
                    self.flatten(format!("{name}.{key}"), value);
                }
            }
            Value::Array(list) if list.iter().any(Value::is_object) => {
                for (place, value) in list.iter().enumerate() {
                    self.flatten(format!("{name}[{place}]"), value);
                }
            }
            Value::Null => {}
            Value::Array(list) if list.is_empty() => {}
            value => {
                self.values.insert(name, value.clone());
            }
        }
    }

    /// How many entries a list of tables has.
    pub(super) fn count(&self, list: &str) -> usize {
        let prefix = format!("{list}[");
        let places = self.values.keys().filter_map(|name| {
            let place = name.strip_prefix(&prefix)?.split(']').next()?;
            place.parse::<usize>().ok()
        });
        places.max().map_or(0, |last| last + 1)
    }

    /// Whether an option is set to something, without taking it.
    pub(super) fn has(&self, name: &str) -> bool {
        self.values
            .get(name)
            .is_some_and(|value| !is_nothing(value))
    }

    /// Takes an option that is a text and not empty.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        let text = match self.take(name)? {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            _ => return self.wrong(name, "is no text"),
        };
        (!text.is_empty()).then_some(text)
    }

    /// Takes an option that is true or false; what is not set is false.
    pub(super) fn flag(&mut self, name: &str) -> bool {
        match self.take(name) {
            Some(Value::Bool(flag)) => flag,
            Some(Value::String(text)) if text == "true" => true,
            Some(Value::String(text)) if text == "false" => false,
            Some(_) => self
                .wrong(name, "is neither true nor false")
                .unwrap_or_default(),
            None => false,
        }
    }

    /// Takes an option that is a number above zero, which mostly stands for no bound.
    pub(super) fn number(&mut self, name: &str) -> Option<i64> {
        let number = match self.take(name)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        match number {
            Some(number) if number >= 0 => (number > 0).then_some(number),
            _ => self.wrong(name, "is no whole number"),
        }
    }

    /// Takes an option that is a span of time above zero.
    pub(super) fn span(&mut self, name: &str) -> Option<Duration> {
        let text = match self.take(name)? {
            Value::String(text) => text,
            Value::Number(number) if number.as_i64() == Some(0) => return None,
            _ => return self.wrong(name, "is no duration such as \"25s\""),
        };
        match duration(&text) {
            Some(Duration::ZERO) => None,
            Some(span) => Some(span),
            None => self.wrong(name, "is no duration such as \"25s\""),
        }
    }

    /// Takes an option that is a list of texts, or one.
    pub(super) fn list(&mut self, name: &str) -> Vec<String> {
        let list = match self.take(name) {
            Some(Value::Array(list)) => list,
            Some(Value::String(text)) if text.is_empty() => return Vec::new(),
            Some(Value::String(text)) => return vec![text],
            Some(_) => return self.wrong(name, "is no list").unwrap_or_default(),
            None => return Vec::new(),
        };
        let texts: Option<Vec<String>> = list
            .iter()
            .map(|entry| entry.as_str().map(str::to_owned))
            .collect();
        match texts {
            Some(texts) => texts,
            None => self.wrong(name, "is no list of texts").unwrap_or_default(),
        }
    }

    /// Says something about an option.
    pub(super) fn note(&mut self, name: &str, text: impl Into<String>) {
        self.taken.insert(name.to_owned());
        self.notes.push(Note::new(name, text));
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        let value = self.values.get(name)?.clone();
        self.taken.insert(name.to_owned());
        Some(value)
    }

    fn wrong<T>(&mut self, name: &str, why: &str) -> Option<T> {
        self.note(name, format!("{why}, so it was left out"));
        None
    }

    /// What is to be said of all options that nobody took.
    pub(super) fn notes(self) -> Vec<Note> {
        let mut notes = self.notes;
        for (name, value) in &self.values {
            if self.taken.contains(name) {
                continue;
            }
            let general = without_places(name);
            match known::find(&general) {
                None => notes.push(unknown(name, &general)),
                Some(known) if is_nothing(value) || is_default(value, known.default) => {}
                Some(known) if known.kind == Kind::Commercial => {
                    let text = "belongs to Centrifugo's commercial edition and has no counterpart";
                    notes.push(Note::new(name, text));
                }
                Some(_) => notes.push(Note::new(name, advice::of(&general))),
            }
        }
        notes
    }
}

fn unknown(name: &str, general: &str) -> Note {
    let hint = match known::nearest(general) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => "; files for version 5 and before have to be converted to those of version 6 first"
            .to_owned(),
    };
    Note::new(name, format!("Centrifugo 6 has no such option{hint}"))
}

/// The name of an option in every entry of a list.
fn without_places(name: &str) -> String {
    let mut parts = name.split('[');
    let mut general = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.split_once(']').map_or(part, |(_, rest)| rest);
        general.push_str("[]");
        general.push_str(rest);
    }
    general
}

/// Whether a value is the same as none.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty() || duration(text) == Some(Duration::ZERO),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

/// Whether a value is what holds when nobody says.
fn is_default(value: &Value, default: &str) -> bool {
    let written = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(list) => match list.as_slice() {
            [Value::String(only)] => only.clone(),
            _ => return false,
        },
        _ => return false,
    };
    let same_span = duration(&written).is_some() && duration(&written) == duration(default);
    !default.is_empty() && (written == default || same_span)
}

/// Reads a duration as Go writes them: `1h30m`, `1.5s`, `300ms`.
fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut sum = 0.0;
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let (number, after) = rest.split_at(end);
        let next = after.find(|c: char| c.is_ascii_digit() || c == '.');
        let (unit, left) = after.split_at(next.unwrap_or(after.len()));
        let seconds = match unit {
            "h" => 3_600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            "us" | "µs" | "μs" => 0.000_001,
            "ns" => 0.000_000_001,
            _ => return None,
        };
        sum += number.parse::<f64>().ok()? * seconds;
        rest = left;
    }
    // Our own spans are of milliseconds.
    let millis = (sum * 1_000.0).round();
    let some = !text.trim().is_empty() && (0.0..=9.0e15).contains(&millis);
    some.then(|| Duration::from_millis(millis as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_writes_them() {
        for (text, millis) in [
            ("25s", 25_000),
            ("1h30m", 5_400_000),
            ("1.5s", 1_500),
            ("300ms", 300),
            ("1000ms", 1_000),
            ("0s", 0),
            ("0", 0),
            ("1h0m0.5s", 3_600_500),
            ("600us", 1),
        ] {
            assert_eq!(
                duration(text),
                Some(Duration::from_millis(millis)),
                "{text}"
            );
        }
        for text in ["", "25", "s", "-1s", "1x", "1e9h", "9999999999999h"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
