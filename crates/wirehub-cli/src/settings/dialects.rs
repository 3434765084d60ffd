//! Which foreign protocols the hub speaks.

use wirehub::{CentrifugoSettings, DialectSettings, auth::CentrifugoClaims};
use wirehub_http::ApiPrefix;

use super::Checks;
use crate::raw_settings::{RawCentrifugo, RawSettings};

pub(super) fn dialects(raw: &RawSettings) -> DialectSettings {
    DialectSettings {
        centrifugo: raw.centrifugo.enabled.then(|| CentrifugoSettings {
            websocket_path: raw.centrifugo.websocket_path.clone(),
        }),
    }
}

/// What is made of Centrifugo's claims, where its clients are served.
pub(super) fn centrifugo_claims(raw: &RawCentrifugo) -> Option<CentrifugoClaims> {
    let namespace = &raw.personal_channel_namespace;
    raw.enabled.then(|| CentrifugoClaims {
        personal_namespace: raw.personal_channel.then(|| namespace.clone()),
    })
}

/// Where the server API of Centrifugo is. Its prefix is checked even where it is switched off.
pub(super) fn centrifugo_api(raw: &RawCentrifugo, checks: &mut Checks<'_>) -> Option<ApiPrefix> {
    match ApiPrefix::parse(&raw.api_prefix) {
        Ok(prefix) => raw.enabled.then_some(prefix),
        Err(error) => {
            checks.fault(format!("`centrifugo.api_prefix` {error}"));
            None
        }
    }
}
