//! Secrets in lists of tables.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use wirehub_model::Secret;

/// A secret, hidden wherever it is shown.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct RawSecret(String);

impl RawSecret {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn secret(&self) -> Secret {
        Secret::new(self.0.clone())
    }
}

impl Serialize for RawSecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shown = if self.0.is_empty() { "" } else { "(hidden)" };
        serializer.serialize_str(shown)
    }
}

impl fmt::Debug for RawSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RawSecret(…)")
    }
}
