//! A subject of a NATS server, with and without JetStream.

use async_nats::jetstream::{self, stream};
use futures_util::StreamExt as _;
use wirehub_events::{EventSink as _, Form, SinkError};
use wirehub_model::Secret;
use wirehub_sinks::{NatsSink, NatsSinkSettings, WrongSetting};

use crate::{
    certificate::Certificate,
    scene::{Way, gone, occupied, occurred, refusal, words},
    server::Server,
};

const SUBJECT: &str = "connection_events";

fn url(server: &Server) -> String {
    format!("nats://127.0.0.1:{}", server.port)
}

fn settings(url: &str) -> NatsSinkSettings {
    NatsSinkSettings::new(Secret::new(url.to_owned()), SUBJECT.to_owned())
}

fn kept(server: &Server) -> NatsSink {
    NatsSink::new(NatsSinkSettings {
        jetstream: true,
        ..settings(&url(server))
    })
    .unwrap()
}

/// A stream that keeps the subject.
async fn stream(server: &Server) -> stream::Stream {
    let client = async_nats::connect(url(server)).await.unwrap();
    let config = stream::Config {
        name: "EVENTS".to_owned(),
        subjects: vec![SUBJECT.to_owned()],
        ..stream::Config::default()
    };
    let jetstream = jetstream::new(client);
    jetstream.create_stream(config).await.unwrap()
}

/// What a stream has kept.
async fn texts(stream: &stream::Stream) -> Vec<String> {
    let last = stream.get_info().await.unwrap().state.last_sequence;
    let mut texts = Vec::new();
    for number in 1..=last {
        let message = stream.get_raw_message(number).await.unwrap();
        texts.push(String::from_utf8(message.payload.to_vec()).unwrap());
    }
    texts
}

#[tokio::test]
async fn whoever_listens_to_the_subject_hears_it() {
    let server = Server::nats(&[]);
    let client = async_nats::connect(url(&server)).await.unwrap();
    let ear = client.subscribe(SUBJECT).await.unwrap();
    client.flush().await.unwrap();
    for form in [Form::Words, Form::CloudEvent] {
        let settings = NatsSinkSettings {
            form,
            ..settings(&url(&server))
        };
        let sink = NatsSink::new(settings).unwrap();
        sink.bring(&occurred([gone(), occupied("chat/1")]))
            .await
            .unwrap();
    }
    let heard: Vec<_> = ear.take(4).collect().await;
    let text = |at: usize| String::from_utf8(heard[at].payload.to_vec()).unwrap();
    let words = words(&occurred([gone(), occupied("chat/1")]));
    assert_eq!([text(0), text(1)], *words);
    let event: serde_json::Value = serde_json::from_str(&text(2)).unwrap();
    assert_eq!(event["type"], "wirehub.disconnected");
    let media_type = heard[2].headers.as_ref().unwrap().get("content-type");
    assert_eq!(media_type.unwrap().as_str(), Form::CloudEvent.media_type());
}

