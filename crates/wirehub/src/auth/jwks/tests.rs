//! Against a real HTTP server on loopback, which misbehaves as it is told.

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::{Mutex, atomic::AtomicUsize},
    task::{Context, Poll, Waker},
};

use axum::{
    Router,
    body::Body,
    extract::State as Shared,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Semaphore, task::JoinSet};
use wirehub_model::{Principal, Secret};

use super::*;
use crate::auth::{
    AuthError, AuthSettings, Authenticator,
    fixture::{ED25519, NOW, OTHER_RSA, P256, Pair, RSA, claims, hs256},
};

/// What the provider answers until it is told otherwise.
#[derive(Clone)]
enum Answer {
    Keys(Value),
    Body(Vec<u8>),
    Status(StatusCode),
    Redirect(String),
}

struct Provider {
    url: String,
    script: Arc<Script>,
    _server: JoinSet<()>,
}

struct Script {
    answer: Mutex<Answer>,
    hits: AtomicUsize,
    /// Permits to answer; a request waits for one.
    gate: Semaphore,
}

impl Provider {
    async fn start(answer: Answer) -> Self {
        let provider = Self::start_closed(answer).await;
        provider.script.gate.add_permits(Semaphore::MAX_PERMITS / 2);
        provider
    }

    /// A provider that takes requests and answers none until its gate is opened.
    async fn start_closed(answer: Answer) -> Self {
        let script = Arc::new(Script {
            answer: Mutex::new(answer),
            hits: AtomicUsize::new(0),
            gate: Semaphore::new(0),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let app = Router::new()
            .fallback(answer_as_told)
            .with_state(Arc::clone(&script));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            url,
            script,
            _server: server,
        }
    }

    fn hits(&self) -> usize {
        self.script.hits.load(Ordering::SeqCst)
    }

    fn answer(&self, answer: Answer) {
        *self.script.answer.lock().unwrap() = answer;
    }

    fn open(&self) {
        self.script.gate.add_permits(Semaphore::MAX_PERMITS / 2);
    }
}

async fn answer_as_told(Shared(script): Shared<Arc<Script>>, uri: Uri) -> Response {
    script.hits.fetch_add(1, Ordering::SeqCst);
    script.gate.acquire().await.unwrap().forget();
    let answer = script.answer.lock().unwrap().clone();
    match answer {
        Answer::Keys(keys) => json!({ "keys": keys }).to_string().into_response(),
        Answer::Redirect(_) if uri.path() == "/moved" => {
            json!({ "keys": [rsa()] }).to_string().into_response()
        }
        Answer::Redirect(to) => {
            let mut headers = HeaderMap::new();
            headers.insert(header::LOCATION, to.parse().unwrap());
            (StatusCode::FOUND, headers).into_response()
        }
        Answer::Body(body) => Body::from(body).into_response(),
        Answer::Status(status) => status.into_response(),
    }
}

/// An authenticator whose refresher runs as long as the hub lives.
struct Hub {
    authenticator: Authenticator,
    refresher: JoinSet<()>,
}

/// So short that a test does not notice it.
const MOMENT: Duration = Duration::from_millis(1);
/// So long that no test lasts until its end.
const NEVER: Duration = Duration::from_secs(3600);

impl Hub {
    fn start(url: &str, refresh_interval: Duration) -> Self {
        Self::with(JwksSettings {
            refresh_interval,
            cache_ttl: NEVER,
            cache_ttl_bounds: (NEVER, NEVER),
            ..JwksSettings::new(url)
        })
    }

    fn with(settings: JwksSettings) -> Self {
        let (authenticator, run) = Authenticator::new(AuthSettings {
            jwks: Some(settings),
            ..AuthSettings::default()
        })
        .unwrap();
        let mut refresher = JoinSet::new();
        refresher.spawn(run.unwrap().run());
        Self {
            authenticator,
            refresher,
        }
    }

    async fn check(&self, token: &Secret) -> Result<Principal, AuthError> {
        self.authenticator.authenticate(token, NOW).await
    }

    /// Asks until the answer is `word`, as a client does that comes again.
    async fn check_until(&self, token: &Secret, word: &str) {
        let asked = async {
            loop {
                let answer = self.check(token).await;
                if answer.as_ref().map_or_else(AuthError::word, |_| "ok") == word {
                    return;
                }
                time::sleep(MOMENT).await;
            }
        };
        time::timeout(Duration::from_secs(20), asked).await.unwrap();
    }

