//! One table of a file, taken apart key by key.

use std::fmt::Write as _;

use serde::de::DeserializeOwned;
use toml::{
    Table, Value,
    de::{DeTable, DeValue},
};

use super::Word;
use crate::{catalogue, config_file::line_of, fault::Faults};

/// A file, to say where something is.
#[derive(Clone, Copy, Debug)]
pub(super) struct File<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
}

impl File<'_> {
    pub(super) fn place(&self, start: usize) -> String {
        format!("{}:{}", self.name, line_of(self.text, start))
    }
}

/// A table of a file. What was asked for is known; what is left at the end is a mistake.
pub(super) struct Section<'a> {
    file: &'a File<'a>,
    name: String,
    start: usize,
    spans: &'a DeTable<'a>,
    values: Table,
    known: Vec<&'static str>,
}

impl<'a> Section<'a> {
    pub(super) fn new(
        file: &'a File<'a>,
        name: &str,
        start: usize,
        spans: &'a DeTable<'a>,
        values: Table,
    ) -> Self {
        Self {
            file,
            name: name.to_owned(),
            start,
            spans,
            values,
            known: Vec::new(),
        }
    }

    /// The value of a key, if it is there and right.
    pub(super) fn take<T: DeserializeOwned>(
        &mut self,
        key: &'static str,
        faults: &mut Faults,
    ) -> Option<T> {
        self.known.push(key);
        let value = self.values.remove(key)?;
        match T::deserialize(value) {
            Ok(value) => Some(value),
            Err(error) => {
                let message = format!("`{key}`: {}", error.message());
                faults.add(Some(self.place(key)), message);
                None
            }
        }
    }

    /// The value of a key that has to be one of a few words.
    pub(super) fn word(
        &mut self,
        key: &'static str,
        words: &[&'static str],
        faults: &mut Faults,
    ) -> Option<&'static str> {
        let place = self.place(key);
        let Word(written) = self.take(key, faults)?;
        let found = words.iter().find(|word| **word == written).copied();
        if found.is_none() {
            let near = catalogue::nearest(&written, words.iter().copied());
            let mut message = format!("`{key}` is one of {}", words.join(", "));
            if let Some(near) = near {
                let _ = write!(message, "; did you mean `{near}`?");
            }
            faults.add(Some(place), message);
            // Named once is enough: what needs it need not complain too.
            return words.first().copied();
        }
        found
    }

    /// The table under a key.
    pub(super) fn section(&mut self, key: &'static str, faults: &mut Faults) -> Option<Self> {
        self.known.push(key);
        let value = self.values.remove(key)?;
        let (start, spans) = self.span(key)?;
        match (spans, value) {
            (DeValue::Table(spans), Value::Table(values)) => {
                Some(Self::new(self.file, key, start, spans, values))
            }
            _ => {
                let message = format!("`{key}` is a table: write [{key}] and its keys below");
                faults.add(Some(self.place(key)), message);
                None
            }
        }
    }

    /// The tables under a key that may stand several times.
    pub(super) fn list(&mut self, key: &'static str, faults: &mut Faults) -> Vec<Self> {
        self.known.push(key);
        let Some(value) = self.values.remove(key) else {
            return Vec::new();
        };
        let place = self.place(key);
        let mut sections = Vec::new();
        if let (Some((_, DeValue::Array(spans))), Value::Array(values)) = (self.span(key), value) {
            for (span, value) in spans.iter().zip(values) {
                if let (DeValue::Table(spans), Value::Table(values)) = (span.get_ref(), value) {
                    let start = span.span().start;
                    sections.push(Self::new(self.file, key, start, spans, values));
                }
            }
        }
        if sections.is_empty() {
            let message = format!("`{key}` is a list of tables: write [[{key}]] above each");
            faults.add(Some(place), message);
        }
        sections
    }

    /// Every key with its value and its place, for a table that somebody else knows.
    pub(super) fn entries(mut self) -> impl Iterator<Item = (String, Value, String)> {
        let values = std::mem::take(&mut self.values);
        values.into_iter().map(move |(key, value)| {
            let place = self.place(&key);
            (key, value, place)
        })
    }

    /// Whatever is left is a mistake.
    pub(super) fn end(self, faults: &mut Faults) {
        for key in self.values.keys() {
            let near = catalogue::nearest(key, self.known.iter().copied());
            let hint = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are {}", self.known.join(", ")),
            };
            let of = match self.name.as_str() {
                "" => "a scenario".to_owned(),
                name => format!("`{name}`"),
            };
            let message = format!("{of} has no `{key}`; {hint}");
            faults.add(Some(self.place(key)), message);
        }
    }

    /// Something that is there is missing.
    pub(super) fn needs(&self, key: &str, words: &[&str], faults: &mut Faults) {
        let examples = words.join(", ");
        self.wrong(&format!("`{key}` is missing, such as {examples}"), faults);
    }

    pub(super) fn wrong(&self, message: &str, faults: &mut Faults) {
        let place = self.file.place(self.start);
        faults.add(Some(place), message);
    }

    fn span(&self, key: &str) -> Option<(usize, &'a DeValue<'a>)> {
        let mut entries = self.spans.iter();
        let (name, value) = entries.find(|(name, _)| name.get_ref() == key)?;
        Some((name.span().start, value.get_ref()))
    }

    fn place(&self, key: &str) -> String {
        let start = self.span(key).map_or(self.start, |(start, _)| start);
        self.file.place(start)
    }
}
