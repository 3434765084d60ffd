//! Opening connections to a server.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use rustls::{
    ClientConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use rustls_platform_verifier::Verifier;
use serde::Serialize;
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsConnector;

use crate::{
    ConnectError, NatsSettings,
    address::{Address, Login},
    connection::{Connection, Duplex},
    user_key::UserKey,
    wire::{self, Info, Said},
};

/// The oldest server that can be used: batches of messages that are stored together or not at all.
const OLDEST: (u32, u32) = (2, 12);

/// Opens connections to the servers in turn.
#[derive(Debug)]
pub(crate) struct Connector {
    addresses: Vec<Address>,
    next: AtomicUsize,
    credentials: Option<UserKey>,
    tls: TlsSetup,
    patience: Duration,
}

#[derive(Clone)]
struct TlsSetup(TlsConnector);

impl std::fmt::Debug for TlsSetup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TlsSetup")
    }
}

/// How a client introduces itself.
#[derive(Serialize)]
struct Introduction<'a> {
    verbose: bool,
    pedantic: bool,
    lang: &'a str,
    version: &'a str,
    protocol: u8,
    headers: bool,
    no_responders: bool,
    name: &'a str,
    tls_required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pass: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nkey: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sig: Option<String>,
}

impl Connector {
    pub(crate) fn new(settings: &NatsSettings) -> Result<Self, ConnectError> {
        let credentials = settings.credentials.as_deref().map(UserKey::read);
        Ok(Self {
            addresses: Address::read_all(&settings.url)?,
            next: AtomicUsize::new(0),
            credentials: credentials.transpose()?,
            tls: TlsSetup::new(settings.roots.as_deref())?,
            patience: settings.bounds.connect_timeout,
        })
    }

    /// A connection to the first server that gives one.
    pub(crate) async fn open(&self) -> Result<Connection, ConnectError> {
        let mut failure = ConnectError::Url("it is empty");
        for _ in &self.addresses {
            let index = self.next.load(Ordering::Relaxed);
            let Some(address) = self.addresses.get(index % self.addresses.len()) else {
                break;
            };
            let opened = timeout(self.patience, self.open_at(address)).await;
            let late = || unreachable(address, "it does not answer in time");
            match opened.unwrap_or_else(|_| Err(late())) {
                Ok(connection) => return Ok(connection),
                Err(error) => failure = error,
            }
            self.next.store(index.wrapping_add(1), Ordering::Relaxed);
        }
        Err(failure)
    }

    async fn open_at(&self, address: &Address) -> Result<Connection, ConnectError> {
        let away = |error: io::Error| unreachable(address, &error.to_string());
        let socket = TcpStream::connect((address.host.as_str(), address.port)).await;
        let socket = socket.map_err(away)?;
        // Messages are small and somebody waits for each.
        socket.set_nodelay(true).map_err(away)?;
        let mut connection = Connection::over(Box::new(socket));
        let Said::Info(info) = connection.next().await.map_err(away)? else {
            return Err(unreachable(address, "it is not a NATS server"));
        };
        check_version(&info)?;
        let is_secure = address.is_secure || info.tls_required;
        if is_secure {
            if !info.tls_required && !info.tls_available {
                return Err(unreachable(
                    address,
                    "it has no TLS, which the address asks for",
                ));
            }
            connection = self.tls.secure(connection, address).await.map_err(away)?;
        }
        let mut out = self.introduction(address, &info, is_secure)?;
        wire::ping(&mut out);
        connection.say(&out).await.map_err(away)?;
        loop {
            match connection.next().await.map_err(away)? {
                Said::Pong => break,
                Said::Error(text) => return Err(ConnectError::Refused(text)),
                _ => {}
            }
        }
        connection.info = info;
        Ok(connection)
    }

    fn introduction(
        &self,
        address: &Address,
        info: &Info,
        is_secure: bool,
    ) -> Result<Vec<u8>, ConnectError> {
        let (user, pass, auth_token) = match &address.login {
            Login::Nobody => (None, None, None),
            Login::Token(token) => (None, None, Some(token.as_str())),
            Login::User(user, password) => (Some(user.as_str()), Some(password.as_str()), None),
        };
        let proof = self.credentials.as_ref().map(|all| all.prove(&info.nonce));
        let (jwt, nkey, sig) = match proof {
            Some(proof) => (proof.token, proof.key, Some(proof.signature)),
            None => (None, None, None),
        };
        let introduction = Introduction {
            verbose: false,
            pedantic: false,
            lang: "rust",
            version: env!("CARGO_PKG_VERSION"),
            protocol: 1,
            headers: true,
            no_responders: true,
            name: "wirehub",
            tls_required: is_secure,
            user,
            pass,
            auth_token,
            jwt,
            nkey,
            sig,
        };
        let introduction = serde_json::to_string(&introduction);
        let introduction =
            introduction.map_err(|error| ConnectError::Refused(error.to_string()))?;
        Ok(format!("CONNECT {introduction}\r\n").into_bytes())
    }
}

impl TlsSetup {
    /// Trusts what the system trusts, and these certificates.
    fn new(roots: Option<&[u8]>) -> Result<Self, ConnectError> {
        let wrong = |error: &dyn std::fmt::Display| ConnectError::Tls(error.to_string());
        let mut extra = Vec::new();
        for certificate in roots.into_iter().flat_map(CertificateDer::pem_slice_iter) {
            extra.push(certificate.map_err(|error| wrong(&error))?);
        }
        if roots.is_some() && extra.is_empty() {
            return Err(wrong(&"the PEM text to trust holds no `CERTIFICATE` block"));
        }
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = Verifier::new_with_extra_roots(extra, Arc::clone(&provider));
        let verifier = verifier.map_err(|error| wrong(&error))?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(&error))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    async fn secure(&self, plain: Connection, address: &Address) -> io::Result<Connection> {
        let name = ServerName::try_from(address.host.clone()).map_err(io::Error::other)?;
        let secured = self.0.connect(name, plain.into_stream()?).await?;
        let secured: Box<dyn Duplex> = Box::new(secured);
        Ok(Connection::over(secured))
    }
}

fn unreachable(address: &Address, reason: &str) -> ConnectError {
    let Address { host, port, .. } = address;
    ConnectError::Unreachable(format!("{host}:{port}: {reason}"))
}

/// Whether a server can be used.
fn check_version(info: &Info) -> Result<(), ConnectError> {
    let mut parts = info.version.split('.');
    let mut next = || parts.next().and_then(|part| part.parse().ok());
    let is_known = next().zip(next()).is_some_and(|version| version >= OLDEST);
    if !is_known || !info.headers {
        return Err(ConnectError::TooOld(info.version.clone()));
    }
    if !info.jetstream {
        return Err(ConnectError::NoJetStream("the server says so".to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_that_are_too_old_say_so() {
        let info = |version: &str| Info {
            version: version.to_owned(),
            headers: true,
            jetstream: true,
            ..Info::default()
        };
        for version in ["2.9.10", "2.11.99", "1.99", "", "x"] {
            let refused = ConnectError::TooOld(version.to_owned());
            assert_eq!(check_version(&info(version)), Err(refused));
        }
        for version in ["2.12.0", "2.15.1", "3.0.0-RC.1", "2.12.0-dev"] {
            assert_eq!(check_version(&info(version)), Ok(()), "{version}");
        }
        let mut bare = info("2.12.0");
        bare.jetstream = false;
        let refused = check_version(&bare);
        assert!(matches!(refused, Err(ConnectError::NoJetStream(_))));
    }
}
