//! The table `admin`, and one entry of `admin.keys`.

use std::net::{Ipv4Addr, SocketAddr};

use serde::{Deserialize, Serialize};

use super::secret::RawSecret;
use crate::lists::{Keys, Texts};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawAdmin {
    pub(crate) listen: SocketAddr,
    pub(crate) api_key: Keys,
    pub(crate) keys: Vec<RawApiKey>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawApiKey {
    pub(crate) name: String,
    /// Hidden, because a key may have been put here by mistake.
    pub(crate) hash: RawSecret,
    pub(crate) scopes: Texts,
    pub(crate) topics: Texts,
}

impl Default for RawAdmin {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8001)),
            api_key: Keys::default(),
            keys: Vec::new(),
        }
    }
}
