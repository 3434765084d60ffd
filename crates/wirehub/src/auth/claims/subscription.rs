//! What a token about one channel says
//! (<https://centrifugal.dev/docs/server/channel_token_auth>).

use serde::Deserialize;
use serde_json::value::RawValue;
use wirehub_model::{Grant, UserId};

use super::{ClaimRules, centrifugo::end, read};
use crate::auth::{AuthError, Now, token::json_object};

#[derive(Deserialize)]
struct Claims<'a> {
    #[serde(borrow)]
    sub: Option<&'a RawValue>,
    #[serde(borrow)]
    channel: Option<&'a RawValue>,
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
    b64info: Option<&'a RawValue>,
    #[serde(borrow)]
    expire_at: Option<&'a RawValue>,
}

impl ClaimRules {
    /// Checks the claims of a token whose signature was verified: it has to be about this channel
    /// and for this user, both as they stand in it.
    ///
    /// # Errors
    /// Names the claim that does not hold.
    pub(crate) fn grant(
        &self,
        payload: &[u8],
        channel: &str,
        user: Option<&UserId>,
        now: Now,
    ) -> Result<Grant, AuthError> {
        let claims: Claims<'_> = json_object(payload).ok_or(AuthError::Malformed(
            "its claims are not one JSON object with each claim once",
        ))?;
        let mut expires_at = self.check_times([claims.nbf, claims.iat, claims.exp], now)?;
        self.check_issuer(claims.iss)?;
        self.check_audience(claims.aud)?;
        let named = claims.channel.ok_or(AuthError::MissingClaim("channel"))?;
        let named: String = read("channel", named, "must be a string")?;
        if named != channel {
            return Err(AuthError::bad_claim("channel", "names another channel"));
        }
        let sub = claims.sub.map(|sub| read("sub", sub, "must be a string"));
        let sub: String = sub.transpose()?.unwrap_or_default();
        if sub != user.map_or("", UserId::as_str) {
            return Err(AuthError::bad_claim("sub", "names another user"));
        }
        if let Some(expire_at) = claims.expire_at {
            expires_at = end(expire_at, now)?;
        }
        let info = match claims.b64info {
            Some(info) => self.info_in_base64(info)?,
            None => self.info(claims.info)?,
        };
        Ok(Grant {
            expires_at,
            info,
            ..Grant::default()
        })
    }
}
