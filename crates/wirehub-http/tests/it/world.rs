//! A hub with an admin listener.

use std::net::SocketAddr;

use tokio::{sync::oneshot, task::JoinHandle, time::timeout};
use wirehub::{
    DoorSettings, Hub, HubBuilder, HubSettings,
    auth::{ApiKeys, AuthSettings, HmacSecret, SigningKey, TokenDraft},
    pusher::PusherSettings,
};
use wirehub_http::{AdminError, AdminServer, AdminSettings, ApiPrefix};
use wirehub_model::{Namespace, Namespaces, Operation, Secret, TopicFilter, UserId};

use crate::{
    http::{self, Answer, PATIENCE},
    subscriber::Subscriber,
};

pub(crate) const KEY: &str = "a-key-for-the-tests-0123456789";
const SECRET: &str = "a secret for tests, of more than thirty-two bytes";

/// A running hub with two shards, and its admin listener.
pub(crate) struct World {
    pub(crate) hub: Hub,
    pub(crate) admin: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Result<(), AdminError>>,
}

/// The usual settings of the admin listener.
pub(crate) fn settings() -> AdminSettings {
    AdminSettings::new(ApiKeys::new(&[Secret::new(KEY.to_owned())], &[]).unwrap())
}

/// Topics under `kept/` keep five publications, those under `rooms/` who is on them, all others
/// nothing.
fn namespaces() -> Namespaces {
    let everything = TopicFilter::parse("#").unwrap();
    let mut kept = Namespace::new(TopicFilter::parse("kept/#").unwrap());
    kept.history.size = 5;
    let mut rooms = Namespace::new(TopicFilter::parse("rooms/#").unwrap());
    rooms.presence = true;
    Namespaces::new(vec![kept, rooms], Namespace::new(everything))
}

/// Starts a hub and serves its admin side.
pub(crate) async fn start() -> World {
    start_with(Hub::builder(), settings()).await
}

/// Starts a hub that answers to Centrifugo's API as well.
pub(crate) async fn start_with_centrifugo() -> World {
    let settings = AdminSettings {
        centrifugo_api: Some(ApiPrefix::parse("/centrifugo/api").unwrap()),
        ..settings()
    };
    start_with(Hub::builder(), settings).await
}

/// Starts a hub with more than the usual.
pub(crate) async fn start_with(builder: HubBuilder, settings: AdminSettings) -> World {
    let pusher = PusherSettings {
        apps: settings.pusher.clone().unwrap_or_default(),
        ..PusherSettings::default()
    };
    let door = DoorSettings {
        auth: AuthSettings {
            hmac_secrets: vec![HmacSecret {
                kid: None,
                secret: Secret::new(SECRET.to_owned()),
            }],
            ..AuthSettings::default()
        },
        ..DoorSettings::default()
    };
    let builder = builder.settings(HubSettings {
        listen: Some("127.0.0.1:0".parse().unwrap()),
        shards: 2,
        door,
        namespaces: namespaces(),
        pusher,
        ..HubSettings::default()
    });
    let hub = builder.start().await.unwrap();
    let any = "127.0.0.1:0".parse().unwrap();
    let server = AdminServer::bind(any, settings, hub.clone()).unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    World {
        hub,
        admin: server.address(),
        stop,
        serving: tokio::spawn(server.serve(async { stopped.await.unwrap_or_default() })),
    }
}

impl World {
    /// A request with the right key.
    pub(crate) async fn post(&self, path: &str, body: &str) -> Answer {
        self.ask("POST", path, body).await
    }

    /// A request with the right key.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "").await
    }

    /// A command of Centrifugo's API.
    pub(crate) async fn command(&self, method: &str, body: &str) -> Answer {
        let path = format!("/centrifugo/api/{method}");
        let key = format!("X-API-Key: {KEY}\r\n");
        http::request(self.admin, "POST", &path, &key, body).await
    }

    /// The result of a command of Centrifugo's API.
    pub(crate) async fn result(&self, method: &str, body: serde_json::Value) -> serde_json::Value {
        let answer = self.command(method, &body.to_string()).await;
        assert_eq!(answer.status, 200, "{method} {body}: {}", answer.body);
        let mut json = answer.json();
        assert!(json.get("error").is_none(), "{method} {body}: {json}");
        json["result"].take()
    }

    async fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        let key = format!("authorization: Bearer {KEY}\r\n");
        http::request(self.admin, method, path, &key, body).await
    }

    /// Connects a client as a user who may subscribe to everything.
    pub(crate) async fn join(&self, user: &str) -> Subscriber {
        let secret = Secret::new(SECRET.to_owned());
        let key = SigningKey::from_secret(&secret).unwrap();
        let unix = std::time::UNIX_EPOCH.elapsed().unwrap();
        let token = TokenDraft::for_user(&UserId::parse(user).unwrap())
            .expires_in(std::time::Duration::from_secs(60))
            .allow(Operation::Subscribe, &TopicFilter::parse("#").unwrap())
            .sign(&key, unix)
            .unwrap();
        Subscriber::open(self.hub.address().unwrap(), token.expose()).await
    }

    /// Ends the admin listener, then the hub.
    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        let ended = timeout(PATIENCE, self.serving).await;
        ended.expect("the listener ends in time").unwrap().unwrap();
        self.hub.stop().await;
    }
}
