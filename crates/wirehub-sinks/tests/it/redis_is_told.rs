//! A channel and a stream of a Redis server.

use futures_util::StreamExt as _;
use redis::{Client, Commands as _, streams::StreamRangeReply};
use serde_json::Value;
use wirehub_events::{EventSink as _, Form};
use wirehub_model::Secret;
use wirehub_sinks::{RedisSink, RedisSinkSettings, RedisTarget, WrongSetting};

use crate::{
    certificate::Certificate,
    scene::{CONNECTION, Way, gone, occupied, occurred, refusal, words},
    server::Server,
};

fn url(server: &Server) -> String {
    format!("redis://127.0.0.1:{}", server.port)
}

fn channel() -> RedisTarget {
    RedisTarget::Channel("connection_events".to_owned())
}

fn stream(keep: usize) -> RedisTarget {
    RedisTarget::Stream {
        key: "events".to_owned(),
        keep,
    }
}

fn sink(url: &str, target: RedisTarget) -> RedisSink {
    let settings = RedisSinkSettings::new(Secret::new(url.to_owned()), target);
    RedisSink::new(settings).unwrap()
}

/// The entries of a stream: their fields.
fn entries(server: &Server) -> Vec<(String, String, Value)> {
    let mut redis = Client::open(url(server)).unwrap();
    let reply: StreamRangeReply = redis.xrange_all("events").unwrap();
    let entries = reply.ids.iter().map(|entry| {
        let field = |name: &str| entry.get::<String>(name).unwrap();
        let event = serde_json::from_str(&field("event")).unwrap();
        (field("id"), field("kind"), event)
    });
    entries.collect()
}

#[tokio::test]
async fn whoever_listens_to_the_channel_hears_words() {
    let server = Server::redis(&[]);
    let client = Client::open(url(&server)).unwrap();
    let mut ear = client.get_async_pubsub().await.unwrap();
    ear.subscribe("connection_events").await.unwrap();
    let mut settings = RedisSinkSettings::new(Secret::new(url(&server)), channel());
    settings.form = Form::Words;
    let sink = RedisSink::new(settings).unwrap();
    let batch = occurred([gone(), occupied("chat/1")]);
    sink.bring(&batch).await.unwrap();
    let heard: Vec<String> = ear
        .on_message()
        .take(2)
        .map(|message| message.get_payload().unwrap())
        .collect()
        .await;
    assert_eq!(heard, words(&batch));
    assert_eq!(heard[0], format!("DISCONNECT:{CONNECTION}"));
}

#[tokio::test]
async fn a_stream_keeps_the_newest_events() {
    let server = Server::redis(&["--stream-node-max-entries", "1"]);
    let sink = sink(&url(&server), stream(2));
    let batch = occurred([occupied("a"), occupied("b"), gone()]);
    sink.bring(&batch).await.unwrap();
    let kept = entries(&server);
    assert_eq!(kept.len(), 2, "the oldest went");
    let (id, kind, event) = &kept[1];
    assert_eq!(
        (id.as_str(), kind.as_str()),
        (batch[2].id(), "disconnected")
    );
    assert_eq!(event["data"]["user"], "ann");
    assert_eq!(event["data"]["cause"], "lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_while_the_server_is_away_is_kept_in_order() {
    let mut server = Server::redis(&[]);
    let way = Way::to(sink(&url(&server), stream(1_000)));
    way.tell(occupied("before"));
    way.until(|stats| stats.delivered == 1).await;
    server.kill();
    way.tell(occupied("away/1"));
    way.tell(occupied("away/2"));
    way.until(|stats| stats.failures > 0).await;
    server.start_again();
    way.until(|stats| stats.delivered == 3 && stats.error.is_none())
        .await;
    way.tell(occupied("after"));
    way.end().await;
    let topics: Vec<_> = entries(&server)
        .into_iter()
        .map(|(_, _, event)| event["subject"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(topics, ["before", "away/1", "away/2", "after"]);
}

#[tokio::test]
async fn refusals_say_what_to_do_and_no_secret() {
    let server = Server::redis(&["--requirepass", "open sesame"]);
    let wrong = format!("redis://:guessed@127.0.0.1:{}", server.port);
    let reason = refusal(&sink(&wrong, channel())).await;
    assert!(
        reason.contains("correct the user and the password"),
        "{reason}"
    );
    assert!(!reason.contains("guessed"), "{reason}");

    let server = Server::redis(&[]);
    let mut redis = Client::open(url(&server)).unwrap();
    let () = redis.set("events", "a text").unwrap();
    let reason = refusal(&sink(&url(&server), stream(10))).await;
    assert!(
        reason.contains("the stream \"events\" is something else"),
        "{reason}"
    );
    drop(server);
    let reason = refusal(&sink("redis://127.0.0.1:1", channel())).await;
    assert!(reason.contains("start the server"), "{reason}");
}

#[tokio::test]
async fn a_server_is_trusted_by_its_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let made = Certificate::make(folder.path());
    let server = Server::redis(&[
        "--port",
        "0",
        "--tls-port",
        "{port}",
        "--tls-auth-clients",
        "no",
        "--tls-cert-file",
        made.certificate.to_str().unwrap(),
        "--tls-key-file",
        made.key.to_str().unwrap(),
        "--tls-ca-cert-file",
        made.certificate.to_str().unwrap(),
    ]);
    let url = format!("rediss://localhost:{}", server.port);
    let mut settings = RedisSinkSettings::new(Secret::new(url), channel());
    let stranger = RedisSink::new(settings.clone()).unwrap();
    let reason = refusal(&stranger).await;
    assert!(reason.contains("certificate"), "{reason}");
    settings.trusted = Some(made.certificate);
    let sink = RedisSink::new(settings.clone()).unwrap();
    sink.bring(&occurred([gone()])).await.unwrap();

    settings.url = Secret::new("redis://localhost".to_owned());
    let plain = RedisSink::new(settings).err();
    assert_eq!(plain, Some(WrongSetting::NotEncrypted("rediss://")));
}

#[test]
fn what_is_no_address_is_told_without_it() {
    let url = Secret::new("http://user:hidden@host".to_owned());
    let wrong = RedisSink::new(RedisSinkSettings::new(url, channel())).unwrap_err();
    assert!(
        wrong
            .to_string()
            .contains("redis://user:password@host:6379/0")
    );
    assert!(!wrong.to_string().contains("hidden"), "{wrong}");
}
