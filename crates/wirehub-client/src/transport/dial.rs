//! Opens TCP connections, with TLS where the endpoint says so.

use std::{fmt, io, sync::Arc, time::Duration};

use rustls::{
    ClientConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use rustls_platform_verifier::Verifier;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::Endpoint;
use crate::Error;

/// How long name resolution, TCP and TLS may take together.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection, encrypted or not.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// Opens connections; clones share the TLS settings.
#[derive(Clone)]
pub(crate) struct Dialer {
    tls: Option<TlsConnector>,
}

impl Dialer {
    /// A dialer that trusts what the operating system trusts, and the certificates in `roots`
    /// (PEM). Without `secure` it opens plain connections only, and reads no certificates.
    pub(crate) fn new(secure: bool, roots: &[Vec<u8>]) -> Result<Self, Error> {
        if !secure {
            return Ok(Self { tls: None });
        }
        let wrong = |error: &dyn fmt::Display| Error::configuration(format!("TLS: {error}"));
        let mut extra = Vec::new();
        for pem in roots {
            let before = extra.len();
            for certificate in CertificateDer::pem_slice_iter(pem) {
                extra.push(certificate.map_err(|error| wrong(&error))?);
            }
            if extra.len() == before {
                return Err(wrong(&"the PEM text to trust holds no `CERTIFICATE` block"));
            }
        }
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = Verifier::new_with_extra_roots(extra, Arc::clone(&provider))
            .map_err(|error| wrong(&error))?;
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(&error))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        // A WebSocket needs HTTP/1.1; a server that would rather speak HTTP/2 has to be told.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            tls: Some(TlsConnector::from(Arc::new(config))),
        })
    }

    /// Opens a connection.
    pub(crate) async fn dial(&self, endpoint: &Endpoint) -> io::Result<Box<dyn Duplex>> {
        timeout(PATIENCE, self.connect(endpoint))
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    async fn connect(&self, endpoint: &Endpoint) -> io::Result<Box<dyn Duplex>> {
        let stream = TcpStream::connect((endpoint.host.as_str(), endpoint.port)).await?;
        // Messages are small and somebody waits for each.
        stream.set_nodelay(true)?;
        let (true, Some(tls)) = (endpoint.secure, &self.tls) else {
            return Ok(Box::new(stream));
        };
        let name = ServerName::try_from(endpoint.host.clone()).map_err(io::Error::other)?;
        Ok(Box::new(tls.connect(name, stream).await?))
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tls = self.tls.is_some();
        f.debug_struct("Dialer").field("tls", &tls).finish()
    }
}
