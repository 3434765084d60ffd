//! The claims of a verified token, and the principal they make.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use wirehub_model::{Capabilities, Principal, TopicFilter, UserId};

use super::{
    AuthError, AuthSettings, CentrifugoClaims, Now, TokenLimits, info, sharing::Shared,
    token::json_object,
};

mod centrifugo;
mod subscription;

/// What settings ask of claims, and the values that principals share.
#[derive(Debug)]
pub(crate) struct ClaimRules {
    audience: Vec<String>,
    issuer: Vec<String>,
    leeway: Duration,
    require_expiry: bool,
    require_user: bool,
    limits: TokenLimits,
    centrifugo: Option<CentrifugoClaims>,
    capabilities: Shared<Capabilities>,
    filters: Shared<[TopicFilter]>,
}

/// The claims as they stand in the token. Each is read by its own rule, so that a refusal names it.
#[derive(Deserialize)]
struct Claims<'a> {
    #[serde(borrow)]
    sub: Option<&'a RawValue>,
    #[serde(borrow)]
    exp: Option<&'a RawValue>,
    #[serde(borrow)]
    nbf: Option<&'a RawValue>,
    #[serde(borrow)]
    iat: Option<&'a RawValue>,
    #[serde(borrow)]
    aud: Option<&'a RawValue>,
    #[serde(borrow)]
    iss: Option<&'a RawValue>,
    #[serde(borrow)]
    info: Option<&'a RawValue>,
    #[serde(borrow)]
    subscribe: Option<&'a RawValue>,
    #[serde(borrow)]
    publish: Option<&'a RawValue>,
    #[serde(borrow)]
    presence: Option<&'a RawValue>,
    #[serde(borrow)]
    history: Option<&'a RawValue>,
    #[serde(borrow)]
    auto_subscribe: Option<&'a RawValue>,
}

impl ClaimRules {
    pub(crate) fn new(settings: &AuthSettings) -> Self {
        Self {
            audience: settings.audience.clone(),
            issuer: settings.issuer.clone(),
            leeway: settings.leeway,
            require_expiry: settings.require_expiry,
            require_user: settings.require_user,
            limits: settings.limits.clone(),
            centrifugo: settings.centrifugo.clone(),
            capabilities: Shared::new(settings.limits.shared_sets),
            filters: Shared::new(settings.limits.shared_sets),
        }
    }

