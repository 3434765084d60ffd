use std::time::Duration;

use wirehub::{
    DoorSettings, HubSettings,
    auth::{ApiKeys, AuthSettings},
};
use wirehub_model::Capabilities;

use super::*;

#[tokio::test]
async fn a_stuck_request_names_the_silent_shards() {
    let two_shards = HubSettings {
        shards: 2,
        door: DoorSettings {
            auth: AuthSettings {
                anonymous: Some(Capabilities::default()),
                ..AuthSettings::default()
            },
            ..DoorSettings::default()
        },
        ..HubSettings::default()
    };
    let hub = Hub::builder().settings(two_shards).start().await.unwrap();
    let settings = AdminSettings {
        call_timeout: Duration::from_millis(50),
        ..AdminSettings::new(ApiKeys::new(&[], &[]).unwrap())
    };
    let admin = Admin::new(hub.clone(), settings);
    let stuck = std::future::pending::<Result<(), HubError>>;

    let problem = admin.ask(stuck()).await.unwrap_err();
    assert_eq!(
        problem.message(),
        "no answer within 0.05 s; every shard answers again"
    );

    hub.stop().await;
    let problem = admin.ask(stuck()).await.unwrap_err();
    assert_eq!(
        problem.message(),
        "no answer within 0.05 s; shards 0, 1 do not answer"
    );
}
