//! Garbage, wrong answers, doors that slam: bounded work, and one clear state at the end.

use std::time::Duration;

use wirehub_client::{Cause, Client, State};

use crate::{
    server::{Script, Server},
    world::{self, in_time},
};

async fn ends_as(script: Script, state: State, cause: Cause) {
    let server = Server::start(script).await;
    let client = Client::builder(world::url(server.address))
        .reconnect_interval(Duration::from_millis(10))
        .reconnect_cap(Duration::from_millis(50))
        .max_reconnect_attempts(10)
        .start()
        .unwrap();
    let mut watched = client.state();
    let ended = in_time(watched.wait_for(|status| status.is_final())).await;
    let status = ended.unwrap().clone();
    assert_eq!((status.state, status.cause), (state, cause), "{status}");
    // `/ping`, too, is asked over a connection.
    assert!(server.accepted() <= 30, "{}", server.accepted());
    client.close().await;
}

#[tokio::test]
async fn what_is_no_http_is_no_server() {
    ends_as(
        Script::Raw(b"SSH-2.0-nothing here\r\n"),
        State::Stopped,
        Cause::Attempts,
    )
    .await;
}

#[tokio::test]
async fn a_wrong_subprotocol_is_a_breach_of_protocol() {
    let script = Script::Upgraded {
        subprotocol: "graphql-ws",
        bytes: b"",
        hold: true,
    };
    ends_as(script, State::Stopped, Cause::ProtocolError).await;
}

#[tokio::test]
async fn frames_that_are_none_are_a_breach_of_protocol() {
    let script = Script::Upgraded {
        subprotocol: "wirehub.v1.json",
        bytes: b"\xff\xff\xff\xff",
        hold: true,
    };
    ends_as(script, State::Stopped, Cause::ProtocolError).await;
}

#[tokio::test]
async fn messages_that_are_none_are_a_breach_of_protocol() {
    // Text that is no JSON, text without a type, a welcome without its fields, and bytes.
    for bytes in [
        &b"\x81\x02hi"[..],
        b"\x81\x02{}",
        b"\x81\x12{\"type\":\"welcome\"}",
        b"\x82\x00",
    ] {
        let script = Script::Upgraded {
            subprotocol: "wirehub.v1.json",
            bytes,
            hold: true,
        };
        ends_as(script, State::Stopped, Cause::ProtocolError).await;
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_on_everybody_is_given_up() {
    let script = Script::Upgraded {
        subprotocol: "wirehub.v1.json",
        bytes: b"\x88\x02\x03\xf3",
        hold: false,
    };
    ends_as(script, State::Stopped, Cause::Attempts).await;
}

#[tokio::test]
async fn a_wrong_address_says_to_check_the_configuration() {
    let raw = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    ends_as(Script::Raw(raw), State::Stopped, Cause::ClientError).await;
    let world = world::start().await;
    let client = Client::builder(format!("ws://{}/elsewhere", world.address));
    let error = in_time(client.connect()).await.unwrap_err();
    assert_eq!(error.code(), "stopped");
    assert!(
        error.message().contains("check the configuration"),
        "{error}"
    );
    world.hub.stop().await;
}
