use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use wirehub_transport::Tls;

use crate::server::{Server, Setup, connect, expect_text, handshake, read_head, run, start, text};

struct Identity {
    certificate: String,
    key: String,
    der: CertificateDer<'static>,
}

fn identity() -> Identity {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    Identity {
        certificate: certificate.pem(),
        key: key.serialize_pem(),
        der: certificate.der().clone(),
    }
}

fn tls(identity: &Identity) -> Tls {
    Tls::new(identity.certificate.as_bytes(), identity.key.as_bytes()).unwrap()
}

/// Connects as a client that trusts one certificate only.
async fn connect_tls(
    server: &Server,
    trusted: &Identity,
) -> std::io::Result<TlsStream<tokio::net::TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.der.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let name = ServerName::try_from("localhost").unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    connector.connect(name, connect(server).await).await
}

async fn upgrade_tls(server: &Server, trusted: &Identity) -> TlsStream<tokio::net::TcpStream> {
    let mut stream = connect_tls(server, trusted).await.unwrap();
    stream
        .write_all(handshake("/ws", "").as_bytes())
        .await
        .unwrap();
    let head = read_head(&mut stream).await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    stream
}

#[test]
fn a_stream_goes_through_tls() {
    run(async {
        let identity = identity();
        let server = start(Setup {
            tls: Some(tls(&identity)),
            ..Setup::default()
        });
        let mut stream = connect_tls(&server, &identity).await.unwrap();
        stream
            .write_all(b"GET /stream HTTP/1.1\r\nhost: hub\r\n\r\n")
            .await
            .unwrap();
        let head = read_head(&mut stream).await;
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        stream.write_all(b"1234567").await.unwrap();
        let mut said = [0; 13];
        stream.read_exact(&mut said).await.unwrap();
        assert_eq!(&said, b"00000003\r\n7 \n");
    });
}

#[test]
fn messages_go_through_tls_in_both_directions() {
    run(async {
        let identity = identity();
        let server = start(Setup {
            tls: Some(tls(&identity)),
            ..Setup::default()
        });
        let mut stream = connect_tls(&server, &identity).await.unwrap();
        let alpn = stream.get_ref().1.alpn_protocol();
        assert_eq!(alpn, Some(b"http/1.1".as_slice()));
        let mut bytes = handshake("/ws", "").into_bytes();
        bytes.extend(text("early"));
        stream.write_all(&bytes).await.unwrap();
        assert!(read_head(&mut stream).await.starts_with("HTTP/1.1 101 "));
        expect_text(&mut stream, "early").await;
        for n in 0..100 {
            let message = format!("{n}:").repeat(n * 50);
            stream.write_all(&text(&message)).await.unwrap();
            expect_text(&mut stream, &message).await;
        }
        stream.shutdown().await.unwrap();
        assert_eq!(stream.read(&mut [0; 1]).await.unwrap_or_default(), 0);
        server.log.line("closed UnexpectedEof").await;
    });
}

#[test]
fn a_blocked_tls_write_goes_on() {
    run(async {
        let identity = identity();
        let mut setup = Setup {
            tls: Some(tls(&identity)),
            ..Setup::default()
        };
        setup.tcp.send_buffer = Some(16 * 1024);
        let server = start(setup);
        let mut stream = upgrade_tls(&server, &identity).await;
        let messages: Vec<_> = (0..64).map(|n| format!("{n}:").repeat(8_000)).collect();
        for message in &messages {
            stream.write_all(&text(message)).await.unwrap();
        }
        stream.flush().await.unwrap();
        for message in &messages {
            expect_text(&mut stream, message).await;
        }
    });
}

#[test]
fn a_new_certificate_serves_new_connections_and_keeps_old_ones() {
    run(async {
        let (old, new) = (identity(), identity());
        let tls = tls(&old);
        let server = start(Setup {
            tls: Some(tls.clone()),
            ..Setup::default()
        });
        let mut before = upgrade_tls(&server, &old).await;
        tls.replace(new.certificate.as_bytes(), new.key.as_bytes())
            .unwrap();
        assert!(connect_tls(&server, &old).await.is_err());
        let mut after = upgrade_tls(&server, &new).await;
        for stream in [&mut before, &mut after] {
            stream.write_all(&text("hello")).await.unwrap();
            expect_text(stream, "hello").await;
        }
        server.log.line("failed tls").await;
    });
}

#[test]
fn plain_bytes_on_a_tls_port_are_no_handshake() {
    run(async {
        let server = start(Setup {
            tls: Some(tls(&identity())),
            ..Setup::default()
        });
        let mut stream = connect(&server).await;
        stream
            .write_all(handshake("/ws", "").as_bytes())
            .await
            .unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        server.log.line("failed tls").await;
        assert_eq!(server.admission.connections(), 0);
    });
}
