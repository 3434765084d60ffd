//! Settings as people see them. The admin side knows nothing of what they mean.

use std::sync::{Arc, PoisonError, RwLock};

use serde::Serialize;

/// A setting that holds. A secret's value must not be in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownSetting {
    /// Its name: `limits.connections`.
    pub key: String,
    /// Its value, as it would be written.
    pub value: String,
    /// Where the value came from: a file and a line, a variable, a flag, `default`.
    pub origin: String,
    /// What it does.
    pub meaning: String,
    /// Whether it can change while the hub runs.
    pub reload: bool,
    /// The value that holds from the next start on, if it is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits: Option<String>,
}

/// The settings that hold today. Clones are handles of the same.
#[derive(Clone, Debug, Default)]
pub struct ShownSettings(Arc<RwLock<Vec<ShownSetting>>>);

impl ShownSettings {
    /// Shows these from now on.
    pub fn replace(&self, settings: Vec<ShownSetting>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = settings;
    }

    pub(crate) fn current(&self) -> Vec<ShownSetting> {
        let settings = self.0.read().unwrap_or_else(PoisonError::into_inner);
        settings.clone()
    }
}
