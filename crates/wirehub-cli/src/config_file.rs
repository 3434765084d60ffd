//! A settings file, taken apart into values with their lines.

use toml::{
    Spanned, Table, Value,
    de::{DeTable, DeValue},
};

use crate::{
    catalogue::{self, LISTS, List, SETTINGS},
    fault::Faults,
    layers::Origin,
};

/// One written value.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    pub(crate) key: String,
    pub(crate) value: Value,
    pub(crate) origin: Origin,
}

/// Takes a file's text apart. Unknown keys are faults.
pub(crate) fn leaves(name: &str, text: &str, faults: &mut Faults) -> Result<Vec<Leaf>, Faults> {
    let wrong = |error: toml::de::Error| {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        let origin = Origin::File {
            name: name.to_owned(),
            line,
        };
        Faults::one(Some(origin.to_string()), error.message())
    };
    let spans = DeTable::parse(text).map_err(wrong)?;
    let values: Table = toml::from_str(text).map_err(wrong)?;
    let mut walk = Walk {
        name,
        text,
        faults,
        leaves: Vec::new(),
    };
    walk.table("", spans.get_ref(), values);
    Ok(walk.leaves)
}

struct Walk<'a> {
    name: &'a str,
    text: &'a str,
    faults: &'a mut Faults,
    leaves: Vec<Leaf>,
}

impl Walk<'_> {
    fn table(&mut self, prefix: &str, spans: &DeTable<'_>, mut values: Table) {
        for (name, span) in spans {
            let key = match prefix {
                "" => name.get_ref().to_string(),
                _ => format!("{prefix}.{}", name.get_ref()),
            };
            let Some(value) = values.remove(name.get_ref().as_ref()) else {
                continue;
            };
            let origin = self.origin(name.span().start);
            self.entry(key, span, value, origin);
        }
    }

    fn entry(&mut self, key: String, span: &Spanned<DeValue<'_>>, value: Value, origin: Origin) {
        if let Some(list) = List::find(&key) {
            return self.list(list, span, value, origin);
        }
        if catalogue::find(&key).is_some() {
            return self.leaves.push(Leaf { key, value, origin });
        }
        let inside = format!("{key}.");
        let settings = SETTINGS.iter().map(|setting| setting.key);
        let lists = LISTS.iter().map(|list| list.key);
        let is_table = settings.chain(lists).any(|key| key.starts_with(&inside));
        match (span.get_ref(), value) {
            (DeValue::Table(spans), Value::Table(values)) if is_table => {
                self.table(&key, spans, values);
            }
            _ if is_table => {
                let message = format!("`{key}` is a table: write [{key}] and its keys below");
                self.faults.add(Some(origin.to_string()), message);
            }
            _ => {
                let tables = [
                    "admin",
                    "auth",
                    "heartbeat",
                    "tcp",
                    "tls",
                    "limits",
                    "sessions",
                    "broker",
                    "events",
                    "intake",
                    "pusher",
                    "drain",
                    "centrifugo",
                    "log",
                ];
                let keys = SETTINGS.iter().map(|setting| setting.key);
                let keys = keys.chain(tables).chain(LISTS.iter().map(|list| list.key));
                self.unknown(&key, keys, &origin);
            }
        }
    }

    /// Lists replace each other as a whole, so a list is one value.
    fn list(&mut self, list: &List, span: &Spanned<DeValue<'_>>, value: Value, origin: Origin) {
        let key = list.key;
        let (DeValue::Array(spans), Value::Array(values)) = (span.get_ref(), value) else {
            let message = format!("`{key}` is a list of tables: write [[{key}]] above each");
            return self.faults.add(Some(origin.to_string()), message);
        };
        let before = self.faults.count();
        let mut entries = Vec::new();
        for (span, value) in spans.iter().zip(values) {
            let (DeValue::Table(spans), Value::Table(written)) = (span.get_ref(), value) else {
                let message = format!("each of `{key}` is a table: write [[{key}]] above it");
                self.faults.add(Some(origin.to_string()), message);
                continue;
            };
            self.list_entry(list, "", spans, &written);
            for needed in list.needed {
                if !written.contains_key(*needed) {
                    let place = self.origin(span.span().start).to_string();
                    let message = format!("the {} has no `{needed}`", list.noun);
                    self.faults.add(Some(place), message);
                }
            }
            entries.push(Value::Table((list.whole)(written)));
        }
        // Faults are named already; the list as a whole would name them again, without their lines.
        if self.faults.count() == before {
            let key = key.to_owned();
            let value = Value::Array(entries);
            self.leaves.push(Leaf { key, value, origin });
        }
    }

    /// Checks one entry of a list, or a table in it that `prefix` names.
    fn list_entry(&mut self, list: &List, prefix: &str, spans: &DeTable<'_>, written: &Table) {
        for (name, span) in spans {
            let origin = self.origin(name.span().start);
            let Some(value) = written.get(name.get_ref().as_ref()) else {
                continue;
            };
            let key = format!("{prefix}{}", name.get_ref());
            let full = format!("{}.{key}", list.key);
            if list.keys().any(|known| known == key) {
                if let Err(message) = (list.fits)(&key, value) {
                    let message = format!("`{full}`: {message}");
                    self.faults.add(Some(origin.to_string()), message);
                }
                continue;
            }
            let inside = format!("{key}.");
            let is_table = list.keys().any(|known| known.starts_with(&inside));
            match (span.get_ref(), value) {
                (DeValue::Table(spans), Value::Table(written)) if is_table => {
                    self.list_entry(list, &inside, spans, written);
                }
                _ if is_table => {
                    let message = format!("`{full}` is a table: write {key} = {{ … }}");
                    self.faults.add(Some(origin.to_string()), message);
                }
                _ => {
                    let tables = list.tables.iter().copied();
                    self.unknown(&key, list.keys().chain(tables), &origin);
                }
            }
        }
    }

    fn unknown(&mut self, key: &str, keys: impl Iterator<Item = &'static str>, origin: &Origin) {
        let hint = catalogue::nearest(key, keys);
        let hint = hint.map_or_else(
            || "; `wirehub config default` lists all there are".to_owned(),
            |near| format!("; did you mean `{near}`?"),
        );
        let message = format!("no setting is called `{key}`{hint}");
        self.faults.add(Some(origin.to_string()), message);
    }

    fn origin(&self, start: usize) -> Origin {
        Origin::File {
            name: self.name.to_owned(),
            line: line_of(self.text, start),
        }
    }
}

/// The line of a place in a text, counted from 1.
pub(crate) fn line_of(text: &str, start: usize) -> usize {
    let before = text.bytes().take(start);
    1 + before.filter(|byte| *byte == b'\n').count()
}
