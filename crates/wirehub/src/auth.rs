//! Who may come in: origins, credentials and keys, checked before a connection is made.

mod api_key;
mod credentials;
mod loopback;
mod origin;

pub use api_key::{ApiKeyError, ApiKeys};
pub use credentials::{
    CookieSettingsError, CredentialError, CredentialPolicy, CredentialSource, Credentials,
};
pub use origin::{OriginPolicy, OriginRefused, OriginSettings, OriginSettingsError};
