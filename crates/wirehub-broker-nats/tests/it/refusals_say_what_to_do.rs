use wirehub_broker::{Broker as _, BrokerError, conformance::Subject as _};
use wirehub_broker_nats::{ConnectError, NatsBroker, NatsSettings};
use wirehub_model::{Message, Payload};

use crate::{
    nats_server::{NatsServer, Sync},
    scene::{KEEP, OnServer, attach, come_back, member, once, text, topic},
    stranger::Stranger,
};

// Of the documentation of NATS; nobody's key.
const SEED: &str = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY";
const KEY: &str = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4";

fn refused(settings: NatsSettings) -> ConnectError {
    let error = NatsBroker::connect(settings).map(|_| ()).unwrap_err();
    assert!(!error.to_string().contains("hush"), "{error}");
    error
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_not_let_in_learns_why() {
    let nobody = refused(NatsSettings::new("nats://u:hush@127.0.0.1:1"));
    assert!(matches!(nobody, ConnectError::Unreachable(_)), "{nobody}");
    let server = NatsServer::start(Sync::Late, "authorization { user: hub, password: secret }");
    let url = |login: &str| format!("nats://{login}@127.0.0.1:{}", server.port);
    for login in ["hub:hush", "hush", "hush:secret"] {
        let error = refused(NatsSettings::new(url(login)));
        assert!(matches!(error, ConnectError::Refused(_)), "{error}");
    }
    let secured = NatsSettings::new(url("hub:secret").replace("nats:", "tls:"));
    let error = refused(secured);
    assert!(error.to_string().contains("no TLS"), "{error}");
    NatsBroker::connect(NatsSettings::new(url("hub:secret"))).unwrap();
    // The second server of a list is as good as the first.
    let both = format!("nats://127.0.0.1:1,{}", url("hub:secret"));
    NatsBroker::connect(NatsSettings::new(both)).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_lets_in_who_has_it() {
    let lines = format!("authorization {{ users: [{{ nkey: {KEY} }}] }}");
    let server = NatsServer::start(Sync::Late, &lines);
    let error = refused(NatsSettings::new(server.url()));
    assert!(matches!(error, ConnectError::Refused(_)), "{error}");
    let mut settings = NatsSettings::new(server.url());
    settings.credentials = Some(SEED.to_owned());
    let broker = NatsBroker::connect(settings).unwrap();
    attach(&broker, "a").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_are_apart_and_need_jetstream() {
    let lines = "accounts {
        ONE { jetstream: enabled, users: [{ user: one, password: x }] }
        TWO { jetstream: enabled, users: [{ user: two, password: x }] }
        NONE { users: [{ user: none, password: x }] }
    }";
    let server = NatsServer::start(Sync::Late, lines);
    let of = |user: &str| NatsSettings::new(format!("nats://{user}:x@127.0.0.1:{}", server.port));
    let error = refused(of("none"));
    assert!(matches!(error, ConnectError::NoJetStream(_)), "{error}");
    let (one, two) = (of("one"), of("two"));
    let (one, two) = (
        NatsBroker::connect(one).unwrap(),
        NatsBroker::connect(two).unwrap(),
    );
    // The same name in another account is another one.
    let (a, _) = attach(&one, "a").await;
    attach(&two, "a").await;
    assert_eq!(a.nodes().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_user_may_not_do_is_named() {
    let lines = "authorization { users: [
        { user: mute, password: x, permissions: { publish: { deny: \"$JS.API.>\" } } }
        { user: deaf, password: x, permissions: { subscribe: { deny: \"wirehub.live.>\" } } }
    ] }";
    let server = NatsServer::start(Sync::Late, lines);
    let of = |user: &str| NatsSettings::new(format!("nats://{user}:x@127.0.0.1:{}", server.port));
    let error = refused(of("mute"));
    assert!(error.to_string().contains("$JS.API.STREAM.INFO"), "{error}");
    let broker = NatsBroker::connect(of("deaf")).unwrap();
    let (a, _) = attach(&broker, "a").await;
    let answer = a.open(topic("x"), KEEP).await;
    let Err(BrokerError::Unavailable { reason }) = answer else {
        panic!("{answer:?}");
    };
    assert!(reason.contains("wirehub.live.x"), "{reason}");
}

/// The rights that docs/operating/cluster.md names are enough.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_may_do_no_more_than_a_hub_needs() {
    let api: Vec<String> = ["topics", "crowds"]
        .iter()
        .flat_map(|stream| {
            ["STREAM.*", "STREAM.MSG.*", "DIRECT.GET"]
                .map(|verb| format!("$JS.API.{verb}.wirehub_{stream}"))
        })
        .collect();
    let lines = format!(
        "authorization {{ users: [{{ user: hub, password: x, permissions: {{
            publish: {{ allow: {publish:?} }}, subscribe: {{ allow: [\"wirehub.>\", \"_INBOX.>\"] }}
        }} }}] }}",
        publish = [&["wirehub.>".to_owned(), "_INBOX.>".to_owned()][..], &api].concat(),
    );
    let subject = OnServer::on(NatsServer::start(Sync::Late, &lines), |settings| {
        settings.url = settings.url.replace("nats://", "nats://hub:x@");
    });
    let (a, inbox) = subject.attach("a").await;
    let there = topic("rights");
    a.open(there.clone(), KEEP).await.unwrap();
    let one = once(subject.append(&there, "1"), "n");
    for duplicate in [false, true] {
        let answer = a.append(vec![one.clone()]).await.unwrap().remove(0);
        assert_eq!(answer.unwrap().duplicate, duplicate);
    }
    assert_eq!(text(&*inbox.next_record().await), "1");
    a.enter(there.clone(), member(1, None)).await.unwrap();
    a.tell(a.node().clone(), "me".into()).await.unwrap();
    a.forget(there).await.unwrap();
    a.detach().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_somebody_else_is_left_alone() {
    let server = NatsServer::start(Sync::Late, "");
    let theirs = r#"{"name":"wirehub_topics","subjects":["orders.>"],"storage":"file","retention":"limits"}"#;
    Stranger::on(server.port).ask("STREAM.CREATE.wirehub_topics", theirs);
    let error = refused(NatsSettings::new(server.url()));
    let expected = ConnectError::OtherStream("wirehub_topics".to_owned(), "its subjects");
    assert_eq!(error, expected);
    let mut settings = NatsSettings::new(server.url());
    settings.prefix = "other".to_owned();
    NatsBroker::connect(settings).unwrap();
    let mut settings = NatsSettings::new(server.url());
    settings.prefix = "a.b".to_owned();
    assert_eq!(refused(settings), ConnectError::Prefix);
}

/// A user who is taken away while the hub runs is refused in words, and works again when it is
/// back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_that_are_revoked_are_named() {
    let lines = "authorization { users: [{ user: hub, password: hush }] }";
    let server = NatsServer::start(Sync::Late, lines);
    let subject = OnServer::on(server, |settings| {
        settings.url = settings.url.replace("nats://", "nats://hub:hush@");
    });
    let (a, inbox) = subject.attach("a").await;
    a.open(topic("x"), KEEP).await.unwrap();
    let other = "authorization { users: [{ user: else, password: x }] }";
    subject.server.lock().unwrap().reload(other);
    let reason = loop {
        let one = subject.append(&topic("x"), "refused");
        match a.append(vec![one]).await.unwrap().remove(0) {
            // The server takes its time to read the file.
            Ok(_) => {}
            Err(error) if error.to_string().contains("refuses the user") => break error,
            Err(error) => assert!(error.is_worth_a_retry(), "{error}"),
        }
    };
    assert!(!reason.to_string().contains("hush"), "{reason}");
    let lines = "authorization { users: [{ user: hub, password: hush }] }";
    subject.server.lock().unwrap().reload(lines);
    come_back(&*subject.broker()).await;
    let one = subject.append(&topic("x"), "again");
    a.append(vec![one]).await.unwrap().remove(0).unwrap();
    while text(&*inbox.next_record().await) != "again" {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publications_that_a_server_does_not_take_are_named() {
    let server = NatsServer::start(Sync::Late, "max_payload: 64KB");
    let subject = OnServer::on(server, |_| {});
    let (a, _) = subject.attach("a").await;
    let of = |size: usize| {
        let mut one = subject.append(&topic("large"), "");
        one.message = Message::of(Payload::Binary(vec![7; size].into()));
        one
    };
    let mut answers = a.append(vec![of(70_000), of(60_000)]).await.unwrap();
    answers.remove(1).unwrap();
    let refused = answers.remove(0).unwrap_err();
    let BrokerError::TooLarge { bytes, max } = refused else {
        panic!("{refused}");
    };
    assert!(
        bytes > max && max == 64_000 || max == 65_536,
        "{bytes} {max}"
    );
    // What waits together still leaves in messages that are taken.
    let all = (0..50).map(|_| a.append(vec![of(20_000)]));
    for answer in futures_util::future::join_all(all).await {
        answer.unwrap().remove(0).unwrap();
    }
    let opened = a.open(topic("large"), KEEP).await.unwrap();
    assert_eq!(opened.history.len(), 51);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_encrypted_when_the_address_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) = (
        folder.path().join("cert.pem"),
        folder.path().join("key.pem"),
    );
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let lines = format!("tls {{ cert_file: {certificate:?}, key_file: {key:?} }}");
    let server = NatsServer::start(Sync::Late, &lines);
    let mut settings = NatsSettings::new(format!("tls://127.0.0.1:{}", server.port));
    let error = refused(settings.clone());
    assert!(error.to_string().contains("certificate"), "{error}");
    settings.roots = Some(made.cert.pem().into_bytes());
    let broker = NatsBroker::connect(settings.clone()).unwrap();
    let (a, _) = attach(&broker, "a").await;
    assert_eq!(a.nodes().await.unwrap().len(), 1);
    broker.shutdown().await.unwrap();
    settings.roots = Some(b"no certificate".to_vec());
    assert!(matches!(refused(settings), ConnectError::Tls(_)));
}
