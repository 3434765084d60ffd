//! A hub to test against.

use std::{net::SocketAddr, time::Duration};

use wirehub::{
    DoorSettings, Hub, HubBuilder, HubSettings,
    auth::{AuthSettings, HmacSecret, SigningKey, TokenDraft},
};
use wirehub_model::{Limits, Operation, Secret, TopicFilter, UserId};

use crate::client::Client;

const SECRET: &str = "a secret for tests, of more than thirty-two bytes";

/// A running hub and its address.
pub(crate) struct World {
    pub(crate) hub: Hub,
    pub(crate) address: SocketAddr,
}

/// Settings that let in who has a token, on two shards.
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
                ..AuthSettings::default()
            },
            ..DoorSettings::default()
        },
        ..HubSettings::default()
    }
}

/// Starts a hub with [`settings`].
pub(crate) async fn start() -> World {
    start_with(Hub::builder().settings(settings())).await
}

/// Starts a hub with [`settings`] within other limits.
pub(crate) async fn start_within(limits: Limits) -> World {
    let settings = HubSettings {
        limits,
        ..settings()
    };
    start_with(Hub::builder().settings(settings)).await
}

/// Starts a hub.
pub(crate) async fn start_with(builder: HubBuilder) -> World {
    let hub = builder.start().await.expect("the hub starts");
    let address = hub.address().expect("the hub listens");
    World { hub, address }
}

impl World {
    /// Connects as a user who may do everything.
    pub(crate) async fn join(&self, user: &str) -> Client {
        let token = token(user, "#");
        let mut client = Client::open(self.address, &format!("/ws?token={token}")).await;
        let welcome = client.message().await;
        assert_eq!(welcome["type"], "welcome", "{welcome}");
        assert_eq!(welcome["user"], user);
        client
    }

    /// Waits until the hub's numbers are as they should be.
    pub(crate) async fn until(&self, what: impl Fn(&wirehub::HubReport) -> bool) {
        let wait = async {
            while !what(&self.hub.report().await) {
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(10), wait).await;
        waited.expect("the hub gets there in time");
    }
}

/// A token that is good for an hour and opens what `filter` matches.
pub(crate) fn token(user: &str, filter: &str) -> String {
    let filters = ["$users/#", "$connections/#", filter];
    let mut draft =
        TokenDraft::for_user(&UserId::parse(user).unwrap()).expires_in(Duration::from_secs(3600));
    for filter in filters.map(|text| TopicFilter::parse(text).unwrap()) {
        draft = draft
            .allow(Operation::Subscribe, &filter)
            .allow(Operation::Publish, &filter);
    }
    sign(&draft)
}

/// Signs a token with the hub's secret.
pub(crate) fn sign(draft: &TokenDraft) -> String {
    let key = SigningKey::from_secret(&Secret::new(SECRET.to_owned())).unwrap();
    let unix = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    draft.sign(&key, unix).unwrap().expose().to_owned()
}
