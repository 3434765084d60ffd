//! A hub to test against, in this process.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use wirehub::{
    DoorSettings, Hub, HubSettings,
    auth::{AuthSettings, HmacSecret, SigningKey, TokenDraft},
};
use wirehub_broker::{Broker, NodeName};
use wirehub_model::{HistoryRules, Namespace, Namespaces, Operation, Secret, TopicFilter, UserId};

const SECRET: &str = "a secret for tests, of more than thirty-two bytes";

/// How long anything may take before the test has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for something that has to happen.
pub(crate) async fn in_time<T>(work: impl IntoFuture<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work.into_future())
        .await
        .expect("it happens in time")
}

/// A running hub and its address.
pub(crate) struct World {
    pub(crate) hub: Hub,
    pub(crate) address: SocketAddr,
}

impl World {
    /// How many connections the hub has.
    pub(crate) async fn connections(&self) -> u64 {
        self.hub.report().await.total.core.connections.iter().sum()
    }
}

/// Settings that let in who has a token.
pub(crate) fn settings() -> HubSettings {
    HubSettings {
        listen: Some("127.0.0.1:0".parse().unwrap()),
        shards: 2,
        door: DoorSettings {
            auth: AuthSettings {
                hmac_secrets: vec![HmacSecret {
                    kid: None,
                    secret: Secret::new(SECRET.to_owned()),
                }],
                // Tokens of tests live for seconds.
                leeway: Duration::ZERO,
                ..AuthSettings::default()
            },
            ..DoorSettings::default()
        },
        ..HubSettings::default()
    }
}

/// Starts a hub with [`settings`].
pub(crate) async fn start() -> World {
    start_with(settings()).await
}

/// Starts a hub.
pub(crate) async fn start_with(settings: HubSettings) -> World {
    let hub = Hub::builder()
        .settings(settings)
        .start()
        .await
        .expect("the hub starts");
    let address = hub.address().expect("the hub listens");
    World { hub, address }
}

/// Starts a hub that shares a broker.
pub(crate) async fn start_on(broker: &Arc<dyn Broker>, node: &str) -> World {
    let builder = Hub::builder()
        .settings(remembering(settings()))
        .broker(Arc::clone(broker), NodeName::parse(node).unwrap());
    let hub = builder.start().await.expect("the hub starts");
    let address = hub.address().expect("the hub listens");
    World { hub, address }
}

/// Where to connect.
pub(crate) fn url(address: SocketAddr) -> String {
    format!("ws://{address}/ws")
}

/// Topics remember what was published and who is there.
pub(crate) fn remembering(settings: HubSettings) -> HubSettings {
    let everything = Namespace {
        history: HistoryRules {
            size: 100,
            ttl: Duration::from_secs(3_600),
            bytes: 1 << 20,
        },
        presence: true,
        ..Namespace::new(TopicFilter::everything())
    };
    HubSettings {
        namespaces: Namespaces::new(Vec::new(), everything),
        ..settings
    }
}

/// A token that is good for an hour and opens everything.
pub(crate) fn token(user: &str) -> String {
    sign(&draft_for(user, "#"))
}

/// A token that is good for an hour and opens what `filter` matches, before it is signed.
pub(crate) fn draft_for(user: &str, filter: &str) -> TokenDraft {
    let mut draft =
        TokenDraft::for_user(&UserId::parse(user).unwrap()).expires_in(Duration::from_secs(3600));
    for filter in ["$users/#", "$connections/#", filter].map(|it| TopicFilter::parse(it).unwrap()) {
        for operation in Operation::ALL {
            draft = draft.allow(operation, &filter);
        }
    }
    draft
}

/// Signs a token with the hub's secret.
pub(crate) fn sign(draft: &TokenDraft) -> String {
    let key = SigningKey::from_secret(&Secret::new(SECRET.to_owned())).unwrap();
    let unix = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    draft.sign(&key, unix).unwrap().expose().to_owned()
}
