//! All applications that speak Pusher.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use wirehub_model::TopicError;

use super::{App, AppSettings};

/// The apps that are known. Clones share them: replacing those of one replaces those of all.
#[derive(Clone, Debug, Default)]
pub struct Apps(Arc<RwLock<Vec<Arc<App>>>>);

/// Why apps cannot be used together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AppsError {
    /// An id or key would not fit into a path.
    #[error("`{field}` of a Pusher app is {value:?}; it must have 1 to 64 letters, digits, _ or -")]
    Name {
        /// `id` or `key`.
        field: &'static str,
        /// What it is.
        value: String,
    },
    /// Two apps would be one.
    #[error("two Pusher apps have the {field} {value:?}; each needs its own")]
    Twice {
        /// What they share.
        field: &'static str,
        /// What it is.
        value: String,
    },
    /// Anybody could guess the secret.
    #[error(
        "the secret of the Pusher app {app:?} has {bytes} bytes, fewer than {min}; \
         make one with `openssl rand -hex 16`",
        min = Apps::SECRET_BYTES_MIN
    )]
    Secret {
        /// The app.
        app: String,
        /// The secret's length.
        bytes: usize,
    },
    /// A public topic does not fit into the scope.
    #[error("a filter in `public` of the Pusher app {app:?} does not fit: {error}")]
    Public {
        /// The app.
        app: String,
        /// Why not.
        error: TopicError,
    },
    /// More apps than are looked through for each connection.
    #[error("there are {0} Pusher apps, more than {max}", max = Apps::MAX)]
    TooMany(usize),
}

impl Apps {
    /// The most apps.
    pub const MAX: usize = 64;
    /// The shortest secret, in bytes; those that Pusher gives out have 20.
    pub const SECRET_BYTES_MIN: usize = 16;
    /// The longest id or key, in bytes.
    const NAME_BYTES_MAX: usize = 64;

    /// Takes apps.
    ///
    /// # Errors
    /// Says what is wrong with them.
    pub fn new(settings: Vec<AppSettings>) -> Result<Self, AppsError> {
        let apps = Self::default();
        apps.replace(settings)?;
        Ok(apps)
    }

    /// Knows these apps from now on, and no other. Clients of others stay until they leave.
    ///
    /// # Errors
    /// As for [`Apps::new`]; the apps before stay in force.
    pub fn replace(&self, settings: Vec<AppSettings>) -> Result<(), AppsError> {
        check(&settings)?;
        self.put(settings);
        Ok(())
    }

    /// Knows those of others from now on, which were checked when they were made.
    pub fn replace_with(&self, other: &Self) {
        let settings = other
            .read()
            .iter()
            .map(|app| app.settings().clone())
            .collect();
        self.put(settings);
    }

    /// Whether there is any.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.read().is_empty()
    }

    /// The app that servers name in paths.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<Arc<App>> {
        self.find(|settings| settings.id == id)
    }

    /// The app that clients name in the path.
    #[must_use]
    pub fn by_key(&self, key: &str) -> Option<Arc<App>> {
        self.find(|settings| settings.key == key)
    }

    fn put(&self, settings: Vec<AppSettings>) {
        let mut apps = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let made = settings.into_iter().map(|settings| {
            let before = apps.iter().find(|app| app.settings().id == settings.id);
            Arc::new(App::new(settings, before.map(AsRef::as_ref)))
        });
        *apps = made.collect();
    }

    fn read(&self) -> RwLockReadGuard<'_, Vec<Arc<App>>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, is_it: impl Fn(&AppSettings) -> bool) -> Option<Arc<App>> {
        let apps = self.read();
        apps.iter().find(|app| is_it(app.settings())).cloned()
    }
}

fn check(apps: &[AppSettings]) -> Result<(), AppsError> {
    if apps.len() > Apps::MAX {
        return Err(AppsError::TooMany(apps.len()));
    }
    for (place, app) in apps.iter().enumerate() {
        for (field, value) in [("id", &app.id), ("key", &app.key)] {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
            if !(1..=Apps::NAME_BYTES_MAX).contains(&value.len()) || !value.bytes().all(plain) {
                let value = value.clone();
                return Err(AppsError::Name { field, value });
            }
        }
        let bytes = app.secret.expose().len();
        if bytes < Apps::SECRET_BYTES_MIN {
            let app = app.id.clone();
            return Err(AppsError::Secret { app, bytes });
        }
        if let Err(error) = app.capabilities() {
            let app = app.id.clone();
            return Err(AppsError::Public { app, error });
        }
        let before = apps.get(..place).unwrap_or_default();
        let twice = [
            ("id", before.iter().any(|other| other.id == app.id), &app.id),
            (
                "key",
                before.iter().any(|other| other.key == app.key),
                &app.key,
            ),
        ];
        for (field, is_taken, value) in twice {
            if is_taken {
                let value = value.clone();
                return Err(AppsError::Twice { field, value });
            }
        }
        if before.iter().any(|other| other.scope == app.scope) {
            let value = app.scope.name().unwrap_or("of the whole hub").to_owned();
            return Err(AppsError::Twice {
                field: "scope",
                value,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use wirehub_model::Secret;
    use wirehub_protocol::pusher::Scope;

    use super::*;

    fn app(id: &str, key: &str, scope: &str) -> AppSettings {
        let secret = Secret::new("0123456789abcdef".to_owned());
        let scope = Scope::named(scope).unwrap_or_default();
        AppSettings::new(id.to_owned(), key.to_owned(), secret, scope)
    }

    #[test]
    fn apps_are_found_by_id_and_key() {
        let apps = Apps::new(vec![app("1", "a", ""), app("2", "b", "shop")]).unwrap();
        assert_eq!(apps.by_id("2").unwrap().settings().key, "b");
        assert_eq!(apps.by_key("a").unwrap().settings().id, "1");
        assert!(apps.by_key("1").is_none() && apps.by_id("").is_none());
        let shared = apps.clone();
        let seat = apps.by_id("1").unwrap().take_seat();
        shared.replace(vec![app("1", "c", "")]).unwrap();
        assert!(apps.by_key("a").is_none());
        assert_eq!(apps.by_key("c").unwrap().connections(), 1);
        drop(seat);
        assert_eq!(apps.by_key("c").unwrap().connections(), 0);
    }

    #[test]
    fn what_does_not_fit_together_is_said_and_changes_nothing() {
        let apps = Apps::new(vec![app("1", "a", "")]).unwrap();
        let short = AppSettings {
            secret: Secret::new("short".to_owned()),
            ..app("9", "z", "nine")
        };
        for (bad, words) in [
            (vec![app("1", "a", ""), app("1", "b", "x")], "the id \"1\""),
            (vec![app("1", "a", ""), app("2", "a", "x")], "the key \"a\""),
            (vec![app("1", "a", ""), app("2", "b", "")], "the scope"),
            (vec![app("", "a", "")], "1 to 64 letters"),
            (vec![app("1", "a/b", "")], "1 to 64 letters"),
            (vec![short], "openssl rand"),
        ] {
            let error = apps.replace(bad).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
        assert!(apps.by_key("a").is_some());
    }
}
