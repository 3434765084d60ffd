//! Which foreign protocols the hub speaks.

use std::collections::BTreeMap;

use wirehub::{
    CentrifugoRules, CentrifugoSettings, CentrifugoTransport, DialectSettings,
    auth::CentrifugoClaims,
};
use wirehub_http::ApiPrefix;

use super::Checks;
use crate::raw_settings::{RawCentrifugo, RawSettings};

pub(super) fn dialects(raw: &RawSettings, checks: &mut Checks<'_>) -> DialectSettings {
    let centrifugo = centrifugo(&raw.centrifugo, checks);
    DialectSettings {
        centrifugo: centrifugo.filter(|_| raw.centrifugo.enabled),
    }
}

/// How Centrifugo's clients are served. That is checked even where it is switched off.
fn centrifugo(raw: &RawCentrifugo, checks: &mut Checks<'_>) -> Option<CentrifugoSettings> {
    let mut transports = BTreeMap::new();
    for name in &raw.transports {
        match CentrifugoTransport::from_name(name) {
            Some(transport) => {
                transports.insert(transport, raw.path(transport).to_owned());
            }
            None => {
                let known = CentrifugoTransport::ALL.map(CentrifugoTransport::name);
                let known = known.join("`, `");
                checks.fault(format!(
                    "`centrifugo.transports` has {name:?}, which is none of `{known}`"
                ));
                return None;
            }
        }
    }
    Some(CentrifugoSettings {
        transports,
        emulation_path: raw.emulation_path.clone(),
        rules: CentrifugoRules {
            user_limited_channels: raw.user_limited_channels,
        },
    })
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
