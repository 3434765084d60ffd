//! The apps of Pusher, checked.

use std::time::Duration;

use wirehub::pusher::{AppSettings, Apps, PusherSettings, Scope};

use super::Checks;
use crate::{
    raw_settings::{RawPusher, RawPusherApp},
    span::Span,
};

const ACTIVITY_MAX: Duration = Duration::from_secs(3_600);

/// Checks the table and each app.
pub(super) fn pusher(raw: &RawPusher, checks: &mut Checks<'_>) -> PusherSettings {
    let span = raw.activity_timeout.0;
    let whole = span.subsec_nanos() == 0;
    if !whole || span.is_zero() || span > ACTIVITY_MAX {
        let most = Span(ACTIVITY_MAX);
        checks.fault(format!(
            "`pusher.activity_timeout` must be whole seconds, 1s to {most}"
        ));
    }
    let apps = apps(&raw.apps, checks);
    let apps = Apps::new(apps).unwrap_or_else(|error| {
        checks.fault(format!("`pusher.apps`: {error}"));
        Apps::default()
    });
    PusherSettings {
        apps,
        activity_timeout: span,
    }
}

/// Checks each app by itself.
fn apps(raw: &[RawPusherApp], checks: &mut Checks<'_>) -> Vec<AppSettings> {
    let mut apps = Vec::new();
    for app in raw {
        let scope = match app.scope.as_str() {
            "" => Scope::default(),
            name => Scope::named(name).unwrap_or_else(|| {
                let most = Scope::BYTES_MAX;
                checks.fault(format!(
                    "`pusher.apps` {:?}: `scope` = {name:?} must have 1 to {most} letters, digits, \
                     _ or -",
                    app.id
                ));
                Scope::default()
            }),
        };
        let public = checks.filters("pusher.apps", &app.public);
        apps.push(AppSettings {
            public,
            client_events: app.client_events,
            connections: Some(app.connections).filter(|most| *most > 0),
            payload_bytes: app.payload_bytes.0,
            ..AppSettings::new(app.id.clone(), app.key.clone(), app.secret.secret(), scope)
        });
    }
    apps
}
