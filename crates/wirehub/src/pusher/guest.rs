//! A client of Pusher on its way in, and as long as it stays.

use std::sync::Arc;

use wirehub_model::{ErrorCode, Grant, Principal, Refusal, Secret};
use wirehub_protocol::pusher::{Opening, Rejection};

use super::{App, PusherSettings, app::Seat};

/// A client of an app, or one that is told why it is not.
#[derive(Debug)]
pub(crate) struct Guest {
    opening: Result<Opening, Rejection>,
    /// Its app, and its place among that app's connections.
    app: Option<(Arc<App>, Seat)>,
}

impl Guest {
    /// Looks at what a handshake says: the path behind `/app/`, and the version of the protocol.
    pub(crate) fn new(
        settings: &PusherSettings,
        key: &str,
        version: Option<&str>,
        is_origin_fine: bool,
    ) -> Self {
        let entered = enter(settings, key, version, is_origin_fine);
        let opening = entered.as_ref().map(|(app, _)| Opening {
            scope: app.settings().scope.clone(),
            client_events: app.settings().client_events,
            payload_bytes: app.settings().payload_bytes,
            activity_timeout: settings.activity_timeout,
        });
        Self {
            opening: opening.map_err(|rejection| *rejection),
            app: entered.ok(),
        }
    }

    /// What its conversation begins with.
    pub(crate) fn opening(&self) -> Result<Opening, Rejection> {
        self.opening.clone()
    }

    /// Who it is: nobody yet, who may hear the app's public channels.
    pub(crate) fn principal(&self) -> Result<Principal, Refusal> {
        match &self.app {
            Some((app, _)) => Ok(Principal {
                capabilities: Arc::clone(app.capabilities()),
                ..Principal::default()
            }),
            None => Err(Refusal::new(
                ErrorCode::Unauthorized,
                "the client is not let in",
            )),
        }
    }

    /// What a signature opens, if it is the app's.
    pub(crate) fn check(&self, text: &str, auth: &Secret, grant: Grant) -> Result<Grant, Refusal> {
        let app = self.app.as_ref().map(|(app, _)| app);
        if app.is_some_and(|app| app.has_signed(text, auth)) {
            return Ok(grant);
        }
        Err(Refusal::new(
            ErrorCode::PermissionDenied,
            "the signature is not the app's for this connection and this very request",
        ))
    }
}

fn enter(
    settings: &PusherSettings,
    key: &str,
    version: Option<&str>,
    is_origin_fine: bool,
) -> Result<(Arc<App>, Seat), Rejection> {
    if key.is_empty() || key.contains('/') {
        return Err(Rejection::Path);
    }
    Rejection::check_version(version)?;
    let app = settings.apps.by_key(key).ok_or(Rejection::UnknownApp)?;
    if !is_origin_fine {
        return Err(Rejection::Origin);
    }
    let seat = app.take_seat().ok_or(Rejection::OverQuota)?;
    Ok((app, seat))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wirehub_protocol::pusher::Scope;

    use super::*;
    use crate::pusher::{AppSettings, Apps};

    fn settings() -> PusherSettings {
        let secret = Secret::new("0123456789abcdef".to_owned());
        let app = AppSettings {
            connections: Some(1),
            ..AppSettings::new("1".to_owned(), "key".to_owned(), secret, Scope::default())
        };
        PusherSettings {
            apps: Apps::new(vec![app]).unwrap(),
            activity_timeout: Duration::from_secs(30),
        }
    }

    #[test]
    fn whoever_is_not_let_in_learns_why() {
        let settings = settings();
        for (key, version, origin, expected) in [
            ("", Some("7"), true, Rejection::Path),
            ("key/x", Some("7"), true, Rejection::Path),
            ("key", None, true, Rejection::NoVersion),
            ("key", Some("x"), true, Rejection::VersionFormat),
            ("key", Some("4"), true, Rejection::Version),
            ("other", Some("7"), true, Rejection::UnknownApp),
            ("key", Some("7"), false, Rejection::Origin),
        ] {
            let guest = Guest::new(&settings, key, version, origin);
            assert_eq!(guest.opening(), Err(expected));
            assert!(guest.principal().is_err());
        }
        let first = Guest::new(&settings, "key", Some("7"), true);
        assert!(first.opening().is_ok() && first.principal().is_ok());
        let second = Guest::new(&settings, "key", Some("7"), true);
        assert_eq!(second.opening(), Err(Rejection::OverQuota));
        drop(first);
        assert!(
            Guest::new(&settings, "key", Some("7"), true)
                .opening()
                .is_ok()
        );
    }
}
