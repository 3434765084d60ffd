//! Whose certificates are believed.

use std::{fmt, sync::Arc};

use rustls::{
    ClientConfig, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
};
use rustls_platform_verifier::Verifier;

/// Whose certificates are believed.
#[derive(Clone, Debug, Default)]
pub enum Trust {
    /// Those that the operating system trusts.
    #[default]
    System,
    /// These too: PEM.
    And(Vec<u8>),
    /// Anybody's. A load generator sends nothing worth hiding.
    Anybody,
}

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("TLS: {0}")]
pub struct TrustError(String);

impl Trust {
    /// TLS for clients.
    ///
    /// # Errors
    /// When there is no certificate to trust, or one that is none.
    pub fn config(&self) -> Result<Arc<ClientConfig>, TrustError> {
        let wrong = |error: &dyn fmt::Display| TrustError(error.to_string());
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier: Arc<dyn ServerCertVerifier> = match self {
            Self::Anybody => Arc::new(Credulous(Arc::clone(&provider))),
            Self::System => {
                Arc::new(Verifier::new(Arc::clone(&provider)).map_err(|error| wrong(&error))?)
            }
            Self::And(pem) => {
                let mut extra = Vec::new();
                for certificate in CertificateDer::pem_slice_iter(pem) {
                    extra.push(certificate.map_err(|error| wrong(&error))?);
                }
                if extra.is_empty() {
                    return Err(wrong(&"the file to trust holds no `CERTIFICATE` block"));
                }
                let verifier = Verifier::new_with_extra_roots(extra, Arc::clone(&provider));
                Arc::new(verifier.map_err(|error| wrong(&error))?)
            }
        };
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(&error))?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        // A WebSocket needs HTTP/1.1; a server that would rather speak HTTP/2 has to be told.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

/// Believes every certificate. Signatures are checked all the same, so that the server does the
/// work it would do for anybody.
#[derive(Debug)]
struct Credulous(Arc<CryptoProvider>);

impl ServerCertVerifier for Credulous {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
