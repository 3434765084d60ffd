//! Certificates that nobody but the test trusts.

use std::{fs, path::PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use redis::{ClientTlsConfig, TlsCertificates};
use tempfile::TempDir;

/// An authority, and certificates that it has signed: one for a server on 127.0.0.1, and one for
/// its clients.
pub(crate) struct Certificates {
    folder: TempDir,
    pub(crate) authority: Vec<u8>,
    pub(crate) client: Vec<u8>,
    pub(crate) client_key: Vec<u8>,
}

impl Certificates {
    /// Makes them, with an authority of this name.
    pub(crate) fn make(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let sign = |name: &str| {
            let key = KeyPair::generate().unwrap();
            let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
            params.distinguished_name.push(DnType::CommonName, name);
            let signed = params.signed_by(&key, &authority).unwrap();
            (signed.pem(), key.serialize_pem())
        };
        let (server, server_key) = sign("127.0.0.1");
        let (client, client_key) = sign("hub");
        let folder = tempfile::tempdir().unwrap();
        let made = Self {
            authority: authority.pem().into_bytes(),
            client: client.into_bytes(),
            client_key: client_key.into_bytes(),
            folder,
        };
        fs::write(made.path("authority.pem"), &made.authority).unwrap();
        fs::write(made.path("server.pem"), server).unwrap();
        fs::write(made.path("server.key"), server_key).unwrap();
        made
    }

    /// What a client needs that is let in.
    pub(crate) fn for_clients(&self) -> TlsCertificates {
        TlsCertificates {
            client_tls: Some(ClientTlsConfig {
                client_cert: self.client.clone(),
                client_key: self.client_key.clone(),
            }),
            root_cert: Some(self.authority.clone()),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What a server is told of them, which asks its clients for theirs.
    pub(crate) fn options(&self) -> Vec<String> {
        let file = |name: &str| self.path(name).to_str().unwrap().to_owned();
        let pairs = [
            ("--tls-cert-file", file("server.pem")),
            ("--tls-key-file", file("server.key")),
            ("--tls-ca-cert-file", file("authority.pem")),
        ];
        let options = pairs.into_iter();
        options
            .flat_map(|(name, value)| [name.to_owned(), value])
            .collect()
    }
}