    fn status(&self) -> KeySetStatus {
        self.authenticator.key_set().unwrap()
    }
}

fn rsa() -> Value {
    RSA.jwk(Algorithm::RS256, "rsa")
}

fn rs256(pair: &Pair, kid: &str) -> Secret {
    pair.token(Algorithm::RS256, kid, &claims())
}

fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn keys_are_fetched_once_and_then_at_hand() {
    let keys = json!([
        rsa(),
        P256.jwk(Algorithm::ES256, "p256"),
        ED25519.jwk(Algorithm::EdDSA, "ed"),
    ]);
    let provider = Provider::start(Answer::Keys(keys)).await;
    let hub = Hub::start(&provider.url, NEVER);
    assert!(hub.check(&rs256(&RSA, "rsa")).await.is_ok());
    for token in [
        rs256(&RSA, "rsa"),
        P256.token(Algorithm::ES256, "p256", &claims()),
        ED25519.token(Algorithm::EdDSA, "ed", &claims()),
    ] {
        let mut answer = pin!(hub.authenticator.authenticate(&token, NOW));
        assert!(matches!(poll_once(answer.as_mut()), Poll::Ready(Ok(_))));
    }
    assert_eq!(provider.hits(), 1);
    let status = hub.status();
    assert!(status.latency.is_some());
    let expected = KeySetStatus {
        keys: 3,
        fetches: 1,
        latency: status.latency,
        ..KeySetStatus::default()
    };
    assert_eq!(status, expected);
}

#[tokio::test]
async fn all_who_wait_share_one_fetch_and_none_can_cancel_it() {
    let provider = Provider::start_closed(Answer::Keys(json!([rsa()]))).await;
    let hub = Hub::start(&provider.url, NEVER);
    let token = rs256(&RSA, "rsa");
    let mut waiting: Vec<_> = (0..100).map(|_| Box::pin(hub.check(&token))).collect();
    for client in &mut waiting {
        assert!(poll_once(client.as_mut()).is_pending());
    }
    waiting.drain(..50);
    provider.open();
    for client in waiting {
        assert!(client.await.is_ok());
    }
    assert_eq!(provider.hits(), 1);
}

#[tokio::test]
async fn no_more_than_a_bound_wait() {
    let provider = Provider::start_closed(Answer::Keys(json!([rsa()]))).await;
    let hub = Hub::start(&provider.url, NEVER);
    let token = rs256(&RSA, "rsa");
    let mut waiting: Vec<_> = (0..KeySet::WAITING_MAX)
        .map(|_| Box::pin(hub.check(&token)))
        .collect();
    for client in &mut waiting {
        assert!(poll_once(client.as_mut()).is_pending());
    }
    let mut one_more = Box::pin(hub.check(&token));
    let refused = Poll::Ready(Err(AuthError::KeysUnavailable));
    assert_eq!(poll_once(one_more.as_mut()), refused);
    waiting.pop();
    let mut another = Box::pin(hub.check(&token));
    assert!(poll_once(another.as_mut()).is_pending());
    provider.open();
    assert!(another.await.is_ok());
}

#[tokio::test]
async fn a_flood_of_unknown_names_within_the_interval_fetches_nothing() {
    let provider = Provider::start(Answer::Keys(json!([rsa()]))).await;
    let hub = Hub::start(&provider.url, NEVER);
    assert!(hub.check(&rs256(&RSA, "rsa")).await.is_ok());
    for number in 0..500 {
        let forged = rs256(&OTHER_RSA, &format!("forged-{number}"));
        assert_eq!(hub.check(&forged).await, Err(AuthError::UnknownKey));
    }
    assert_eq!(provider.hits(), 1);
    assert!(hub.check(&rs256(&RSA, "rsa")).await.is_ok());
}

#[tokio::test]
async fn a_flood_of_unknown_names_costs_one_fetch_an_interval() {
    let provider = Provider::start(Answer::Keys(json!([rsa()]))).await;
    let interval = Duration::from_millis(50);
    let started = Instant::now();
    let hub = Hub::start(&provider.url, interval);
    let forged = rs256(&OTHER_RSA, "forged");
    while provider.hits() < 4 {
        assert_eq!(hub.check(&forged).await, Err(AuthError::UnknownKey));
        tokio::task::yield_now().await;
    }
    let intervals = started.elapsed().as_millis() / interval.as_millis();
    assert!(provider.hits() as u128 <= intervals + 1, "{intervals}");
}

#[tokio::test]
async fn a_new_key_is_found_when_a_token_names_it() {
    let provider = Provider::start(Answer::Keys(json!([rsa()]))).await;
    let hub = Hub::start(&provider.url, MOMENT);
    assert!(hub.check(&rs256(&RSA, "rsa")).await.is_ok());
    provider.answer(Answer::Keys(json!([
        OTHER_RSA.jwk(Algorithm::RS256, "next")
    ])));
    hub.check_until(&rs256(&OTHER_RSA, "next"), "ok").await;
    let withdrawn = hub.check(&rs256(&RSA, "rsa")).await;
    assert_eq!(withdrawn, Err(AuthError::UnknownKey));
}

#[tokio::test]
async fn one_question_is_one_fetch_and_not_one_an_interval() {
    let provider = Provider::start(Answer::Keys(json!([rsa()]))).await;
    let hub = Hub::start(&provider.url, MOMENT);
    assert!(hub.check(&rs256(&RSA, "rsa")).await.is_ok());
    for _ in 0..50 {
        time::sleep(MOMENT).await;
    }
    // The first fetch at the start, and perhaps one for the question asked meanwhile.
    assert!(provider.hits() <= 2, "{}", provider.hits());
}

#[tokio::test]
async fn known_keys_stay_in_use_while_the_endpoint_is_down() {
    let provider = Provider::start(Answer::Keys(json!([rsa()]))).await;
    let hub = Hub::start(&provider.url, MOMENT);
    assert!(hub.check(&rs256(&RSA, "rsa")).await.is_ok());
    provider.answer(Answer::Status(StatusCode::BAD_GATEWAY));
    hub.check_until(&rs256(&OTHER_RSA, "next"), "keys_unavailable")
        .await;
    assert!(hub.check(&rs256(&RSA, "rsa")).await.is_ok());
    let status = hub.status();
    assert_eq!(status.keys, 1);
    assert!(status.failures > 0 && status.error.unwrap().contains("502"));
    provider.answer(Answer::Keys(json!([
        OTHER_RSA.jwk(Algorithm::RS256, "next")
    ])));
    hub.check_until(&rs256(&OTHER_RSA, "next"), "ok").await;
    assert_eq!(hub.status().error, None);
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_makes_the_hub_say_try_again() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys", gone.local_addr().unwrap());
    drop(gone);
    let hub = Hub::start(&url, NEVER);
    let error = hub.check(&rs256(&RSA, "rsa")).await.unwrap_err();
    assert_eq!(error, AuthError::KeysUnavailable);
    assert_eq!(error.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(error.refusal().code.retry());
    let message = hub.status().error.unwrap();
    assert!(
        message.contains("refused") && !message.contains("/keys"),
        "{message}"
    );
}

#[tokio::test]
async fn a_silent_endpoint_is_given_up() {
    let provider = Provider::start_closed(Answer::Keys(json!([rsa()]))).await;
    let hub = Hub::with(JwksSettings {
        timeout: Duration::from_millis(50),
        ..JwksSettings::new(&provider.url)
    });
    let answer = hub.check(&rs256(&RSA, "rsa")).await;
    assert_eq!(answer, Err(AuthError::KeysUnavailable));
    assert!(hub.status().error.unwrap().contains("timed out"));
}

#[tokio::test]
async fn a_huge_answer_is_cut_off() {
    let provider = Provider::start(Answer::Body(vec![b' '; 1024 * 1024])).await;
    let hub = Hub::with(JwksSettings {
        response_bytes: 4096,
        ..JwksSettings::new(&provider.url)
    });
    let answer = hub.check(&rs256(&RSA, "rsa")).await;
    assert_eq!(answer, Err(AuthError::KeysUnavailable));
    assert!(
        hub.status()
            .error
            .unwrap()
            .contains("auth.jwks_response_bytes")
    );
}

#[tokio::test]
async fn answers_that_are_no_key_set_fail() {
    for (answer, why) in [
        (Answer::Body(b"<html>".to_vec()), "not a key set"),
        (Answer::Keys(json!(vec![json!({}); 65])), "65 keys"),
        (Answer::Status(StatusCode::NO_CONTENT), "204"),
        (Answer::Status(StatusCode::NOT_FOUND), "404"),
    ] {
        let provider = Provider::start(answer).await;
        let hub = Hub::start(&provider.url, NEVER);
        let answer = hub.check(&rs256(&RSA, "rsa")).await;
        assert_eq!(answer, Err(AuthError::KeysUnavailable));
        let error = hub.status().error.unwrap();
        assert!(error.contains(why), "{error}");
    }
}

#[tokio::test]
async fn redirects_stay_on_the_host() {
    let provider = Provider::start(Answer::Redirect("/moved".to_owned())).await;
    let hub = Hub::start(&provider.url, NEVER);
    assert!(hub.check(&rs256(&RSA, "rsa")).await.is_ok());

    let elsewhere = Provider::start(Answer::Keys(json!([rsa()]))).await;
    let provider = Provider::start(Answer::Redirect(elsewhere.url.clone())).await;
    let hub = Hub::start(&provider.url, NEVER);
    let answer = hub.check(&rs256(&RSA, "rsa")).await;
    assert_eq!(answer, Err(AuthError::KeysUnavailable));
    assert!(hub.status().error.unwrap().contains("another host"));
    assert_eq!((provider.hits(), elsewhere.hits()), (1, 0));

    let circle = Provider::start(Answer::Redirect("/keys".to_owned())).await;
    let hub = Hub::start(&circle.url, NEVER);
    assert!(hub.check(&rs256(&RSA, "rsa")).await.is_err());
    assert!(hub.status().error.unwrap().contains("three times"));
}

#[tokio::test]
async fn a_published_secret_is_no_key() {
    let secret = crate::auth::fixture::SECRET;
    let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
    let jwk = jsonwebtoken::jwk::Jwk::from_encoding_key(&key, Algorithm::HS256).unwrap();
    let provider = Provider::start(Answer::Keys(json!([jwk, rsa()]))).await;
    let hub = Hub::start(&provider.url, NEVER);
    assert!(hub.check(&rs256(&RSA, "rsa")).await.is_ok());
    let answer = hub.authenticator.attempt(&hs256(&claims()), NOW);
    assert_eq!(answer.decided(), Some(Err(AuthError::UnknownKey)));
}

#[tokio::test]
async fn a_key_that_names_its_algorithm_serves_no_other() {
    let provider = Provider::start(Answer::Keys(json!([rsa()]))).await;
    let hub = Hub::start(&provider.url, NEVER);
    let token = RSA.token(Algorithm::PS256, "rsa", &claims());
    assert_eq!(hub.check(&token).await, Err(AuthError::UnknownKey));
}

#[tokio::test]
async fn without_its_refresher_the_key_set_is_unavailable() {
    let (authenticator, refresher) = Authenticator::new(AuthSettings {
        jwks: Some(JwksSettings::new("https://id.example/keys")),
        ..AuthSettings::default()
    })
    .unwrap();
    drop(refresher);
    let answer = authenticator.authenticate(&rs256(&RSA, "rsa"), NOW).await;
    assert_eq!(answer, Err(AuthError::KeysUnavailable));
}

#[tokio::test]
async fn the_refresher_ends_with_its_authenticator() {
    let provider = Provider::start(Answer::Keys(json!([rsa()]))).await;
    let Hub {
        authenticator,
        mut refresher,
    } = Hub::start(&provider.url, MOMENT);
    drop(authenticator);
    let ended = time::timeout(Duration::from_secs(20), refresher.join_next()).await;
    assert!(ended.unwrap().unwrap().is_ok());
}

#[test]
fn a_set_is_kept_as_long_as_the_endpoint_says_within_bounds() {
    let settings = JwksSettings::new("https://id.example/keys");
    let (_key_set, refresher) = KeySet::new(&settings).unwrap();
    let lifetime = |seconds: Option<u64>| {
        refresher.publish(Fetched {
            keys: KeyRing::default(),
            skipped: 0,
            max_age: seconds.map(Duration::from_secs),
        })
    };
    let (shortest, longest) = settings.cache_ttl_bounds;
    assert_eq!(lifetime(None), settings.cache_ttl);
    assert_eq!(lifetime(Some(0)), shortest);
    assert_eq!(lifetime(Some(300)), Duration::from_secs(300));
    assert_eq!(lifetime(Some(u64::from(u32::MAX))), longest);
}

#[test]
fn failures_are_tried_again_ever_more_slowly() {
    let settings = JwksSettings::new("https://id.example/keys");
    let (_key_set, refresher) = KeySet::new(&settings).unwrap();
    let waits: Vec<_> = (0..40)
        .map(|_| refresher.fail(&FetchError::NotAKeySet).as_secs())
        .collect();
    assert_eq!(waits[..7], [10, 20, 40, 80, 160, 320, 600]);
    assert!(waits[7..].iter().all(|wait| *wait == 600));
}

#[test]
fn futures_can_move_between_threads() {
    fn assert_send<T: Send>(_: &T) {}
    let (authenticator, refresher) = Authenticator::new(AuthSettings {
        jwks: Some(JwksSettings::new("https://id.example/keys")),
        ..AuthSettings::default()
    })
    .unwrap();
    let token = Secret::new(String::new());
    assert_send(&authenticator.authenticate(&token, NOW));
    assert_send(&refresher.unwrap().run());
}
