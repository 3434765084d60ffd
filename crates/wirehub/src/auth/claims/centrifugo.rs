//! What a connection token says in Centrifugo's claims, where those are taken
//! (<https://centrifugal.dev/docs/server/authentication>).

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;
use wirehub_model::{Moment, Principal, TopicFilter};
use wirehub_protocol::centrifuge::topic_of_channel;

use super::{ClaimRules, date, read};
use crate::auth::{AuthError, CentrifugoClaims, Now, token::json_object};

#[derive(Deserialize)]
struct Extra<'a> {
    #[serde(borrow)]
    channel: Option<&'a RawValue>,
    #[serde(borrow)]
    channels: Option<&'a RawValue>,
    #[serde(borrow)]
    subs: Option<&'a RawValue>,
    #[serde(borrow)]
    b64info: Option<&'a RawValue>,
    #[serde(borrow)]
    expire_at: Option<&'a RawValue>,
}

impl ClaimRules {
    /// Adds what Centrifugo's claims say to a principal.
    pub(super) fn add_centrifugo(
        &self,
        rules: &CentrifugoClaims,
        payload: &[u8],
        now: Now,
        principal: &mut Principal,
        auto_subscribe: &mut Vec<TopicFilter>,
    ) -> Result<(), AuthError> {
        let extra: Extra<'_> = json_object(payload).ok_or(AuthError::Malformed(
            "its claims are not one JSON object with each claim once",
        ))?;
        if extra.channel.is_some() {
            let why = "names one channel: this is a subscription token, not a connection token";
            return Err(AuthError::bad_claim("channel", why));
        }
        if let Some(info) = extra.b64info {
            principal.info = self.info_in_base64(info)?;
        }
        if let Some(expire_at) = extra.expire_at {
            principal.expires_at = end(expire_at, now)?;
        }
        let mut channels: Vec<String> = Vec::new();
        if let Some(listed) = extra.channels {
            channels = read("channels", listed, "must be a list of channels")?;
        }
        if let Some(subs) = extra.subs {
            let subs: BTreeMap<String, IgnoredAny> = read(
                "subs",
                subs,
                "must be an object with a key for each channel",
            )?;
            channels.extend(subs.into_keys());
        }
        if let (Some(namespace), Some(user)) = (&rules.personal_namespace, &principal.user) {
            channels.push(personal(namespace, user.as_str()));
        }
        if channels.len() > self.limits.filters {
            let (count, max) = (channels.len(), self.limits.filters);
            let why = format!("lists {count} channels, more than `auth.limits.filters` = {max}");
            return Err(AuthError::bad_claim("channels", why));
        }
        for channel in &channels {
            let topic = topic_of_channel(channel).ok_or_else(|| {
                AuthError::bad_claim("channels", "has a channel that no topic stands for")
            })?;
            let filter = TopicFilter::from(&topic);
            if !auto_subscribe.contains(&filter) {
                auto_subscribe.push(filter);
            }
        }
        Ok(())
    }

    pub(super) fn info_in_base64(
        &self,
        value: &RawValue,
    ) -> Result<Option<std::sync::Arc<str>>, AuthError> {
        let text: String = read("b64info", value, "must be a string in base64")?;
        let json = STANDARD.decode(text).ok();
        let json = json.and_then(|bytes| serde_json::from_slice::<Box<RawValue>>(&bytes).ok());
        let json = json.ok_or_else(|| {
            AuthError::bad_claim("b64info", "must be JSON in base64; others see it as JSON")
        })?;
        self.info(Some(&json))
    }
}

/// The user's own channel: `#42`, or `personal:#42` in a namespace.
fn personal(namespace: &str, user: &str) -> String {
    if namespace.is_empty() {
        format!("#{user}")
    } else {
        format!("{namespace}:#{user}")
    }
}

/// When what a token opens is over: it may say so apart from its own end, and zero is never.
pub(super) fn end(expire_at: &RawValue, now: Now) -> Result<Option<Moment>, AuthError> {
    let at = date("expire_at", expire_at)?;
    if at.is_zero() {
        return Ok(None);
    }
    match at.checked_sub(now.unix) {
        Some(left) if !left.is_zero() => Ok(Some(now.moment + left)),
        _ => Err(AuthError::Expired(now.unix.saturating_sub(at))),
    }
}

#[cfg(test)]
mod tests;
