//! The API keys, checked.

use wirehub::auth::{ApiAccess, ApiScope, HashedKey, KeyDigest};

use super::Checks;
use crate::{
    catalogue,
    raw_settings::{RawAdmin, RawApiKey},
};

/// Checks each entry by itself; that they do not contradict each other is for the hub to say.
pub(super) fn hashed_keys(raw: &RawAdmin, checks: &mut Checks<'_>) -> Vec<HashedKey> {
    let keys = raw.keys.iter();
    keys.filter_map(|key| hashed_key(key, checks)).collect()
}

fn hashed_key(raw: &RawApiKey, checks: &mut Checks<'_>) -> Option<HashedKey> {
    let place = format!("`admin.keys` {:?}", raw.name);
    let topics = checks.filters("admin.keys", &raw.topics);
    let mut scopes = Vec::new();
    for name in &raw.scopes.0 {
        match ApiScope::named(name) {
            Some(scope) => scopes.push(scope),
            None => checks.fault(format!("{place}: {}", no_scope(name))),
        }
    }
    let digest = KeyDigest::parse(raw.hash.secret().expose());
    if digest.is_none() {
        // What stands there is not repeated: it may be the key itself.
        checks.fault(format!(
            "{place}: `hash` must be `sha256:` and 64 hexadecimal digits; `wirehub key new` makes a \
             key and its hash"
        ));
    }
    // A list of topics that cannot be read must not become none, which stands for all.
    let whole = topics.len() == raw.topics.0.len();
    digest.filter(|_| whole).map(|digest| HashedKey {
        name: raw.name.clone(),
        digest,
        access: ApiAccess::new(scopes, topics),
    })
}

/// That a name is none, with the nearest that is one, or all of them.
pub(crate) fn no_scope(name: &str) -> String {
    let known = ApiScope::ALL.map(ApiScope::name);
    let hint = match catalogue::nearest(name, known.into_iter()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("there are {}", known.join(", ")),
    };
    format!("no scope is called {name:?}; {hint}")
}
