//! What is to be run, as one process hands it to others.

use std::{net::IpAddr, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use wirehub::auth::{SigningKey, TokenDraft};
use wirehub_load::{Order, Scenario, Share, Target, TokenMaker, Tokens, Trust, Watch};
use wirehub_model::{Operation, Secret, TopicFilter, UserId};

use crate::{commands::token::unix_time, failure::Failure, settings::Settings};

/// What clients subscribe and publish to.
const TOPICS: &str = "load/#";
/// How much longer than the run tokens are good.
const BEYOND: Duration = Duration::from_secs(3_600);

/// What is to be run. It holds secrets, so that it travels through pipes only.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) urls: Vec<String>,
    pub(super) scenario: Scenario,
    pub(super) credentials: Credentials,
    pub(super) is_insecure: bool,
    /// Certificates to trust (PEM).
    pub(super) authorities: Option<String>,
    pub(super) sources: Vec<IpAddr>,
    pub(super) share: Share,
}

/// What clients come with.
#[derive(Clone, Serialize, Deserialize)]
pub(super) enum Credentials {
    /// Nothing.
    None,
    /// All with this token.
    Token(String),
    /// Each with a token of its own.
    Signed {
        secret: String,
        kid: Option<String>,
        audience: Option<String>,
        issuer: Option<String>,
    },
}

impl Credentials {
    /// The secret that the hub has, if the settings name it.
    pub(super) fn of(settings: &Settings) -> Self {
        let auth = &settings.hub.door.auth;
        let Some(first) = auth.hmac_secrets.first() else {
            return Self::None;
        };
        Self::Signed {
            secret: first.secret.expose().to_owned(),
            kid: first.kid.clone(),
            audience: auth.audience.first().cloned(),
            issuer: auth.issuer.first().cloned(),
        }
    }

    fn maker(self, lifetime: Duration) -> Result<Option<TokenMaker>, Failure> {
        let (secret, kid, audience, issuer) = match self {
            Self::None => return Ok(None),
            Self::Token(token) => {
                let maker: Arc<Tokens> = Arc::new(move |_| token.clone());
                return Ok(Some(TokenMaker(maker)));
            }
            Self::Signed {
                secret,
                kid,
                audience,
                issuer,
            } => (secret, kid, audience, issuer),
        };
        let key = SigningKey::from_secret(&Secret::new(secret)).map_err(Failure::usage)?;
        let key = match kid {
            Some(kid) => key.with_kid(kid),
            None => key,
        };
        let filter = TopicFilter::parse(TOPICS).map_err(Failure::outside)?;
        let make = move |client: u64| {
            let Ok(user) = UserId::parse(&format!("load-{client}")) else {
                return String::new();
            };
            let mut draft = TokenDraft::for_user(&user).expires_in(lifetime);
            for operation in [Operation::Subscribe, Operation::Publish] {
                draft = draft.allow(operation, &filter);
            }
            if let Some(audience) = &audience {
                draft = draft.audience(audience);
            }
            if let Some(issuer) = &issuer {
                draft = draft.issuer(issuer);
            }
            // A token that could not be signed is none, which the server says in its own words.
            let token = draft.sign(&key, unix_time());
            token.map_or_else(|_| String::new(), |token| token.expose().to_owned())
        };
        Ok(Some(TokenMaker(Arc::new(make))))
    }
}

impl Job {
    pub(super) fn trust(&self) -> Trust {
        match &self.authorities {
            _ if self.is_insecure => Trust::Anybody,
            Some(pem) => Trust::And(pem.clone().into_bytes()),
            None => Trust::System,
        }
    }

    /// Who is put under load.
    pub(super) fn targets(&self) -> Result<Vec<Target>, Failure> {
        let targets = self.urls.iter().map(|url| {
            let target = Target::parse(url).map_err(Failure::usage)?;
            Ok(target.speaking(&self.scenario.speech))
        });
        targets.collect()
    }

    /// The same for the load generator.
    pub(super) fn order(&self, watch: Option<Watch>) -> Result<Order, Failure> {
        let lifetime = self.scenario.lasts() + BEYOND;
        Ok(Order {
            scenario: self.scenario.clone(),
            targets: self.targets()?,
            trust: self.trust(),
            tokens: self.credentials.clone().maker(lifetime)?,
            sources: self.sources.clone(),
            share: self.share,
            watch,
        })
    }
}

/// A number that no other run has.
pub(super) fn random() -> Result<u64, Failure> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::outside(format!("no randomness: {error}")))?;
    Ok(u64::from_le_bytes(bytes))
}
