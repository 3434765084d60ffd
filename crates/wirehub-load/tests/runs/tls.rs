//! The same over TLS.

use std::{net::TcpListener, sync::Arc, thread};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use wirehub_load::{CloseKind, FailureCause, Trust};

use crate::{crowd, outcome, server::serve};

/// A server with a certificate of its own making, and that certificate.
fn secure() -> (String, Vec<u8>) {
    let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
    let pair = rcgen::generate_simple_self_signed(names).unwrap();
    let pem = pair.cert.pem().into_bytes();
    let key = PrivatePkcs8KeyDer::from(pair.signing_key.serialize_der());
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![pair.cert.der().clone()], PrivateKeyDer::from(key))
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("wss://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let stream = StreamOwned::new(connection, stream.unwrap());
            thread::spawn(move || serve(stream, false));
        }
    });
    (url, pem)
}

#[test]
fn whoever_trusts_the_certificate_gets_in() {
    let (url, pem) = secure();
    for trust in [Trust::And(pem), Trust::Anybody] {
        let found = outcome(crowd(20), &url, trust, None);
        assert_eq!(found.tally.connects_made, 20, "{:?}", found.tally);
        assert_eq!(found.tally.closes[&CloseKind::Goodbye], 20);
    }
}

#[test]
fn whoever_does_not_is_told_that_it_was_tls() {
    let (url, _) = secure();
    let found = outcome(crowd(5), &url, Trust::System, None);
    assert_eq!(found.tally.connects_failed[&FailureCause::Tls], 5);
}
