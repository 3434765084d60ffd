//! A token read a second time, the plain way.

use std::{collections::HashMap, time::Duration};

use aws_lc_rs::hmac::{self, HMAC_SHA256, HMAC_SHA384, HMAC_SHA512};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::hubs::Hub;

type Object = HashMap<String, Box<RawValue>>;

/// What a token says, whoever made it.
pub(crate) struct Reading {
    claims: Object,
}

impl Reading {
    /// Reads a token that one of the hub's secrets signed with the algorithm it names; `None` for
    /// any other, and when the hub's secrets do not have the name it gives.
    pub(crate) fn of_genuine(hub: &Hub, token: &str) -> Option<Self> {
        let parts: Vec<&str> = token.split('.').collect();
        let [header, claims, signature] = parts[..] else {
            return None;
        };
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let message = format!("{header}.{claims}");
        let header: Object = object(header)?;
        let hash = match member::<String>(&header, "alg")?.as_str() {
            "HS256" => HMAC_SHA256,
            "HS384" => HMAC_SHA384,
            "HS512" => HMAC_SHA512,
            _ => return None,
        };
        let kid: Option<String> = member(&header, "kid");
        let signed = hub.settings.hmac_secrets.iter().any(|known| {
            let key = hmac::Key::new(hash, known.secret.expose().as_bytes());
            let named = known.kid.is_none() || kid.is_none() || known.kid == kid;
            named && hmac::verify(&key, message.as_bytes(), &signature).is_ok()
        });
        let critical = header.get("crit").is_some_and(|crit| crit.get() != "null");
        let claims = object(claims);
        (signed && !critical).then(|| Self {
            claims: claims.unwrap_or_default(),
        })
    }

    /// The claim's text; `None` when there is none, or it is `null`.
    pub(crate) fn text(&self, claim: &str) -> Option<&str> {
        let text = self.claims.get(claim)?.get();
        (text != "null").then_some(text)
    }

    /// The claim as one kind of value; `None` when it is another.
    pub(crate) fn get<T: DeserializeOwned>(&self, claim: &str) -> Option<T> {
        self.text(claim)?;
        member(&self.claims, claim)
    }

    /// The claim as a time since 1970.
    pub(crate) fn time(&self, claim: &str) -> Option<Duration> {
        Duration::try_from_secs_f64(self.get(claim)?).ok()
    }

    /// The claim as a list of strings, where one string stands for itself.
    pub(crate) fn one_or_many(&self, claim: &str) -> Vec<String> {
        let one = self.get(claim).map(|one: String| vec![one]);
        one.or_else(|| self.get(claim)).unwrap_or_default()
    }
}

fn object(part: &str) -> Option<Object> {
    let json = URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice(&json).ok()
}

fn member<T: DeserializeOwned>(object: &Object, name: &str) -> Option<T> {
    serde_json::from_str(object.get(name)?.get()).ok()
}
