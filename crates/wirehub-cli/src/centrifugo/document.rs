//! The file, as values.

use std::path::Path;

use serde_json::{Map, Value};

use crate::fault::Faults;

/// Reads a JSON, YAML or TOML file, as the end of its name says.
pub(super) fn read(path: &Path, text: &str) -> Result<Map<String, Value>, Faults> {
    let name = path.display().to_string();
    let end = path.extension().and_then(|end| end.to_str());
    let end = end.unwrap_or_default().to_lowercase();
    // What shows a piece of the file may show a secret.
    let wrong = |message: String| Faults::one(Some(name.clone()), message);
    let value: Value = match end.as_str() {
        "json" => serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?,
        "yaml" | "yml" => {
            serde_saphyr::from_str(text).map_err(|error| wrong(first_line(&error.to_string())))?
        }
        "toml" => toml::from_str(text)
            .map_err(|error: toml::de::Error| wrong(error.message().to_owned()))?,
        _ => {
            let message =
                "the name must end with .json, .yaml, .yml or .toml, as the file is written";
            return Err(wrong(message.to_owned()));
        }
    };
    match value {
        Value::Object(options) => Ok(options),
        // An empty YAML file.
        Value::Null => Ok(Map::new()),
        _ => Err(wrong("the file holds no options".to_owned())),
    }
}

/// The sentence of an error, without the piece of the file that may show a secret.
fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().to_owned()
}
