//! Secrets of one run, for trying the hub on the own machine.

use std::time::Duration;

use wirehub::auth::{HmacSecret, SigningKey, TokenDraft};
use wirehub_model::{Operation, Secret, TopicFilter, UserId};

use crate::{
    commands::{key::random, token::unix_time},
    failure::Failure,
    settings::Settings,
};

/// The user of the token to try.
const USER: &str = "developer";
/// How long the token to try is valid.
const LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// What was made for this run, because nothing was configured and nobody else can connect.
#[derive(Clone, Debug, Default)]
pub(super) struct Development {
    /// The secret that tokens of this run are signed with.
    secret: Option<Secret>,
    /// A token that may do everything.
    pub(super) token: Option<Secret>,
    /// A key for the admin interface.
    pub(super) api_key: Option<Secret>,
}

impl Development {
    /// Makes what is missing, on loopback alone: [`Settings::new`] has refused everything wider.
    pub(super) fn for_this_run(settings: &mut Settings) -> Result<Self, Failure> {
        let mut made = Self::default();
        if !settings.is_local() {
            return Ok(made);
        }
        if !settings.has_auth() {
            let secret = random()?;
            made.token = Some(token(&secret).map_err(Failure::outside)?);
            made.secret = Some(secret);
        }
        if !settings.has_api_keys() {
            made.api_key = Some(random()?);
        }
        made.apply(settings);
        Ok(made)
    }

    /// Puts what was made into settings that lack it, those of a reload too.
    pub(super) fn apply(&self, settings: &mut Settings) {
        if let Some(secret) = &self.secret
            && !settings.has_auth()
        {
            settings.hub.door.auth.hmac_secrets.push(HmacSecret {
                kid: None,
                secret: secret.clone(),
            });
            // Nobody comes in without the token of this run, so a page opened from a file may try.
            // With a cookie, a browser would come in for any page.
            settings.hub.door.origins.own_files = settings.hub.door.cookie.is_none();
        }
        if !settings.has_api_keys() {
            settings.api_keys.extend(self.api_key.clone());
        }
    }
}

fn token(secret: &Secret) -> Result<Secret, Box<dyn std::error::Error>> {
    let mut draft = TokenDraft::for_user(&UserId::parse(USER)?).expires_in(LIFETIME);
    for operation in Operation::ALL {
        draft = draft.allow(operation, &TopicFilter::everything());
    }
    Ok(draft.sign(&SigningKey::from_secret(secret)?, unix_time())?)
}
