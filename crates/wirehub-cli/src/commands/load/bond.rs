//! How a load generator and its agents know each other.
//!
//! They share a secret, and the connection is TLS with a certificate that nobody has to know: each
//! side proves that it has the secret by a code over what only the two ends of this very connection
//! know (RFC 5705, RFC 9266). Somebody in between has a connection to each and none of them fits.

use std::{io, sync::Arc, time::Duration};

use ::aws_lc_rs::hmac;
use rustls::{
    ConnectionCommon, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, ServerName, pem::PemObject as _},
    version::TLS13,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};
use wirehub_load::Trust;
use wirehub_model::Secret;

use crate::{failure::Failure, layers::LOAD_SECRET_VARIABLE};

/// What the two sides say to each other changes with it.
const FORM: u8 = 1;
const LABEL: &[u8] = b"EXPORTER-wirehub-load-agent";
const PROOF: usize = 32;
/// A shorter secret could be guessed from what an impostor hears.
const SHORTEST: usize = 32;
/// How long the other side may take to prove itself.
const PATIENCE: Duration = Duration::from_secs(10);

/// The end of a connection that an agent has.
pub(super) type AgentStream = server::TlsStream<TcpStream>;
/// The other one.
pub(super) type Stream = client::TlsStream<TcpStream>;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum BondError {
    #[error("{0}")]
    Socket(#[from] io::Error),
    #[error("it took longer than {} s", PATIENCE.as_secs())]
    Late,
    #[error("the other side has another secret")]
    Stranger,
    #[error("the other side is another version of this program, or none")]
    Version,
    #[error("the agent has as many parts as it takes")]
    Busy,
}

/// What an agent answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Answer {
    Welcome = 0,
    Stranger = 1,
    Version = 2,
    Busy = 3,
}

/// What both sides have to have.
#[derive(Clone)]
pub(super) struct Bond(hmac::Key);

impl Bond {
    /// Takes the secret.
    ///
    /// # Errors
    /// When there is none, or one that is too short.
    pub(super) fn new(secret: Option<&Secret>) -> Result<Self, Failure> {
        let secret = secret.map_or("", Secret::expose);
        if secret.len() < SHORTEST {
            return Err(Failure::usage(format!(
                "agents and whoever sends them work share a secret of at least {SHORTEST} bytes: \
                 set {LOAD_SECRET_VARIABLE} on both sides to the same, such as that of `openssl rand -hex 32`"
            )));
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())))
    }

    fn proof<D>(&self, connection: &ConnectionCommon<D>, who: &str) -> io::Result<[u8; PROOF]> {
        let keying = connection.export_keying_material([0; PROOF], LABEL, Some(who.as_bytes()));
        let tag = hmac::sign(&self.0, &keying.map_err(io::Error::other)?);
        <[u8; PROOF]>::try_from(tag.as_ref()).map_err(io::Error::other)
    }

    fn holds<D>(&self, connection: &ConnectionCommon<D>, who: &str, proof: &[u8]) -> bool {
        let keying = connection.export_keying_material([0; PROOF], LABEL, Some(who.as_bytes()));
        keying.is_ok_and(|keying| hmac::verify(&self.0, &keying, proof).is_ok())
    }

    /// Connects to an agent.
    pub(super) async fn connect(&self, address: &str) -> Result<Stream, BondError> {
        let connect = async {
            let socket = TcpStream::connect(address).await?;
            socket.set_nodelay(true)?;
            let config = Trust::Anybody.config().map_err(io::Error::other)?;
            // Nobody asks for a name: certificates are made anew with each start.
            let name = ServerName::try_from("agent").map_err(io::Error::other)?;
            let mut stream = TlsConnector::from(config).connect(name, socket).await?;
            let proof = self.proof(stream.get_ref().1, "coordinator")?;
            stream.write_u8(FORM).await?;
            stream.write_all(&proof).await?;
            stream.flush().await?;
            match stream.read_u8().await? {
                answer if answer == Answer::Welcome as u8 => {}
                answer if answer == Answer::Stranger as u8 => return Err(BondError::Stranger),
                answer if answer == Answer::Busy as u8 => return Err(BondError::Busy),
                _ => return Err(BondError::Version),
            }
            let mut proof = [0; PROOF];
            stream.read_exact(&mut proof).await?;
            match self.holds(stream.get_ref().1, "agent", &proof) {
                true => Ok(stream),
                false => Err(BondError::Stranger),
            }
        };
        timeout(PATIENCE, connect)
            .await
            .map_err(|_| BondError::Late)?
    }

    /// Hears whoever connects to an agent, and takes a place of those that it has.
    pub(super) async fn accept(
        &self,
        acceptor: &TlsAcceptor,
        socket: TcpStream,
        room: &Arc<Semaphore>,
    ) -> Result<(AgentStream, OwnedSemaphorePermit), BondError> {
        let accept = async {
            socket.set_nodelay(true)?;
            let mut stream = acceptor.accept(socket).await?;
            let form = stream.read_u8().await?;
            if form != FORM {
                return refuse(stream, Answer::Version, BondError::Version).await;
            }
            let mut proof = [0; PROOF];
            stream.read_exact(&mut proof).await?;
            if !self.holds(stream.get_ref().1, "coordinator", &proof) {
                return refuse(stream, Answer::Stranger, BondError::Stranger).await;
            }
            let Ok(place) = Arc::clone(room).try_acquire_owned() else {
                return refuse(stream, Answer::Busy, BondError::Busy).await;
            };
            let proof = self.proof(stream.get_ref().1, "agent")?;
            stream.write_u8(Answer::Welcome as u8).await?;
            stream.write_all(&proof).await?;
            stream.flush().await?;
            Ok((stream, place))
        };
        timeout(PATIENCE, accept)
            .await
            .map_err(|_| BondError::Late)?
    }
}

