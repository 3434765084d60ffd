//! Where the API is found.

/// The path before the names of the methods, such as `/centrifugo/api`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiPrefix(String);

/// The longest prefix, in bytes.
const BYTES_MAX: usize = 128;
/// First parts of paths that are the admin listener's own.
const TAKEN: [&str; 5] = ["api", "healthz", "readyz", "metrics", "debug"];

impl ApiPrefix {
    /// Checks and takes a path.
    ///
    /// # Errors
    /// Says which rule the path breaks.
    pub fn parse(path: &str) -> Result<Self, ApiPrefixError> {
        let parts = path.strip_prefix('/').ok_or(ApiPrefixError::NotAPath)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let is_part = |part: &str| !part.is_empty() && part.chars().all(plain);
        if path.len() > BYTES_MAX || !parts.split('/').all(is_part) {
            return Err(ApiPrefixError::NotAPath);
        }
        let first = parts.split('/').next().unwrap_or_default();
        if TAKEN.contains(&first) {
            return Err(ApiPrefixError::Taken);
        }
        Ok(Self(path.to_owned()))
    }

    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is not a prefix of paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiPrefixError {
    /// It is no plain path.
    #[error(
        "must be a path like `/centrifugo/api`: parts of letters, digits, `-`, `_` and `.`, at \
         most 128 bytes, and no slash at the end"
    )]
    NotAPath,
    /// The admin listener answers there itself.
    #[error("must not be a path of the admin listener itself, such as `/api`")]
    Taken,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_of_its_own() {
        for good in ["/centrifugo/api", "/c", "/a.b/c_d-e"] {
            assert_eq!(ApiPrefix::parse(good).unwrap().as_str(), good);
        }
        let long = format!("/{}", "x".repeat(BYTES_MAX));
        for bad in [
            "",
            "/",
            "centrifugo",
            "/a/",
            "//a",
            "/{a}",
            "/a b",
            "/ä",
            &long,
        ] {
            assert_eq!(
                ApiPrefix::parse(bad),
                Err(ApiPrefixError::NotAPath),
                "{bad}"
            );
        }
        for taken in ["/api", "/api/v1", "/metrics"] {
            assert_eq!(
                ApiPrefix::parse(taken),
                Err(ApiPrefixError::Taken),
                "{taken}"
            );
        }
    }
}
