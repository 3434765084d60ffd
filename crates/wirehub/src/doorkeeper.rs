//! Who is let in.

use std::sync::{Arc, PoisonError, RwLock};

use http::{HeaderMap, StatusCode};
use wirehub_model::{ErrorCode, Grant, Principal, Refusal, Secret};
use wirehub_protocol::Proof;

use crate::{
    DependencyStatus, DoorSettings, StartError,
    auth::{Attempt, AuthError, Authenticator, CredentialPolicy, KeyRefresher, Now, OriginPolicy},
};

/// Decides about handshakes and tokens by rules that can be replaced while the hub runs.
#[derive(Debug)]
pub(crate) struct Doorkeeper(RwLock<Arc<Rules>>);

#[derive(Debug)]
struct Rules {
    authenticator: Authenticator,
    origins: OriginPolicy,
    credentials: CredentialPolicy,
    cookies: bool,
}

/// Why a handshake is refused, as an HTTP answer.
#[derive(Debug)]
pub(crate) struct Denial {
    pub(crate) status: StatusCode,
    /// The word for it in metrics and in the answer.
    pub(crate) word: &'static str,
    /// What to do about it.
    pub(crate) message: String,
    /// The `WWW-Authenticate` header, where a token would help (RFC 6750 section 3).
    pub(crate) challenge: Option<&'static str>,
}

impl Doorkeeper {
    /// Checks the rules. Where keys are fetched from afar, the refresher has to be run.
    pub(crate) fn new(settings: &DoorSettings) -> Result<(Self, Option<KeyRefresher>), StartError> {
        let (rules, refresher) = Rules::new(settings)?;
        Ok((Self(RwLock::new(Arc::new(rules))), refresher))
    }

    /// Replaces the rules. The refresher of the old ones ends by itself.
    pub(crate) fn replace(
        &self,
        settings: &DoorSettings,
    ) -> Result<Option<KeyRefresher>, StartError> {
        let (rules, refresher) = Rules::new(settings)?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
        Ok(refresher)
    }

    /// Whether the page that asks may connect at all.
    pub(crate) fn check_origin(&self, headers: &HeaderMap) -> Result<(), Denial> {
        self.rules()
            .origins
            .check_headers(headers)
            .map_err(|refused| {
                tracing::debug!(%refused, "origin refused");
                Denial {
                    status: StatusCode::FORBIDDEN,
                    word: refused.word(),
                    // The setting to change is the operator's business, and in the log.
                    message: "this origin may not connect".to_owned(),
                    challenge: None,
                }
            })
    }

    /// Whether a cookie may hold the token, so that browsers are to send theirs.
    pub(crate) fn takes_cookies(&self) -> bool {
        self.rules().cookies
    }

    /// Who a handshake comes from; `None` when it carries no token and `connect` has to.
    pub(crate) async fn admit(
        &self,
        headers: &HeaderMap,
        query: Option<&str>,
        now: Now,
    ) -> Result<Option<Principal>, Denial> {
        self.check_origin(headers)?;
        let rules = self.rules();
        let found = rules.credentials.find(headers, query);
        let Some(credentials) = found.map_err(|error| Denial {
            status: StatusCode::BAD_REQUEST,
            word: error.word(),
            message: error.to_string(),
            challenge: None,
        })?
        else {
            return Ok(None);
        };
        let principal = rules
            .authenticator
            .authenticate(&credentials.token, now)
            .await;
        principal.map(Some).map_err(|error| Denial::from(&error))
    }

    /// Says at once who a token belongs to, if that is possible.
    pub(crate) fn attempt(
        &self,
        token: Option<&Secret>,
        now: Now,
    ) -> Option<Result<Principal, Refusal>> {
        let rules = self.rules();
        let attempt = match token {
            Some(token) => rules.authenticator.attempt(token, now),
            None => Attempt::Decided(rules.authenticator.anonymous()),
        };
        attempt.decided().map(refused)
    }

    /// Says who a token belongs to, and waits for keys if it has to.
    pub(crate) async fn authenticate(
        &self,
        token: &Secret,
        now: Now,
    ) -> Result<Principal, Refusal> {
        let rules = self.rules();
        refused(rules.authenticator.authenticate(token, now).await)
    }

    /// Says at once what a proof for one topic opens, if that is possible.
    pub(crate) fn attempt_proof(&self, proof: &Proof, now: Now) -> Option<Result<Grant, Refusal>> {
        let rules = self.rules();
        match proof {
            Proof::Token {
                token,
                channel,
                user,
            } => rules
                .authenticator
                .attempt_grant(token, channel, user.as_ref(), now)
                .map(declined),
            Proof::Signature { .. } => Some(Err(no_signatures())),
        }
    }

    /// Says what a proof for one topic opens, and waits for keys if it has to.
    pub(crate) async fn check_proof(&self, proof: &Proof, now: Now) -> Result<Grant, Refusal> {
        let rules = self.rules();
        match proof {
            Proof::Token {
                token,
                channel,
                user,
            } => {
                let user = user.as_ref();
                declined(rules.authenticator.grant(token, channel, user, now).await)
            }
            Proof::Signature { .. } => Err(no_signatures()),
        }
    }

    /// How the remote keys are doing, where there are any.
    pub(crate) fn dependency(&self) -> Option<DependencyStatus> {
        let status = self.rules().authenticator.key_set()?;
        Some(DependencyStatus {
            name: "jwks".to_owned(),
            latency: status.latency,
            // With keys of an earlier fetch, clients are let in all the same.
            degraded: status.error.is_some() && status.keys > 0,
            error: status.error,
        })
    }

    fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Rules {
    fn new(settings: &DoorSettings) -> Result<(Self, Option<KeyRefresher>), StartError> {
        let origins = OriginPolicy::new(&settings.origins)?;
        let credentials = match &settings.cookie {
            Some(name) => CredentialPolicy::with_cookie(name, &origins)?,
            None => CredentialPolicy::new(),
        };
        let (authenticator, refresher) = Authenticator::new(settings.auth.clone())?;
        let rules = Self {
            authenticator,
            origins,
            credentials,
            cookies: settings.cookie.is_some(),
        };
        Ok((rules, refresher))
    }
}

impl From<&AuthError> for Denial {
    fn from(error: &AuthError) -> Self {
        tracing::debug!(%error, "token refused");
        Self {
            status: error.status(),
            word: error.word(),
            message: error.refusal().message.into_owned(),
            challenge: Some(error.challenge()),
        }
    }
}

fn refused(result: Result<Principal, AuthError>) -> Result<Principal, Refusal> {
    result.map_err(|error| {
        tracing::debug!(%error, "token refused");
        error.refusal()
    })
}

/// Whoever brings a bad proof for one topic is who it is all the same: it may not do this.
fn declined(result: Result<Grant, AuthError>) -> Result<Grant, Refusal> {
    result.map_err(|error| {
        tracing::debug!(%error, "proof refused");
        let refusal = error.refusal();
        match refusal.code {
            ErrorCode::Unauthorized => Refusal {
                code: ErrorCode::PermissionDenied,
                ..refusal
            },
            _ => refusal,
        }
    })
}

/// Signatures are checked where the apps are known.
fn no_signatures() -> Refusal {
    Refusal::new(
        ErrorCode::PermissionDenied,
        "signatures are of no use on this connection",
    )
}
