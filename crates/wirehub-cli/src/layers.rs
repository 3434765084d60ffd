//! Settings from a file, the environment and flags, laid over the defaults; each keeps its origin.

use std::{collections::BTreeMap, fmt, fs, path::PathBuf};

use serde::{Serialize, de::DeserializeOwned};
use toml::{Table, Value};

use crate::{
    catalogue::{self, List, SETTINGS},
    config_file::{self, Leaf},
    fault::Faults,
    raw_settings::RawSettings,
};

/// What every environment variable of a setting begins with.
const PREFIX: &str = "WIREHUB_";
/// The variable that names the file; it is no setting.
pub(crate) const CONFIG_VARIABLE: &str = "WIREHUB_CONFIG";
/// Those of `wirehub load`, which are none either.
pub(crate) const LOAD_TOKEN_VARIABLE: &str = "WIREHUB_LOAD_TOKEN";
pub(crate) const LOAD_SECRET_VARIABLE: &str = "WIREHUB_LOAD_SECRET";
const NO_SETTINGS: [&str; 3] = [CONFIG_VARIABLE, LOAD_TOKEN_VARIABLE, LOAD_SECRET_VARIABLE];

/// Where settings are looked for, the weakest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    /// A TOML file.
    pub(crate) file: Option<PathBuf>,
    /// Environment variables; those of other programs are passed over.
    pub(crate) environment: Vec<(String, String)>,
    /// Flags: the key, the flag's name, the value.
    pub(crate) flags: Vec<(&'static str, &'static str, String)>,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Default,
    File { name: String, line: usize },
    Variable(String),
    Flag(&'static str),
}

/// The settings that hold, as they were written, and where each came from.
#[derive(Debug)]
pub(crate) struct Layers {
    pub(crate) raw: RawSettings,
    values: Table,
    origins: BTreeMap<String, Origin>,
}

impl Sources {
    /// The file that was named, this process's environment, and flags that were given.
    pub(crate) fn here(
        file: Option<PathBuf>,
        flags: Vec<(&'static str, &'static str, Option<String>)>,
    ) -> Self {
        let given = flags.into_iter();
        let given = given.filter_map(|(key, flag, value)| Some((key, flag, value?)));
        let environment = std::env::vars_os();
        let readable = environment.filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self {
            file,
            environment: readable.collect(),
            flags: given.collect(),
        }
    }

    /// Reads all of them.
    pub(crate) fn read(&self) -> Result<Layers, Faults> {
        let defaults = table_of(&RawSettings::default());
        let mut faults = Faults::default();
        let mut leaves = self.file_leaves(&mut faults)?;
        leaves.extend(self.variable_leaves(&defaults, &mut faults));
        leaves.extend(self.flags.iter().map(|(key, flag, text)| Leaf {
            key: (*key).to_owned(),
            value: value_of(text, at(&defaults, key)),
            origin: Origin::Flag(flag),
        }));

        lay(&defaults, leaves, faults)
    }

    fn file_leaves(&self, faults: &mut Faults) -> Result<Vec<Leaf>, Faults> {
        let Some(path) = &self.file else {
            return Ok(Vec::new());
        };
        let name = path.display().to_string();
        let text = fs::read_to_string(path);
        let text = text.map_err(|error| {
            Faults::one(
                Some(name.clone()),
                format!("failed to read the file: {error}"),
            )
        })?;
        config_file::leaves(&name, &text, faults)
    }

    fn variable_leaves(&self, defaults: &Table, faults: &mut Faults) -> Vec<Leaf> {
        let mut leaves = Vec::new();
        for (name, text) in &self.environment {
            let Some(rest) = name.strip_prefix(PREFIX) else {
                continue;
            };
            // An empty variable is how many tools say that there is none.
            if NO_SETTINGS.contains(&name.as_str()) || text.is_empty() || is_service_link(rest) {
                continue;
            }
            let key = rest.to_lowercase().replace("__", ".");
            let origin = Origin::Variable(name.clone());
            let written = value_of(text, at(defaults, &key));
            let whole = match (List::find(&key), &written) {
                (Some(list), Value::Array(entries)) => Some(whole_list(list, entries)),
                _ => None,
            };
            if whole.is_none() && catalogue::find(&key).is_none() {
                let near = catalogue::nearest(&key, SETTINGS.iter().map(|setting| setting.key));
                let hint = near.map_or_else(String::new, |near| {
                    format!("; did you mean {}?", variable(near))
                });
                let place = Some(origin.to_string());
                faults.add(place, format!("no setting has this name{hint}"));
                continue;
            }
            let value = whole.unwrap_or(written);
            leaves.push(Leaf { key, value, origin });
        }
        leaves
    }
}

/// Lays written values over the defaults.
fn lay(defaults: &Table, leaves: Vec<Leaf>, mut faults: Faults) -> Result<Layers, Faults> {
    let (mut values, mut origins) = (defaults.clone(), BTreeMap::new());
    for Leaf { key, value, origin } in leaves {
        if let Err(message) = fits::<RawSettings>(defaults, &key, &value) {
            faults.add(Some(origin.to_string()), format!("`{key}`: {message}"));
            continue;
        }
        put(&mut values, &key, value);
        origins.insert(key, origin);
    }
    let faults = faults.unless_any(());
    faults?;
    let raw = Value::Table(values.clone()).try_into();
    let raw = raw.map_err(|error: toml::de::Error| Faults::one(None, error.message()))?;
    Ok(Layers {
        raw,
        values,
        origins,
    })
}

