//! Keys of an identity provider, fetched over HTTPS and held against the system's roots.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rcgen::{CertifiedKey, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivateKeyDer};
use wirehub::auth::{SigningKey, TokenDraft};
use wirehub_model::{Secret, UserId};

use crate::program::{Serving, directory, handshake};

/// Serves `keys` over HTTPS to whoever comes; returns its port and its certificate.
fn provider(keys: String) -> (u16, String) {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("localhost:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // Ends with the test's process.
    thread::spawn(move || {
        for stream in listener.incoming() {
            let session = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(session, stream.unwrap());
            let text = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
                 Connection: close\r\n\r\n{keys}",
                keys.len()
            );
            // A client that does not trust the certificate leaves in the middle.
            if stream.read(&mut [0; 4_096]).is_ok() {
                let _ = stream.write_all(text.as_bytes());
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });
    (port, cert.pem())
}

/// A key pair's public half as a provider publishes it (RFC 7517, RFC 7518 section 6.2).
fn published(pair: &KeyPair) -> String {
    let (x, y) = pair.public_key_raw()[1..].split_at(32);
    let [x, y] = [x, y].map(|number| URL_SAFE_NO_PAD.encode(number));
    format!(
        r#"{{"keys":[{{"kty":"EC","crv":"P-256","alg":"ES256","kid":"k1","x":"{x}","y":"{y}"}}]}}"#
    )
}

fn token(pair: &KeyPair) -> String {
    let key = SigningKey::from_pem(&Secret::new(pair.serialize_pem())).unwrap();
    let draft = TokenDraft::for_user(&UserId::parse("u1").unwrap());
    let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let draft = draft.expires_in(Duration::from_secs(600));
    let token = draft.sign(&key.with_kid("k1"), unix).unwrap();
    token.expose().to_owned()
}

fn serve(directory: &Path, port: u16, roots: &Path) -> Serving {
    let url = format!("https://localhost:{port}/keys");
    let variables = [
        ("WIREHUB_AUTH__JWKS_URL", url.as_str()),
        ("SSL_CERT_FILE", roots.to_str().unwrap()),
    ];
    Serving::start(directory, &[], &variables)
}

#[test]
fn tokens_are_checked_with_keys_that_a_trusted_server_publishes() {
    let directory = directory("keys_from_afar");
    let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let (port, certificate) = provider(published(&pair));
    let roots = directory.join("roots.pem");
    fs::write(&roots, certificate).unwrap();
    let hub = serve(&directory, port, &roots);
    assert_eq!(handshake(&hub.public, &token(&pair)).0, "101");

    let other = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    assert_eq!(handshake(&hub.public, &token(&other)).0, "401");
}

#[test]
fn keys_of_a_server_that_is_not_trusted_are_not_taken() {
    let directory = directory("keys_not_trusted");
    let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let (port, _) = provider(published(&pair));
    let stranger = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let roots = directory.join("roots.pem");
    fs::write(&roots, stranger.cert.pem()).unwrap();
    let hub = serve(&directory, port, &roots);
    assert_eq!(handshake(&hub.public, &token(&pair)).0, "503");
}
