use wirehub_broker_redis::{ConnectError, RedisBroker, RedisSettings};

use crate::{
    certificates::Certificates,
    redis_cluster::RedisCluster,
    redis_sentinels::RedisSentinels,
    redis_server::{FORGETFUL, RedisServer},
    scene::{KEEP, fresh_on, on_servers, topic},
};

fn refusal(settings: RedisSettings) -> ConnectError {
    RedisBroker::connect(settings).unwrap_err()
}

fn settings(url: &str) -> RedisSettings {
    RedisSettings::new(url)
}

/// Settings with which a server that speaks TLS lets the hub in.
fn trusting(url: &str, certificates: &Certificates) -> RedisSettings {
    RedisSettings {
        authorities: Some(certificates.authority.clone()),
        certificate: Some(certificates.client.clone()),
        key: Some(certificates.client_key.clone()),
        ..settings(url)
    }
}

fn with_tls(certificates: &Certificates) -> RedisServer {
    RedisServer::start_at(|port| {
        let own = ["--port", "0", "--save", "", "--tls-port"].map(str::to_owned);
        let options = own.into_iter().chain([port.to_string()]);
        options.chain(certificates.options()).collect()
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_tls_keeps_the_promises() {
    let certificates = Certificates::make("ours");
    let server = with_tls(&certificates);
    let settings = trusting(&server.url(), &certificates);
    wirehub_broker::conformance_in_turn!(|| fresh_on(&settings)).await;
}

/// A case: its name, the settings, and what the text says.
type Case = (&'static str, RedisSettings, &'static str);

fn changed(good: &RedisSettings, change: impl FnOnce(&mut RedisSettings)) -> RedisSettings {
    let mut settings = good.clone();
    change(&mut settings);
    settings
}

/// Settings with which TLS fails, made out of good ones.
fn unfit(good: &RedisSettings, port: u16) -> Vec<Case> {
    let stranger = Certificates::make("others");
    vec![
        (
            "an authority of others",
            changed(good, |bad| {
                bad.authorities = Some(stranger.authority.clone());
            }),
            "UnknownIssuer",
        ),
        (
            "the system's authorities",
            changed(good, |bad| bad.authorities = None),
            "UnknownIssuer",
        ),
        (
            "another host",
            changed(good, |bad| bad.url = format!("rediss://localhost:{port}")),
            "localhost",
        ),
        (
            "no certificate of its own",
            changed(good, |bad| (bad.certificate, bad.key) = (None, None)),
            "ertificate",
        ),
        (
            "a certificate of others",
            changed(good, |bad| {
                bad.certificate = Some(stranger.client.clone());
                bad.key = Some(stranger.client_key.clone());
            }),
            "alert",
        ),
    ]
}

/// Settings with certificates that are none.
fn damaged(good: &RedisSettings, port: u16) -> Vec<Case> {
    vec![
        (
            "half a pair",
            changed(good, |bad| bad.key = None),
            "belong together",
        ),
        (
            "no PEM",
            changed(good, |bad| {
                bad.certificate = Some(b"x".to_vec());
                bad.key = Some(b"x".to_vec());
            }),
            "key",
        ),
        (
            "certificates without TLS",
            changed(good, |bad| bad.url = format!("redis://127.0.0.1:{port}")),
            "rediss://",
        ),
        (
            "an empty file of authorities",
            changed(good, |bad| bad.authorities = Some(Vec::new())),
            "no certificate of an authority",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_that_does_not_fit_is_explained() {
    let certificates = Certificates::make("ours");
    let server = with_tls(&certificates);
    let good = trusting(&server.url(), &certificates);
    RedisBroker::connect(good.clone()).unwrap();
    for (name, bad, what) in unfit(&good, server.port) {
        let error = refusal(bad);
        assert!(matches!(error, ConnectError::Tls(..)), "{name}: {error:?}");
        let text = error.to_string();
        assert!(text.contains(what), "{name}: {text}");
        assert!(text.contains("name the authority"), "{name}: {text}");
    }
    for (name, bad, what) in damaged(&good, server.port) {
        let error = refusal(bad);
        let is_it = matches!(error, ConnectError::Certificates(_));
        assert!(is_it && error.to_string().contains(what), "{name}: {error}");
    }
    // Whoever speaks in the clear to a server that does not.
    let error = refusal(settings(&format!("redis://127.0.0.1:{}", server.port)));
    assert!(matches!(error, ConnectError::Unreachable(_)), "{error:?}");
}

/// The servers of a cluster are named to hubs with the ports on which they speak TLS.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_with_tls_is_one_server() {
    let certificates = Certificates::make("ours");
    let cluster = RedisCluster::start_with_tls(&certificates);
    let url = cluster.url().replace("redis+", "rediss+");
    let subject = on_servers(trusting(&url, &certificates));
    let (a, inbox) = subject.attach("a").await;
    // More topics than servers, so that each server has some.
    for number in 0..12 {
        let there = topic(&format!("tls/{number}"));
        a.open(there.clone(), KEEP).await.unwrap();
        let one = subject.append(&there, "1");
        let place = a.append(vec![one]).await.unwrap().remove(0).unwrap();
        assert_eq!(inbox.next_record().await.position, place.position);
    }
}

#[test]
fn servers_that_are_something_else_are_named() {
    let cluster = RedisCluster::start(3, false, 15_000, FORGETFUL);
    let place = cluster.servers[1].place();
    let error = refusal(settings(&format!("redis://{place}")));
    assert_eq!(error, ConnectError::InCluster(place.clone()));
    assert!(
        error
            .to_string()
            .contains("write the address as redis+cluster://"),
        "{error}"
    );
    // It is enough that one of those that are named is there.
    let url = format!("redis+cluster://127.0.0.1:1,{place}");
    RedisBroker::connect(settings(&url)).unwrap();

    let servers = RedisSentinels::start(FORGETFUL);
    let single = servers.first.place();
    let error = refusal(settings(&format!("redis+cluster://{single}")));
    assert_eq!(error, ConnectError::NotInCluster(single.clone()));
    let error = refusal(settings(&format!("redis+sentinel://{single}/main")));
    assert_eq!(error, ConnectError::IsNoSentinel(single));
    let copy = servers.second.place();
    let error = refusal(settings(&format!("redis://{copy}")));
    assert_eq!(error, ConnectError::IsReplica(copy));
    let url = servers.url();
    let (sentinels, _) = url.rsplit_once('/').unwrap();
    let error = refusal(settings(&format!("{sentinels}/other")));
    assert_eq!(error, ConnectError::UnknownMaster("other".to_owned()));
    let (_, sentinel) = sentinels.rsplit_once(',').unwrap();
    let error = refusal(settings(&format!("redis://{sentinel}")));
    assert_eq!(error, ConnectError::IsSentinel(sentinel.to_owned()));
}

#[test]
fn passwords_are_given_to_whom_they_are_for() {
    let options = [
        "--appendonly",
        "no",
        "--requirepass",
        "s3cret",
        "--masterauth",
        "s3cret",
    ];
    let server = RedisServer::start(&options);
    let place = server.place();
    let error = refusal(settings(&format!("redis://{place}")));
    assert!(matches!(error, ConnectError::Refused(_)), "{error:?}");
    let error = refusal(settings(&format!("redis://:other@{place}")));
    assert!(matches!(error, ConnectError::Refused(_)), "{error:?}");
    RedisBroker::connect(settings(&format!("redis://:s3cret@{place}"))).unwrap();

    let sentinel = RedisServer::start_sentinel(&format!(
        "requirepass other\nsentinel monitor main 127.0.0.1 {} 1\nsentinel auth-pass main s3cret\n",
        server.port
    ));
    let url = format!("redis+sentinel://:s3cret@{}/main", sentinel.place());
    let error = refusal(settings(&url));
    assert!(matches!(error, ConnectError::Refused(_)), "{error:?}");
    RedisBroker::connect(RedisSettings {
        sentinel_login: Some((String::new(), "other".to_owned())),
        ..settings(&url)
    })
    .unwrap();
}
