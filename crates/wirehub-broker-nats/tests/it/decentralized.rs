//! A server that knows its operator alone: accounts and users show tokens that are signed.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use wirehub_broker_nats::{ConnectError, NatsBroker, NatsSettings};

use crate::{
    nats_server::{NatsServer, Sync},
    scene::attach,
};

/// What keys begin with, by their kind.
const SEED: u8 = 18 << 3;
const OPERATOR: u8 = 14 << 3;
const ACCOUNT: u8 = 0;
const USER: u8 = 20 << 3;

/// A key of the test's own: the same each time, so that a failure can be repeated.
struct TestKey {
    kind: u8,
    seed: [u8; 32],
    pair: Ed25519KeyPair,
}

impl TestKey {
    fn new(kind: u8, number: u8) -> Self {
        let seed = [number; 32];
        Self {
            kind,
            seed,
            pair: Ed25519KeyPair::from_seed_unchecked(&seed).unwrap(),
        }
    }

    fn public(&self) -> String {
        base_32([&[self.kind], self.pair.public_key().as_ref()].concat())
    }

    fn seed(&self) -> String {
        let head = [SEED | self.kind >> 5, (self.kind & 31) << 3];
        base_32([&head[..], &self.seed].concat())
    }

    /// A token of this signer about somebody.
    fn token(&self, about: &Self, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let body = json!({
            "jti": "test", "iat": 1_700_000_000, "name": "test",
            "iss": self.public(), "sub": about.public(), "nats": claims,
        });
        let said = format!(
            "{}.{}",
            part(&json!({ "typ": "JWT", "alg": "ed25519-nkey" })),
            part(&body)
        );
        let signature = URL_SAFE_NO_PAD.encode(self.pair.sign(said.as_bytes()));
        format!("{said}.{signature}")
    }
}

/// Base 32 with the sum that NATS puts behind keys.
fn base_32(mut bytes: Vec<u8>) -> String {
    let sum = bytes.iter().fold(0_u16, |sum, byte| {
        (0..8).fold(sum ^ u16::from(*byte) << 8, |sum, _| {
            sum << 1 ^ if sum & 0x8000 == 0 { 0 } else { 0x1021 }
        })
    });
    bytes.extend(sum.to_le_bytes());
    let bits = bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1));
    let bits: Vec<u8> = bits.collect();
    let letters = bits.chunks(5).map(|five| {
        let value = (0..5).fold(0, |value, at| value << 1 | five.get(at).unwrap_or(&0));
        char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[usize::from(value)])
    });
    letters.collect()
}

fn account(revoked: &Value) -> Value {
    json!({
        "type": "account", "version": 2, "revocations": revoked,
        "limits": {
            "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true,
            "conn": -1, "leaf": -1, "mem_storage": -1, "disk_storage": -1, "streams": -1,
            "consumer": -1,
        },
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_credentials_file_lets_in_until_it_is_revoked() {
    let operator = TestKey::new(OPERATOR, 1);
    let (system, hubs) = (TestKey::new(ACCOUNT, 2), TestKey::new(ACCOUNT, 3));
    let user = TestKey::new(USER, 4);
    let lines = |revoked: &Value| {
        let of_system = json!({ "type": "account", "version": 2, "limits": {
            "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1,
            "wildcards": true, "conn": -1, "leaf": -1,
        } });
        format!(
            "operator: {}\nsystem_account: {system_name}\nresolver: MEMORY\nresolver_preload: {{
             {system_name}: {}\n{}: {} }}",
            operator.token(&operator, &json!({ "type": "operator", "version": 2 })),
            operator.token(&system, &of_system),
            hubs.public(),
            operator.token(&hubs, &account(revoked)),
            system_name = system.public(),
        )
    };
    let server = NatsServer::start(Sync::Late, &lines(&json!({})));
    let claims = json!({
        "type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1, "pub": {}, "sub": {},
    });
    let file = format!(
        "-----BEGIN NATS USER JWT-----\n{}\n------END NATS USER JWT------\n\n\
         -----BEGIN USER NKEY SEED-----\n{}\n------END USER NKEY SEED------\n",
        hubs.token(&user, &claims),
        user.seed()
    );
    let mut settings = NatsSettings::new(server.url());
    settings.credentials = Some(file);
    let broker = NatsBroker::connect(settings.clone()).unwrap();
    let (a, _) = attach(&broker, "a").await;
    assert_eq!(a.nodes().await.unwrap().len(), 1);

    server.reload(&lines(&json!({ "*": 1_800_000_000_u64 * 2 })));
    let reason = loop {
        if let Err(error) = a.nodes().await
            && error.to_string().contains("refuses the user")
        {
            break error;
        }
    };
    assert!(!reason.to_string().contains(&user.seed()), "{reason}");
    let refused = NatsBroker::connect(settings).map(|_| ());
    assert!(
        matches!(refused, Err(ConnectError::Refused(_))),
        "{refused:?}"
    );
}
