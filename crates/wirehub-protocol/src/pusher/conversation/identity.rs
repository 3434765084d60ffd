//! Who somebody is, as applications of Pusher sign it.

use std::sync::Arc;

use serde_json::value::RawValue;
use wirehub_model::{ErrorCode, Refusal};

/// Bytes of what a signature says about a user for others to see.
const INFO_BYTES_MAX: usize = 2 * 1024;

/// The identity of a user, which some applications write as a number.
pub(super) fn identity(value: &RawValue) -> Option<String> {
    let text = value.get();
    if text.starts_with('"') {
        return serde_json::from_str(text).ok();
    }
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.to_owned())
}

/// What is said about a user for others to see, unless it is too much.
pub(super) fn bounded(info: Option<Arc<str>>) -> Result<Option<Arc<str>>, Refusal> {
    let bytes = info.as_ref().map_or(0, |info| info.len());
    if bytes > INFO_BYTES_MAX {
        return Err(Refusal::new(
            ErrorCode::TooLarge,
            format!("`user_info` has {bytes} bytes; {INFO_BYTES_MAX} are allowed"),
        ));
    }
    Ok(info)
}
