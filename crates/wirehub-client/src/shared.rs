//! One client for all who connect to the same place with the same credentials.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError, Weak},
};

use crate::{Client, client::Core};

/// What makes two clients the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Identity {
    pub(crate) urls: Vec<String>,
    pub(crate) credentials: Credentials,
}

/// Who the client is.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Credentials {
    Anonymous,
    Token(String),
    /// The provider's address: the same closure, not one that does the same.
    Provider(usize),
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Anonymous => "Anonymous",
            Self::Token(_) => "Token(…)",
            Self::Provider(_) => "Provider",
        })
    }
}

static CLIENTS: LazyLock<Mutex<HashMap<Identity, Weak<Core>>>> = LazyLock::new(Mutex::default);

/// The client of that identity: the one that is there, or the one that `start` makes.
pub(crate) fn client<E>(
    identity: Identity,
    start: impl FnOnce() -> Result<Arc<Core>, E>,
) -> Result<Option<Client>, E> {
    let mut clients = CLIENTS.lock().unwrap_or_else(PoisonError::into_inner);
    // Those that ended are forgotten here, so that the registry holds what is alive and no more.
    clients.retain(|_, core| core.strong_count() > 0);
    if let Some(core) = clients.get(&identity).and_then(Weak::upgrade)
        && let Some(client) = core.hold(false)
    {
        return Ok(Some(client));
    }
    let core = start()?;
    clients.insert(identity, Arc::downgrade(&core));
    Ok(core.hold(true))
}
