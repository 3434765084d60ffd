//! The business layer in process.

use std::time::Duration;

use wirehub::Hub;
use wirehub_model::{ErrorCode, Payload, Refusal};

use crate::world::{self, settings};

#[tokio::test]
async fn handlers_answer_refuse_fail_and_hang() {
    let settings = wirehub::HubSettings {
        call_timeout: Duration::from_millis(50),
        ..settings()
    };
    let builder = Hub::builder()
        .settings(settings)
        .on_call("order.create", async |call| {
            let user = call.principal.user.map(|user| user.to_string());
            Ok(Payload::Json(
                format!(r#"{{"for":"{}"}}"#, user.unwrap_or_default()).into(),
            ))
        })
        .on_call("order.deny", async |_| {
            Err(Refusal::new(
                ErrorCode::PermissionDenied,
                "no more orders today",
            ))
        })
        .on_call("order.crash", async |_| panic!("on purpose"))
        .on_call("order.hang", |_| std::future::pending());
    let world = world::start_with(builder).await;
    let mut client = world.join("u1").await;
    let mut call = async |method: &str| {
        let text = format!(r#"{{"type":"call","id":1,"method":"{method}","data":{{}}}}"#);
        client.ask(&text).await
    };
    assert_eq!(call("order.create").await["data"]["for"], "u1");
    assert_eq!(call("order.deny").await["message"], "no more orders today");
    assert_eq!(call("order.crash").await["code"], "internal");
    assert_eq!(call("order.hang").await["code"], "timeout");
    assert_eq!(call("order.unknown").await["code"], "unknown_method");
    world.hub.stop().await;
}
