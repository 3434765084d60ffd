//! In which form the native protocol is written.

use serde::{Deserialize, Serialize};

/// In which form the native protocol is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Text.
    #[default]
    Json,
    /// Bytes.
    Protobuf,
}
