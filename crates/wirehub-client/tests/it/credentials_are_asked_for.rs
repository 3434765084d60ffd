//! Tokens: refused, expiring, failing to come.

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use wirehub_client::{Client, Event, State, TokenReason};

use crate::world::{self, in_time};

type Asked = Arc<Mutex<Vec<TokenReason>>>;

#[tokio::test]
async fn a_token_that_is_refused_ends_in_a_clear_state() {
    let world = world::start().await;
    let client = Client::builder(world::url(world.address)).token("no token");
    let error = in_time(client.connect()).await.unwrap_err();
    assert_eq!(error.code(), "auth_failed");
    let anonymous = in_time(Client::connect(world::url(world.address))).await;
    assert_eq!(anonymous.unwrap_err().code(), "auth_failed");
    world.hub.stop().await;
}

#[tokio::test]
async fn a_provider_is_asked_again_once_and_its_second_token_is_taken() {
    let world = world::start().await;
    let asked = Asked::default();
    let seen = Arc::clone(&asked);
    let provider = move |reason| {
        seen.lock().unwrap().push(reason);
        async move {
            Ok::<_, io::Error>(Some(match reason {
                TokenReason::Refused => world::token("u1"),
                _ => "out of a cache, and stale".to_owned(),
            }))
        }
    };
    let client = Client::builder(world::url(world.address)).token_provider(provider);
    let client = in_time(client.connect()).await.unwrap();
    let reasons = asked.lock().unwrap().clone();
    assert_eq!(reasons, [TokenReason::First, TokenReason::Refused]);
    client.close().await;
    world.hub.stop().await;
}

#[tokio::test]
async fn a_provider_whose_tokens_are_never_accepted_is_not_asked_for_ever() {
    let world = world::start().await;
    let asked = Asked::default();
    let seen = Arc::clone(&asked);
    let provider = move |reason| {
        seen.lock().unwrap().push(reason);
        async { Ok::<_, io::Error>(Some("never good".to_owned())) }
    };
    let client = Client::builder(world::url(world.address)).token_provider(provider);
    let client = client.start().unwrap();
    let mut events = client.events();
    let mut state = client.state();
    in_time(state.wait_for(|status| status.state == State::AuthFailed))
        .await
        .unwrap();
    while !matches!(in_time(events.event()).await.unwrap(), Event::Alert { .. }) {}
    assert_eq!(asked.lock().unwrap().len(), 2);
    client.close().await;
    world.hub.stop().await;
}

#[tokio::test]
async fn tokens_are_refreshed_before_they_expire() {
    let world = world::start().await;
    let asked = Asked::default();
    let seen = Arc::clone(&asked);
    let provider = move |reason| {
        seen.lock().unwrap().push(reason);
        let life = match reason {
            TokenReason::First => Duration::from_secs(3),
            _ => Duration::from_secs(3_600),
        };
        let draft = world::draft_for("u1", "#").expires_in(life);
        async move { Ok::<_, io::Error>(Some(world::sign(&draft))) }
    };
    let client = Client::builder(world::url(world.address)).token_provider(provider);
    let client = in_time(client.connect()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(3_300)).await;
    in_time(client.publish("t", &1)).await.unwrap();
    let reasons = asked.lock().unwrap().clone();
    assert_eq!(reasons, [TokenReason::First, TokenReason::Expiring]);
    // It was the same connection all the time.
    assert_eq!(world.connections().await, 1);
    client.close().await;
    world.hub.stop().await;
}

#[tokio::test]
async fn a_provider_that_hangs_or_panics_holds_nobody_up() {
    let world = world::start().await;
    let client = Client::builder(world::url(world.address))
        .token_provider(async |_| std::future::pending::<Result<_, io::Error>>().await)
        .token_timeout(Duration::from_millis(200))
        .start()
        .unwrap();
    let mut state = client.state();
    in_time(state.wait_for(|status| status.state == State::Waiting))
        .await
        .unwrap();
    in_time(client.close()).await;

    let provider = |_| async { panic!("a bug of the application's") };
    let client = Client::builder(world::url(world.address))
        .token_provider::<_, _, io::Error>(provider)
        .start()
        .unwrap();
    let mut state = client.state();
    in_time(state.wait_for(|status| status.state == State::Waiting))
        .await
        .unwrap();
    in_time(client.close()).await;
    world.hub.stop().await;
}