#[tokio::test]
async fn a_stream_knows_what_comes_again() {
    let server = Server::nats(&["--jetstream"]);
    let stream = stream(&server).await;
    let sink = kept(&server);
    let batch = occurred([gone(), occupied("a")]);
    sink.bring(&batch[..1]).await.unwrap();
    sink.bring(&batch).await.unwrap();
    assert_eq!(texts(&stream).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_while_the_server_is_away_is_kept_in_order() {
    let mut server = Server::nats(&["--jetstream"]);
    let _ = stream(&server).await;
    let way = Way::to(kept(&server));
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
    let client = async_nats::connect(url(&server)).await.unwrap();
    let stream = jetstream::new(client).get_stream("EVENTS").await.unwrap();
    let topics = texts(&stream).await.into_iter().map(|text| {
        let event: serde_json::Value = serde_json::from_str(&text).unwrap();
        event["subject"].as_str().unwrap().to_owned()
    });
    let topics: Vec<_> = topics.collect();
    assert_eq!(topics, ["before", "away/1", "away/2", "after"]);
}

#[tokio::test]
async fn refusals_say_what_to_do_and_no_secret() {
    let server = Server::nats(&["--jetstream"]);
    let reason = refusal(&kept(&server)).await;
    assert!(reason.contains("nats stream add"), "{reason}");

    let server = Server::nats(&["--auth", "a token"]);
    let token = format!("nats://a%20token@127.0.0.1:{}", server.port);
    let sink = NatsSink::new(settings(&token)).unwrap();
    sink.bring(&occurred([gone()])).await.unwrap();

    let server = Server::nats(&["--user", "hub", "--pass", "open sesame"]);
    let right = format!("nats://hub:open%20sesame@127.0.0.1:{}", server.port);
    let sink = NatsSink::new(settings(&right)).unwrap();
    sink.bring(&occurred([gone()])).await.unwrap();
    let wrong = format!("nats://hub:guessed@127.0.0.1:{}", server.port);
    let reason = refusal(&NatsSink::new(settings(&wrong)).unwrap()).await;
    assert!(
        reason.contains("correct the user and the password"),
        "{reason}"
    );
    assert!(!reason.contains("guessed"), "{reason}");

    let sink = NatsSink::new(NatsSinkSettings {
        credentials: Some("Cargo.toml".into()),
        ..settings(&right)
    });
    let reason = refusal(&sink.unwrap()).await;
    assert!(
        reason.contains("`nsc generate creds` writes one"),
        "{reason}"
    );

    let nobody = NatsSink::new(settings("nats://127.0.0.1:1")).unwrap();
    let reason = refusal(&nobody).await;
    assert!(reason.contains("start the server"), "{reason}");
}

#[tokio::test]
async fn a_subject_that_may_not_be_published_to_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nats.conf");
    let rules = "authorization { users = [{ user: hub, password: word, permissions: { publish: \
                 [\"elsewhere\", \"_INBOX.>\"] } }] }\n";
    std::fs::write(&file, rules).unwrap();
    let server = Server::nats(&["--config", file.to_str().unwrap()]);
    let url = format!("nats://hub:word@127.0.0.1:{}", server.port);
    let sink = NatsSink::new(settings(&url)).unwrap();
    // The complaint comes beside the answer, and is seen at the second attempt at the latest.
    let mut outcome = sink.bring(&occurred([gone()])).await;
    if outcome.is_ok() {
        outcome = sink.bring(&occurred([gone()])).await;
    }
    let Err(SinkError::Later { reason, .. }) = outcome else {
        panic!("{outcome:?}");
    };
    assert!(
        reason.contains("allow the user to publish to \"connection_events\""),
        "{reason}"
    );
}

#[tokio::test]
async fn one_that_is_too_large_is_to_be_brought_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nats.conf");
    std::fs::write(&file, "max_payload: 100\n").unwrap();
    for jetstream in [false, true] {
        let server = Server::nats(&["--jetstream", "--config", file.to_str().unwrap()]);
        let sink = NatsSink::new(NatsSinkSettings {
            jetstream,
            ..settings(&url(&server))
        });
        let outcome = sink.unwrap().bring(&occurred([gone()])).await;
        assert!(matches!(outcome, Err(SinkError::Apart(_))), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_server_is_trusted_by_its_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let made = Certificate::make(folder.path());
    let server = Server::nats(&[
        "--tls",
        "--tlscert",
        made.certificate.to_str().unwrap(),
        "--tlskey",
        made.key.to_str().unwrap(),
    ]);
    let url = format!("tls://localhost:{}", server.port);
    let stranger = NatsSink::new(settings(&url)).unwrap();
    let reason = refusal(&stranger).await;
    assert!(
        reason.contains("invalid peer certificate") && reason.contains("`ca`"),
        "{reason}"
    );
    let trusting = NatsSink::new(NatsSinkSettings {
        trusted: Some(made.certificate),
        ..settings(&url)
    });
    trusting.unwrap().bring(&occurred([gone()])).await.unwrap();
}

#[test]
fn what_does_not_fit_is_told() {
    let of = |settings| NatsSink::new(settings).unwrap_err();
    let wrong = of(settings("http://user:hidden@host"));
    assert!(wrong.to_string().contains("nats://user:password@host:4222"));
    assert!(!wrong.to_string().contains("hidden"), "{wrong}");
    for subject in ["", "a..b", "a b", "a.*", ">", "a\n"] {
        let wrong = of(NatsSinkSettings {
            subject: subject.to_owned(),
            ..settings("nats://host")
        });
        assert!(matches!(wrong, WrongSetting::Name(_)), "{subject:?}");
    }
}