    /// Checks the claims of a token whose signature was verified, and makes the principal.
    ///
    /// # Errors
    /// Names the claim that does not hold.
    pub(crate) fn principal(&self, payload: &[u8], now: Now) -> Result<Principal, AuthError> {
        let claims: Claims<'_> = json_object(payload).ok_or(AuthError::Malformed(
            "its claims are not one JSON object with each claim once",
        ))?;
        let expires_at = self.check_times([claims.nbf, claims.iat, claims.exp], now)?;
        self.check_issuer(claims.iss)?;
        self.check_audience(claims.aud)?;
        let capabilities = Capabilities {
            subscribe: self.list("subscribe", claims.subscribe)?,
            publish: self.list("publish", claims.publish)?,
            presence: self.list("presence", claims.presence)?,
            history: self.list("history", claims.history)?,
        };
        let mut principal = Principal {
            user: self.user(claims.sub)?,
            info: self.info(claims.info)?,
            capabilities: self.capabilities.capabilities(capabilities),
            auto_subscribe: Arc::default(),
            expires_at,
        };
        let mut auto_subscribe = self.list("auto_subscribe", claims.auto_subscribe)?;
        if let Some(rules) = &self.centrifugo {
            self.add_centrifugo(rules, payload, now, &mut principal, &mut auto_subscribe)?;
        }
        principal.auto_subscribe = self.filters.filters(auto_subscribe);
        Ok(principal)
    }

    /// RFC 7519 sections 4.1.4 to 4.1.6. Gives the moment from which the token is refused.
    fn check_times(
        &self,
        [nbf, iat, exp]: [Option<&RawValue>; 3],
        now: Now,
    ) -> Result<Option<wirehub_model::Moment>, AuthError> {
        for (claim, value) in [("nbf", nbf), ("iat", iat)] {
            let date = value.map(|value| date(claim, value)).transpose()?;
            if let Some(date) = date.filter(|date| *date > now.unix + self.leeway) {
                let ahead = date.saturating_sub(now.unix);
                return Err(AuthError::NotYetValid { claim, ahead });
            }
        }
        let Some(exp) = exp else {
            return if self.require_expiry {
                Err(AuthError::MissingClaim("exp"))
            } else {
                Ok(None)
            };
        };
        let exp = date("exp", exp)?;
        match (exp + self.leeway).checked_sub(now.unix) {
            Some(left) if !left.is_zero() => Ok(Some(now.moment + left)),
            _ => Err(AuthError::Expired(now.unix.saturating_sub(exp))),
        }
    }

    fn check_issuer(&self, iss: Option<&RawValue>) -> Result<(), AuthError> {
        if self.issuer.is_empty() {
            return Ok(());
        }
        let iss = iss.ok_or(AuthError::MissingClaim("iss"))?;
        let iss: String = read("iss", iss, "must be a string")?;
        if self.issuer.contains(&iss) {
            Ok(())
        } else {
            Err(AuthError::WrongIssuer)
        }
    }

    /// RFC 7519 section 4.1.3: one string or a list, and whoever is not named must refuse the
    /// token.
    fn check_audience(&self, aud: Option<&RawValue>) -> Result<(), AuthError> {
        let Some(aud) = aud else {
            return if self.audience.is_empty() {
                Ok(())
            } else {
                Err(AuthError::MissingClaim("aud"))
            };
        };
        let one = serde_json::from_str(aud.get()).map(|one: String| vec![one]);
        let named = match one {
            Ok(one) => one,
            Err(_) => read("aud", aud, "must be a string or a list of strings")?,
        };
        if named.iter().any(|name| self.audience.contains(name)) {
            Ok(())
        } else {
            Err(AuthError::WrongAudience)
        }
    }

    fn user(&self, sub: Option<&RawValue>) -> Result<Option<UserId>, AuthError> {
        let Some(sub) = sub else {
            return if self.require_user {
                Err(AuthError::MissingClaim("sub"))
            } else {
                Ok(None)
            };
        };
        let sub: String = read("sub", sub, "must be a string")?;
        if sub.is_empty() && self.centrifugo.is_some() {
            // Centrifugo's tokens for nobody in particular name the empty user.
            return self.user(None);
        }
        let user = UserId::parse(&sub);
        user.map(Some)
            .map_err(|error| AuthError::bad_claim("sub", format!("is not usable: {error}")))
    }

    fn info(&self, info: Option<&RawValue>) -> Result<Option<Arc<str>>, AuthError> {
        let Some(info) = info else {
            return Ok(None);
        };
        let text = info::compact(info.get()).ok_or_else(|| {
            let why = format!("is nested deeper than {} levels", info::DEPTH_MAX);
            AuthError::bad_claim("info", why)
        })?;
        if text.len() > self.limits.info_bytes {
            let (bytes, max) = (text.len(), self.limits.info_bytes);
            let why = format!("has {bytes} bytes, more than `auth.limits.info_bytes` = {max}");
            return Err(AuthError::bad_claim("info", why));
        }
        Ok(Some(text.into()))
    }

    fn list(
        &self,
        claim: &'static str,
        value: Option<&RawValue>,
    ) -> Result<Vec<TopicFilter>, AuthError> {
        let Some(value) = value else {
            return Ok(Vec::new());
        };
        let texts: Vec<String> = read(claim, value, "must be a list of topic filters")?;
        if texts.len() > self.limits.filters {
            let (count, max) = (texts.len(), self.limits.filters);
            let why = format!("lists {count} filters, more than `auth.limits.filters` = {max}");
            return Err(AuthError::bad_claim(claim, why));
        }
        let filters = texts.iter().zip(1..).map(|(text, place)| {
            TopicFilter::parse(text).map_err(|error| {
                AuthError::bad_claim(claim, format!("has a bad filter, number {place}: {error}"))
            })
        });
        filters.collect()
    }
}

/// Seconds since 1970, with a fraction or without (RFC 7519 section 2, `NumericDate`).
fn date(claim: &'static str, value: &RawValue) -> Result<Duration, AuthError> {
    let seconds: f64 = read(claim, value, "must be a number: seconds since 1970")?;
    if seconds > YEAR_9999 {
        let why = "lies beyond the year 9999; give seconds, not milliseconds";
        return Err(AuthError::bad_claim(claim, why));
    }
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| AuthError::bad_claim(claim, "lies before 1970"))
}

/// The last second that calendars write with four digits.
const YEAR_9999: f64 = 253_402_300_799.0;

fn read<T: DeserializeOwned>(
    claim: &'static str,
    value: &RawValue,
    why: &'static str,
) -> Result<T, AuthError> {
    serde_json::from_str(value.get()).map_err(|_| AuthError::bad_claim(claim, why))
}

#[cfg(test)]
mod tests;
