//! A setting.

/// A setting, by its key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    /// The key with its tables: `auth.hmac_secret`.
    pub(crate) key: &'static str,
    /// What it does, in sentences.
    pub(crate) meaning: &'static str,
    /// Whether SIGHUP applies it.
    pub(crate) reload: bool,
    /// Whether its value is hidden.
    pub(crate) secret: bool,
}

pub(super) const fn fixed(key: &'static str, meaning: &'static str) -> Setting {
    Setting {
        key,
        meaning,
        reload: false,
        secret: false,
    }
}

pub(super) const fn live(key: &'static str, meaning: &'static str) -> Setting {
    Setting {
        reload: true,
        ..fixed(key, meaning)
    }
}

pub(super) const fn secret(key: &'static str, meaning: &'static str, reload: bool) -> Setting {
    Setting {
        reload,
        secret: true,
        ..fixed(key, meaning)
    }
}
