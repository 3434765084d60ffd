//! Where credentials come from.

use std::{fmt, sync::Arc};

use futures_util::future::{BoxFuture, FutureExt as _};

/// Why the client asks for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenReason {
    /// It has none yet.
    First,
    /// The one it has expires soon, or has expired.
    Expiring,
    /// The server does not accept the one it has: the same one again will not do.
    Refused,
}

/// What a token provider says: a token, or `None` to go in anonymously, or what went wrong.
pub(crate) type TokenAnswer = Result<Option<String>, String>;

/// Gives tokens when they are asked for.
#[derive(Clone)]
pub(crate) struct TokenProvider(
    Arc<dyn Fn(TokenReason) -> BoxFuture<'static, TokenAnswer> + Send + Sync>,
);

impl TokenProvider {
    pub(crate) fn new<F, R, E>(provide: F) -> Self
    where
        F: Fn(TokenReason) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Option<String>, E>> + Send + 'static,
        E: fmt::Display,
    {
        Self(Arc::new(move |reason| {
            let asked = provide(reason);
            async move { asked.await.map_err(|error| error.to_string()) }.boxed()
        }))
    }

    pub(crate) fn ask(&self, reason: TokenReason) -> BoxFuture<'static, TokenAnswer> {
        (self.0)(reason)
    }

    /// Two providers are the same only when one is a clone of the other.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.0).cast::<()>() as usize
    }
}

impl fmt::Debug for TokenProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenProvider")
    }
}

/// How the client gets its token.
#[derive(Clone)]
pub(crate) enum TokenSource {
    /// It goes in without.
    Anonymous,
    /// It has one, and no other.
    Fixed(String),
    /// It asks.
    Provider(TokenProvider),
}

/// Tokens stay out of logs.
impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Anonymous => "Anonymous",
            Self::Fixed(_) => "Fixed(…)",
            Self::Provider(_) => "Provider",
        })
    }
}
