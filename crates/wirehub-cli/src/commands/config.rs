//! `wirehub config`: settings checked, and all there is to set.

use std::{fs, path::Path};

use crate::{
    catalogue::{LISTS, SETTINGS, Setting},
    centrifugo,
    cli::{Config, Import},
    exit_code::ExitCode,
    failure::Failure,
    fault::Faults,
    layers::{self, Sources},
    output,
    settings::Settings,
};

pub(crate) fn run(what: Config) -> Result<ExitCode, Failure> {
    match what {
        Config::Check { file } => check(&Sources::here(file, Vec::new()))?,
        Config::Import {
            from: Import::Centrifugo { file },
        } => import(&file)?,
        Config::Default => output::say(&default_file()),
        Config::Doc => output::say(&document()),
    }
    Ok(ExitCode::Fine)
}

/// Prints the settings that Centrifugo's file comes to, and says what is not among them.
fn import(file: &Path) -> Result<(), Failure> {
    let text = fs::read_to_string(file).map_err(|error| {
        let place = file.display().to_string();
        Faults::one(Some(place), format!("failed to read the file: {error}"))
    })?;
    let imported = centrifugo::import(file, &text)?;
    output::say(&imported.settings);
    for note in &imported.notes {
        output::complain(&note.to_string());
    }
    Ok(())
}

fn check(sources: &Sources) -> Result<(), Failure> {
    let layers = sources.read()?;
    let mut settings = Settings::new(&layers)?;
    settings.load_tls()?;
    let mut text = String::new();
    for setting in SETTINGS {
        let (key, value) = (setting.key, layers.shown(setting));
        text.push_str(&format!("{key} = {value}  # {}\n", layers.origin(key)));
    }
    for list in LISTS {
        let (key, origin) = (list.key, layers.origin(list.key));
        for name in layers.names(list) {
            text.push_str(&format!("[[{key}]] {name}  # {origin}\n"));
        }
    }
    output::say(&text);
    for advice in settings.advice() {
        output::complain(&format!("warning: {advice}"));
    }
    Ok(())
}

/// The keys with the table they stand in, in order.
fn tables() -> Vec<(&'static str, Vec<&'static Setting>)> {
    let mut tables: Vec<(&str, Vec<&Setting>)> = Vec::new();
    for setting in SETTINGS {
        let table = setting.key.rsplit_once('.').map_or("", |(table, _)| table);
        match tables.iter_mut().find(|(name, _)| *name == table) {
            Some((_, settings)) => settings.push(setting),
            None => tables.push((table, vec![setting])),
        }
    }
    tables
}

fn default_file() -> String {
    let defaults = layers::defaults();
    let mut text = String::from(
        "# Settings of wirehub with their defaults. Each can also be an environment variable:\n\
         # `auth.hmac_secret` is WIREHUB_AUTH__HMAC_SECRET. `wirehub config check FILE` checks a file.\n\n",
    );
    for (table, settings) in tables() {
        if !table.is_empty() {
            text.push_str(&format!("\n[{table}]\n"));
        }
        for setting in settings {
            let name = setting.key.rsplit('.').next().unwrap_or(setting.key);
            let value = layers::at(&defaults, setting.key);
            let value = value.map(ToString::to_string).unwrap_or_default();
            text.push_str(&comment(setting.meaning));
            text.push_str(&format!("{name} = {value}\n"));
        }
    }
    for list in LISTS {
        text.push_str(&format!("\n{}# [[{}]]\n", comment(list.meaning), list.key));
        let defaults = (list.defaults)();
        for setting in list.entry {
            let value = layers::at(&defaults, setting.key).map(ToString::to_string);
            let value = value.unwrap_or_default();
            text.push_str(&comment(setting.meaning));
            text.push_str(&format!("# {} = {value}\n", setting.key));
        }
    }
    text
}

/// A comment of lines that fit a terminal.
fn comment(meaning: &str) -> String {
    lines_of(meaning, "# ")
}

/// Lines that fit a terminal.
fn wrapped(meaning: &str) -> String {
    lines_of(meaning, "")
}

fn lines_of(text: &str, begin: &str) -> String {
    let mut lines = vec![begin.to_owned()];
    for word in text.split_whitespace() {
        let full = lines
            .last()
            .is_some_and(|line| line.len() + word.len() > 98);
        if full {
            lines.push(begin.to_owned());
        }
        if let Some(line) = lines.last_mut() {
            if line.len() > begin.len() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n") + "\n"
}

fn document() -> String {
    let defaults = layers::defaults();
    let mut text = String::from(HEAD);
    for (table, settings) in tables() {
        let title = if table.is_empty() { "Top level" } else { table };
        text.push_str(&format!("\n## {title}\n\n{COLUMNS}"));
        for setting in settings {
            let value = layers::at(&defaults, setting.key);
            text.push_str(&row(setting, value));
        }
    }
    for list in LISTS {
        let (key, meaning) = (list.key, wrapped(list.meaning));
        text.push_str(&format!("\n## {key}\n\n{meaning}\n{COLUMNS}"));
        let defaults = (list.defaults)();
        for setting in list.entry {
            text.push_str(&row(setting, layers::at(&defaults, setting.key)));
        }
    }
    text
}

fn row(setting: &Setting, default: Option<&toml::Value>) -> String {
    let default = default.map(ToString::to_string).unwrap_or_default();
    let reload = if setting.reload { "yes" } else { "" };
    format!(
        "| `{}` | `{default}` | {reload} | {} |\n",
        setting.key,
        setting.meaning.replace('|', "\\|")
    )
}

const COLUMNS: &str = "| setting | default | reload | meaning |\n|---|---|---|---|\n";

const HEAD: &str = "\
<!-- Made by `wirehub config doc`; change crates/wirehub-cli/src/catalogue.rs instead. -->

# Settings

Settings come from a TOML file (`--config FILE` or `WIREHUB_CONFIG`), from environment variables and
from flags; the later one wins. The variable of a setting is its name in capitals, with `__` between
table and key: `auth.hmac_secret` is `WIREHUB_AUTH__HMAC_SECRET`. An empty variable counts as none.
Lists in variables are separated by commas, or written as in TOML (`[\"a\", \"b\"]`).

Durations have a unit: `10ms`, `25s`, `5m`, `1h`, `7d`. Sizes are bytes, or have one:
`64KiB`, `1MiB`.

Those marked *reload* are applied when the process gets SIGHUP; the others hold from the next start.
A file with a fault is refused as a whole. `wirehub config check FILE` shows every value with its
origin, and `wirehub config default` prints a file to begin with.
";
