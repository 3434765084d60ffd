//! TLS from PEM text, replaceable while it is in use.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::NoServerSessionStorage;
use rustls::{InconsistentKeys, ServerConfig};
use x509_cert::der::Decode as _;

/// A certificate with its key, ready for handshakes: TLS 1.2 and 1.3, HTTP/1.1 only (a WebSocket
/// over HTTP/2 would not leave a socket to take over).
///
/// Clones share one certificate: [`Tls::replace`] on one of them is seen by all, from the next
/// handshake on. Handshakes in flight and open connections keep what they began with.
#[derive(Clone)]
pub struct Tls {
    current: Arc<RwLock<Current>>,
}

#[derive(Clone)]
struct Current {
    config: Arc<ServerConfig>,
    expires_at: SystemTime,
}

/// What is wrong with a certificate or its key.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The text holds no `CERTIFICATE` block.
    #[error("no certificate in the PEM text; it needs a block `-----BEGIN CERTIFICATE-----`")]
    NoCertificate,
    /// The text holds no private key block.
    #[error(
        "no private key in the PEM text; it needs a block such as `-----BEGIN PRIVATE KEY-----` \
         (an encrypted key has to be decrypted first)"
    )]
    NoKey,
    /// The text is not PEM.
    #[error("{what} is not valid PEM: {error}")]
    Pem {
        /// The certificate or the key.
        what: &'static str,
        /// Where it breaks.
        error: pem::Error,
    },
    /// The certificate cannot be read.
    #[error("certificate is not valid X.509: {0}")]
    Certificate(x509_cert::der::Error),
    /// The key is of a kind that is not supported.
    #[error("private key cannot be used: {0}")]
    Key(rustls::Error),
    /// The certificate belongs to another key.
    #[error(
        "private key does not belong to the certificate; the server's own certificate has to be \
         the first in the chain"
    )]
    Mismatch,
    /// The certificate's time is over.
    #[error("certificate expired {0:?} ago; renew it")]
    Expired(Duration),
    /// The certificate's time has not begun.
    #[error("certificate is not valid for another {0:?}; check the clock of this machine")]
    NotYetValid(Duration),
    /// Something else that the TLS library refuses.
    #[error("certificate cannot be used: {0}")]
    Refused(rustls::Error),
}

impl Tls {
    /// Reads a certificate chain, the server's own first, and its private key.
    ///
    /// # Errors
    ///
    /// The texts do not hold a certificate that is valid today and its key.
    pub fn new(certificates_pem: &[u8], key_pem: &[u8]) -> Result<Self, TlsError> {
        let current = Current::read(certificates_pem, key_pem)?;
        Ok(Self {
            current: Arc::new(RwLock::new(current)),
        })
    }

    /// Uses another certificate from the next handshake on.
    ///
    /// # Errors
    ///
    /// As for [`Tls::new`]; what was in use stays in use.
    pub fn replace(&self, certificates_pem: &[u8], key_pem: &[u8]) -> Result<(), TlsError> {
        let next = Current::read(certificates_pem, key_pem)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(())
    }

    /// When the certificate in use expires.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        self.current().expires_at
    }

    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        self.current().config
    }

    fn current(&self) -> Current {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("expires_at", &self.expires_at())
            .finish_non_exhaustive()
    }
}

impl Current {
    fn read(certificates_pem: &[u8], key_pem: &[u8]) -> Result<Self, TlsError> {
        let chain = read_chain(certificates_pem)?;
        let key = PrivateKeyDer::from_pem_slice(key_pem).map_err(|error| match error {
            pem::Error::NoItemsFound => TlsError::NoKey,
            error => TlsError::Pem {
                what: "private key",
                error,
            },
        })?;
        let expires_at = check_validity(chain.first().ok_or(TlsError::NoCertificate)?)?;
        let config = configure(chain, key)?;
        Ok(Self {
            config: Arc::new(config),
            expires_at,
        })
    }
}

fn read_chain(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    CertificateDer::pem_slice_iter(text)
        .collect::<Result<_, _>>()
        .map_err(|error| TlsError::Pem {
            what: "certificate",
            error,
        })
}

/// Checks that the certificate is valid today, and says when it expires.
fn check_validity(certificate: &CertificateDer<'_>) -> Result<SystemTime, TlsError> {
    let certificate =
        x509_cert::Certificate::from_der(certificate).map_err(TlsError::Certificate)?;
    let validity = certificate.tbs_certificate().validity();
    let now = SystemTime::now();
    let begins = UNIX_EPOCH + validity.not_before.to_unix_duration();
    let ends = UNIX_EPOCH + validity.not_after.to_unix_duration();
    if let Ok(wait) = begins.duration_since(now)
        && !wait.is_zero()
    {
        return Err(TlsError::NotYetValid(whole_seconds(wait)));
    }
    if let Ok(late) = now.duration_since(ends) {
        return Err(TlsError::Expired(whole_seconds(late)));
    }
    Ok(ends)
}

fn whole_seconds(span: Duration) -> Duration {
    Duration::from_secs(span.as_secs())
}

fn configure(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let signer = provider
        .key_provider
        .load_private_key(key.clone_key())
        .map_err(TlsError::Key)?;
    drop(signer);
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Refused)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| match error {
            rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => TlsError::Mismatch,
            error => TlsError::Refused(error),
        })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // Sessions resume by encrypted tickets, which cost the server no memory. One is enough for a
    // client that comes back with one connection.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.ticketer = aws_lc_rs::Ticketer::new().map_err(TlsError::Refused)?;
    config.send_tls13_tickets = 1;
    Ok(config)
}

#[cfg(test)]
mod tests;
