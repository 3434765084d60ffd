//! The token, and when somebody has to be asked for another.

use super::Random;

/// Times in a row that a provider may fail.
const PATIENCE: u32 = 5;

/// The share of its life after which a token is replaced, and how far clients come apart.
const SHARE: f64 = 0.8;
const JITTER: f64 = 0.05;

/// Milliseconds in a second, in which the server counts.
const SECOND: f64 = 1_000.0;

#[derive(Debug)]
pub(crate) struct Credentials {
    pub(crate) token: Token,
    /// A provider was asked and has not answered; by when it has to.
    pub(crate) deadline: Option<f64>,
    /// When to ask for the next one.
    pub(crate) renew_at: Option<f64>,
    has_provider: bool,
    timeout: f64,
    failures: u32,
    refused: bool,
    expired: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    Unknown,
    /// A client without one.
    Anonymous,
    Is(String),
}

/// When another token is tried after one that expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Another {
    Now,
    /// As if the network had failed.
    Later,
    Never,
}

impl From<Option<String>> for Token {
    fn from(token: Option<String>) -> Self {
        token.map_or(Self::Anonymous, Self::Is)
    }
}

impl Credentials {
    /// `timeout` is in milliseconds.
    pub(crate) fn new(token: Option<String>, has_provider: bool, timeout: f64) -> Self {
        Self {
            token: if has_provider {
                Token::Unknown
            } else {
                token.into()
            },
            deadline: None,
            renew_at: None,
            has_provider,
            timeout,
            failures: 0,
            refused: false,
            expired: false,
        }
    }

    pub(crate) fn is_asking(&self) -> bool {
        self.deadline.is_some()
    }

    pub(crate) fn ask(&mut self, now: f64) {
        self.deadline = Some(now + self.timeout);
    }

    /// The provider gave one.
    pub(crate) fn got(&mut self, token: Option<String>) {
        self.deadline = None;
        self.failures = 0;
        self.token = token.into();
    }

    /// The provider did not give one; returns whether to ask it again.
    pub(crate) fn failed(&mut self) -> bool {
        self.deadline = None;
        self.failures += 1;
        self.failures < PATIENCE
    }

    /// The server refused the token; returns whether another one may do better, which is tried
    /// once.
    pub(crate) fn refuse(&mut self) -> bool {
        if !self.has_provider {
            return false;
        }
        self.token = Token::Unknown;
        let is_first = !self.refused;
        self.refused = is_first;
        is_first
    }

    /// The token expired. Another one is tried at once, and after that as if the network had
    /// failed.
    pub(crate) fn expire(&mut self) -> Another {
        if !self.has_provider {
            return Another::Never;
        }
        self.token = Token::Unknown;
        if std::mem::replace(&mut self.expired, true) {
            Another::Later
        } else {
            Another::Now
        }
    }

    /// The server let the client in. `expires_in` is in seconds.
    pub(crate) fn accepted(&mut self, now: f64, expires_in: Option<f64>, random: &mut Random) {
        let expires_in = expires_in.filter(|_| self.has_provider);
        self.renew_at =
            expires_in.map(|span| now + span * SECOND * SHARE * (1.0 - JITTER * random.draw()));
    }

    /// A connection was stable. Being let in is not enough: a server may refuse right after it.
    pub(crate) fn settled(&mut self) {
        self.refused = false;
        self.expired = false;
    }
}
