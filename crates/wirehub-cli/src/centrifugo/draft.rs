//! Settings in the making.

use std::collections::BTreeMap;

use toml::Value;

use super::note::Note;
use crate::{catalogue::SETTINGS, fault::Faults, layers::Layers, settings::Settings};

/// What was translated so far.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// Settings by their keys.
    settings: BTreeMap<String, Written>,
    namespaces: Vec<NamespaceDraft>,
    /// What became of options on the way.
    pub(super) notes: Vec<Note>,
}

#[derive(Clone, Debug)]
struct Written {
    value: Value,
    /// The option it comes from.
    from: String,
}

/// An entry of the list of namespaces.
#[derive(Clone, Debug)]
pub(super) struct NamespaceDraft {
    pattern: String,
    /// What it is, for a comment.
    title: String,
    entries: Vec<(&'static str, Written)>,
}

impl NamespaceDraft {
    pub(super) fn new(pattern: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            pattern: pattern.into(),
            title: title.into(),
            entries: Vec::new(),
        }
    }

    pub(super) fn set(&mut self, key: &'static str, value: impl Into<Value>, from: &str) {
        let value = value.into();
        let from = from.to_owned();
        self.entries.push((key, Written { value, from }));
    }
}

impl Draft {
    pub(super) fn set(&mut self, key: &str, value: impl Into<Value>, from: &str) {
        let value = value.into();
        let from = from.to_owned();
        self.settings
            .insert(key.to_owned(), Written { value, from });
    }

    pub(super) fn add(&mut self, namespace: NamespaceDraft) {
        self.namespaces.push(namespace);
    }

    pub(super) fn note(&mut self, option: &str, text: impl Into<String>) {
        self.notes.push(Note::new(option, text));
    }

    /// Takes out what would not pass the check, and says why: an option may be fine there and not
    /// here.
    pub(super) fn keep_what_passes(&mut self) {
        loop {
            let text = self.toml("");
            let checked = Layers::of_text(&text).and_then(|layers| Settings::new(&layers));
            let Err(faults) = checked else {
                return;
            };
            if !self.take_out(&faults) {
                let text = format!("the settings as a whole do not pass the check: {faults}");
                self.notes.push(Note::new("(all)", text));
                return;
            }
        }
    }

    /// Takes out what the faults name; returns whether anything was.
    fn take_out(&mut self, faults: &Faults) -> bool {
        let before = self.size();
        for message in faults.messages() {
            match pattern_in(message) {
                Some(pattern) => self.take_out_of_namespace(&pattern, message),
                None => self.take_out_setting(message),
            }
        }
        self.size() < before
    }

    fn take_out_setting(&mut self, message: &str) {
        let named = message.split('`').skip(1).step_by(2);
        let mut keys = named.flat_map(|name| {
            let inside = format!("{name}.");
            let all = self.settings.keys();
            let within = all.filter(move |key| *key == name || key.starts_with(&inside));
            within.cloned().collect::<Vec<_>>()
        });
        // A pair of spans that do not fit is named by the table of one of them alone.
        let of_heartbeat = || {
            let mut keys = self.settings.keys();
            let is_tcp = message.contains("`tcp`");
            keys.find(|key| is_tcp && key.starts_with("heartbeat."))
                .cloned()
        };
        let key = keys.next().or_else(of_heartbeat);
        if let Some(key) = key
            && let Some(written) = self.settings.remove(&key)
        {
            let text = format!("left out, since {message}");
            self.notes.push(Note::new(written.from, text));
        }
    }

    fn take_out_of_namespace(&mut self, pattern: &str, message: &str) {
        let named: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
        let namespaces = self.namespaces.iter_mut();
        let mut fitting = namespaces.filter(|namespace| namespace.pattern == pattern);
        let Some(namespace) = fitting.next() else {
            return;
        };
        let is_named = |key: &str| {
            named
                .iter()
                .any(|name| *name == key || name.starts_with(&format!("{key}.")))
        };
        let place = namespace.entries.iter().position(|(key, _)| is_named(key));
        let place = place.or_else(|| namespace.entries.len().checked_sub(1));
        if let Some(place) = place {
            let (_, written) = namespace.entries.remove(place);
            let text = format!("left out, since {message}");
            self.notes.push(Note::new(written.from, text));
        } else {
            let text = format!("the namespace was left out, since {message}");
            self.notes.push(Note::new(namespace.title.clone(), text));
            self.namespaces
                .retain(|namespace| namespace.pattern != pattern);
        }
    }

    fn size(&self) -> usize {
        let entries = self
            .namespaces
            .iter()
            .map(|namespace| 1 + namespace.entries.len());
        self.settings.len() + entries.sum::<usize>()
    }

    /// The settings as a file.
    pub(super) fn toml(&self, name: &str) -> String {
        let mut text = format!("# Made by `wirehub config import centrifugo {name}`.\n");
        let mut table = "";
        for setting in SETTINGS {
            let Some(written) = self.settings.get(setting.key) else {
                continue;
            };
            let (inside, key) = setting.key.rsplit_once('.').unwrap_or(("", setting.key));
            if inside != table {
                text.push_str(&format!("\n[{inside}]\n"));
                table = inside;
            }
            text.push_str(&written.line(key));
        }
        for namespace in &self.namespaces {
            let NamespaceDraft {
                pattern,
                title,
                entries,
            } = namespace;
            let pattern = Value::from(pattern.as_str());
            text.push_str(&format!(
                "\n[[namespaces]]  # {title}\npattern = {pattern}\n"
            ));
            for (key, written) in entries {
                text.push_str(&written.line(key));
            }
        }
        text
    }
}

impl Written {
    fn line(&self, key: &str) -> String {
        format!("{key} = {}  # {}\n", self.value, self.from)
    }
}

/// The pattern that a fault of a namespace names.
fn pattern_in(message: &str) -> Option<String> {
    let rest = message.strip_prefix("`namespaces` ")?;
    let end = rest.find("\": ")?;
    // It is written as a text of Rust's, which JSON has the same for all that patterns hold.
    serde_json::from_str(rest.get(..=end)?).ok()
}