async fn refuse<T>(
    mut stream: AgentStream,
    answer: Answer,
    error: BondError,
) -> Result<T, BondError> {
    stream.write_u8(answer as u8).await?;
    stream.shutdown().await?;
    Err(error)
}

/// TLS of an agent, with a certificate of its own that is gone when it ends.
pub(super) fn acceptor() -> Result<TlsAcceptor, Failure> {
    let pair =
        rcgen::generate_simple_self_signed(["agent".to_owned()]).map_err(Failure::outside)?;
    let key = PrivateKeyDer::from_pem_slice(pair.signing_key.serialize_pem().as_bytes());
    let provider = Arc::new(aws_lc_rs::default_provider());
    // The proof rests on the exporter of 1.3.
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])
        .map_err(Failure::outside)?
        .with_no_client_auth()
        .with_single_cert(
            vec![pair.cert.der().clone()],
            key.map_err(Failure::outside)?,
        )
        .map_err(Failure::outside)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    fn bond(secret: &str) -> Bond {
        Bond::new(Some(&Secret::new(secret.to_owned()))).unwrap()
    }

    const SECRET: &str = "a secret of at least thirty-two bytes";

    /// What comes of it at either end.
    async fn meet(near: Bond, far: Bond, places: usize) -> (Option<String>, Option<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (acceptor, room) = (acceptor().unwrap(), Arc::new(Semaphore::new(places)));
        let agent = async {
            let (socket, _) = listener.accept().await.unwrap();
            far.accept(&acceptor, socket, &room).await
        };
        let (near, far) = tokio::join!(near.connect(&address), agent);
        let said = |error: BondError| error.to_string();
        (near.err().map(said), far.err().map(said))
    }

    #[tokio::test]
    async fn those_who_share_a_secret_meet_and_others_do_not() {
        assert_eq!(meet(bond(SECRET), bond(SECRET), 1).await, (None, None));
        let other = bond("another secret that is long enough too");
        let (near, far) = meet(bond(SECRET), other, 1).await;
        assert!(near.unwrap().contains("another secret"));
        assert!(far.unwrap().contains("another secret"));
        let (near, _) = meet(bond(SECRET), bond(SECRET), 0).await;
        assert!(near.unwrap().contains("as many parts"));
    }

    #[tokio::test]
    async fn somebody_in_between_passes_neither() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (near, between) = (bond(SECRET), acceptor().unwrap());
        let impostor = async {
            let (socket, _) = listener.accept().await.unwrap();
            let mut stream = between.accept(socket).await.unwrap();
            let mut said = [0; 1 + PROOF];
            stream.read_exact(&mut said).await.unwrap();
            // What it heard, it can say to the agent; that is of another connection.
            let agents = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let to = agents.local_addr().unwrap();
            let agent = async {
                let (socket, _) = agents.accept().await.unwrap();
                let room = Arc::new(Semaphore::new(1));
                bond(SECRET)
                    .accept(&acceptor().unwrap(), socket, &room)
                    .await
            };
            let forward = async {
                let socket = TcpStream::connect(to).await.unwrap();
                let config = Trust::Anybody.config().unwrap();
                let name = ServerName::try_from("agent").unwrap();
                let onward = TlsConnector::from(config).connect(name, socket).await;
                let mut onward = onward.unwrap();
                onward.write_all(&said).await.unwrap();
                onward.read_u8().await.unwrap()
            };
            let (agent, answer) = tokio::join!(agent, forward);
            assert!(matches!(agent, Err(BondError::Stranger)), "{agent:?}");
            // It may say what it likes.
            stream.write_u8(Answer::Welcome as u8).await.unwrap();
            stream.write_all(&said[1..]).await.unwrap();
            answer
        };
        let (met, answer) = tokio::join!(near.connect(&address), impostor);
        assert!(matches!(met, Err(BondError::Stranger)), "{met:?}");
        assert_eq!(answer, Answer::Stranger as u8);
    }

    #[test]
    fn a_secret_that_can_be_guessed_is_none() {
        let failure = Bond::new(Some(&Secret::new("short".to_owned())))
            .err()
            .unwrap();
        assert!(failure.message.contains("openssl rand -hex 32"));
        assert!(Bond::new(None).is_err());
    }
}
