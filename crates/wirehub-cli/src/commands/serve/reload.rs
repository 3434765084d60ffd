//! New settings for a running hub.

use std::{fs, path::Path, time::SystemTime};

use wirehub::{Hub, Tls, auth::ApiKeys, pusher::Apps};
use wirehub_http::{ShownSetting, ShownSettings};

use super::development::Development;
use crate::{
    failure::Failure,
    layers::{Layers, Sources},
    settings::{CertificateFiles, Settings},
    shown::{shown, shown_after},
};

/// What runs and can be told of new settings.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) hub: Hub,
    pub(super) api_keys: ApiKeys,
    pub(super) pusher_apps: Apps,
    pub(super) shown: ShownSettings,
}

/// Reads settings again and applies what can change.
#[derive(Debug)]
pub(super) struct Reloader {
    running: Running,
    sources: Sources,
    settings: Settings,
    shown: Vec<ShownSetting>,
    development: Development,
    certificate_changed: Option<[Option<SystemTime>; 2]>,
}

impl Reloader {
    pub(super) fn new(
        running: Running,
        sources: Sources,
        settings: Settings,
        layers: &Layers,
        development: Development,
    ) -> Self {
        let certificate_changed = settings.certificate.as_ref().and_then(last_change);
        let shown = shown(layers);
        running.shown.replace(shown.clone());
        Self {
            running,
            sources,
            settings,
            shown,
            development,
            certificate_changed,
        }
    }

    /// Applies the settings as they are written today, or leaves everything as it is.
    pub(super) async fn reload(&mut self) {
        match self.try_reload().await {
            Ok(()) => tracing::info!("settings are reloaded"),
            Err(failure) => tracing::error!(
                error = failure.message,
                "settings are not reloaded, those before stay in force"
            ),
        }
    }

    async fn try_reload(&mut self) -> Result<(), Failure> {
        let layers = self.sources.read()?;
        let mut next = Settings::new(&layers)?;
        self.development.apply(&mut next);
        // The listeners stay as they are, and so does what is derived from them.
        next.hub.tls.clone_from(&self.settings.hub.tls);
        next.hub.door.origins.listens_on_loopback =
            self.settings.hub.door.origins.listens_on_loopback;
        if next.certificate.is_some() != next.hub.tls.is_some() {
            tracing::warn!("turning TLS on or off needs a restart");
            next.certificate.clone_from(&self.settings.certificate);
        }

        // A fault in any part must not leave the other parts applied, so all are read before.
        let certificate = next.certificate.as_ref().map(CertificateFiles::read);
        let certificate = certificate.transpose()?;
        if let Some((certificate, key)) = &certificate {
            Tls::new(certificate, key).map_err(Failure::usage)?;
        }
        self.running
            .hub
            .reload_door(&next.hub.door)
            .map_err(Failure::usage)?;
        if let (Some(tls), Some((certificate, key))) = (&next.hub.tls, &certificate) {
            tls.replace(certificate, key).map_err(Failure::usage)?;
        }
        let apps = &self.running.pusher_apps;
        apps.replace_with(&next.hub.pusher.apps);
        let (limits, namespaces) = (next.hub.limits.clone(), next.hub.namespaces.clone());
        self.running.hub.reload_drain(next.hub.drain);
        let reloaded = self.running.hub.reload(limits, namespaces).await;
        reloaded.map_err(Failure::outside)?;

        let api_keys = &self.running.api_keys;
        let replaced = api_keys.replace(&next.api_keys, &next.hashed_keys);
        replaced.map_err(Failure::usage)?;
        let shown = shown_after(&self.shown, shown(&layers));
        for advice in next.advice() {
            tracing::warn!("{advice}");
        }
        say_what_waits(&shown);
        self.running.shown.replace(shown.clone());
        self.certificate_changed = next.certificate.as_ref().and_then(last_change);
        (self.settings, self.shown) = (next, shown);
        Ok(())
    }

    /// Uses the certificate's files again if they changed. Those that are being replaced do not fit
    /// together for a moment, so a fault is logged once and tried again with the next change.
    pub(super) fn look_at_certificate(&mut self) {
        let (Some(files), Some(tls)) = (&self.settings.certificate, &self.settings.hub.tls) else {
            return;
        };
        let changed = last_change(files);
        if changed == self.certificate_changed {
            return;
        }
        self.certificate_changed = changed;
        let replaced = files
            .read()
            .map_err(Failure::from)
            .and_then(|(certificate, key)| tls.replace(&certificate, &key).map_err(Failure::usage));
        match replaced {
            Ok(()) => tracing::info!("the certificate is renewed"),
            Err(failure) => tracing::error!(
                error = failure.message,
                "the certificate's files changed, but the one before stays in use"
            ),
        }
    }
}

/// Names the settings that changed but hold from the next start on.
fn say_what_waits(shown: &[ShownSetting]) {
    for setting in shown.iter().filter(|setting| setting.waits.is_some()) {
        tracing::warn!(
            setting = setting.key,
            "changed, which needs a restart to hold"
        );
    }
}

/// When the certificate's files changed; files that are missing count as a change.
fn last_change(files: &CertificateFiles) -> Option<[Option<SystemTime>; 2]> {
    let changed = |path: &Path| fs::metadata(path).and_then(|file| file.modified()).ok();
    Some([changed(&files.certificate), changed(&files.key)])
}