impl Layers {
    /// Reads a file's text alone, as if there were no environment.
    pub(crate) fn of_text(text: &str) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let leaves = config_file::leaves("settings", text, &mut faults)?;
        lay(&table_of(&RawSettings::default()), leaves, faults)
    }

    /// Where a setting's value came from.
    pub(crate) fn origin(&self, key: &str) -> &Origin {
        self.origins.get(key).unwrap_or(&Origin::Default)
    }

    /// A setting's value as TOML; secrets are hidden.
    pub(crate) fn shown(&self, setting: &catalogue::Setting) -> String {
        match at(&self.values, setting.key) {
            Some(Value::Array(list)) if list.is_empty() => "[]".to_owned(),
            Some(_) if setting.secret => "(hidden)".to_owned(),
            Some(value) => value.to_string(),
            None => String::new(),
        }
    }

    /// What the entries of a list are called.
    pub(crate) fn names(&self, list: &List) -> Vec<String> {
        let entries = at(&self.values, list.key).and_then(Value::as_array);
        let names = entries.into_iter().flatten().filter_map(|entry| {
            let name = entry.get(list.needed.first()?)?;
            name.as_str().map(str::to_owned)
        });
        names.collect()
    }

    /// The places that settings named in a message (in backticks) came from.
    pub(crate) fn places(&self, message: &str) -> Option<String> {
        let named = message.split('`').skip(1).step_by(2);
        listed(named.filter_map(|key| self.origins.get(key)))
    }

    /// The places that all settings of some tables came from.
    pub(crate) fn places_of_tables(&self, tables: &[&str]) -> Option<String> {
        let inside = |key: &str| tables.iter().any(|table| key.starts_with(table));
        let set = self.origins.iter().filter(|(key, _)| inside(key));
        listed(set.map(|(_, origin)| origin))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { name, line } => write!(f, "{name}:{line}"),
            Self::Variable(name) => f.write_str(name),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

fn listed<'a>(origins: impl Iterator<Item = &'a Origin>) -> Option<String> {
    let places: Vec<_> = origins.map(ToString::to_string).collect();
    (!places.is_empty()).then(|| places.join(", "))
}

/// The environment variable of a setting.
pub(crate) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.to_uppercase().replace('.', "__"))
}

/// The defaults as a table, for documents.
pub(crate) fn defaults() -> Table {
    table_of(&RawSettings::default())
}

/// The value at a key with dots.
pub(crate) fn at<'a>(table: &'a Table, key: &str) -> Option<&'a Value> {
    match key.split_once('.') {
        Some((first, rest)) => at(table.get(first)?.as_table()?, rest),
        None => table.get(key),
    }
}

/// Whether a value of an entry of a list can be read.
pub(crate) fn fits_entry<T>(key: &str, value: &Value) -> Result<(), String>
where
    T: Default + Serialize + DeserializeOwned,
{
    fits::<T>(&defaults_of::<T>(), key, value)
}

/// An entry of a list with what was not written filled in.
pub(crate) fn whole_entry<T: Default + Serialize>(written: Table) -> Table {
    let mut whole = defaults_of::<T>();
    lay_over(&mut whole, written);
    whole
}

/// An entry of a list with its defaults.
pub(crate) fn defaults_of<T: Default + Serialize>() -> Table {
    table_of(&T::default())
}

/// A list as a variable writes it, `[{ id = "…" }]`, with what was not written filled in.
fn whole_list(list: &List, entries: &[Value]) -> Value {
    let whole = entries.iter().map(|entry| match entry {
        Value::Table(written) => Value::Table((list.whole)(written.clone())),
        other => other.clone(),
    });
    Value::Array(whole.collect())
}

/// Replaces what is written, and leaves the rest of inner tables too.
fn lay_over(table: &mut Table, written: Table) {
    for (key, value) in written {
        match (table.get_mut(&key), value) {
            (Some(Value::Table(inner)), Value::Table(written)) => lay_over(inner, written),
            (_, value) => {
                table.insert(key, value);
            }
        }
    }
}

fn table_of(value: &impl Serialize) -> Table {
    // The settings are plain structs of plain values, which TOML can always hold.
    Table::try_from(value).unwrap_or_default()
}

/// Reads the defaults with one value changed, so that a fault is known to be that value's.
fn fits<T: DeserializeOwned>(defaults: &Table, key: &str, value: &Value) -> Result<(), String> {
    let mut changed = defaults.clone();
    put(&mut changed, key, value.clone());
    let read: Result<T, toml::de::Error> = Value::Table(changed).try_into();
    read.map(drop).map_err(|error| error.message().to_owned())
}

fn put(table: &mut Table, key: &str, value: Value) {
    match key.split_once('.') {
        Some((first, rest)) => {
            let inner = table
                .entry(first)
                .or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(inner) = inner {
                put(inner, rest, value);
            }
        }
        None => {
            table.insert(key.to_owned(), value);
        }
    }
}

/// Reads a text as the kind of value that the default is. What does not fit stays text, and is
/// refused like a wrong value in a file.
fn value_of(text: &str, default: Option<&Value>) -> Value {
    let trimmed = text.trim();
    let value = match default {
        Some(Value::Integer(_)) => trimmed.parse().ok().map(Value::Integer),
        Some(Value::Float(_)) => trimmed.parse().ok().map(Value::Float),
        Some(Value::Boolean(_)) => trimmed.parse().ok().map(Value::Boolean),
        Some(Value::Array(_)) if trimmed.starts_with('[') => {
            let table: Option<Table> = toml::from_str(&format!("value = {trimmed}")).ok();
            table.and_then(|mut table| table.remove("value"))
        }
        _ => None,
    };
    value.unwrap_or_else(|| Value::String(text.to_owned()))
}

/// Kubernetes gives every container variables about each service beside it; for a service called
/// `wirehub` they begin as settings do.
fn is_service_link(rest: &str) -> bool {
    rest == "PORT" || rest.starts_with("PORT_") || rest.starts_with("SERVICE_")
}
