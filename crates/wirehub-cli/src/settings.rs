//! Settings, checked: what the hub takes, and what only the program needs.

use std::{
    fs,
    net::SocketAddr,
    num::NonZero,
    path::{Path, PathBuf},
    thread::available_parallelism,
    time::Duration,
};

use wirehub::{
    DoorSettings, DrainSettings, HubSettings, SessionSettings, StreamSettings, Tls,
    auth::{
        ApiKeys, AuthSettings, Authenticator, CredentialPolicy, HashedKey, HmacSecret,
        JwksSettings, OriginPolicy, OriginSettings, PublicKeyPem, TokenLimits,
    },
    traces::TraceSettings,
};
use wirehub_http::ApiPrefix;
use wirehub_model::{Capabilities, Heartbeat, Namespace, Namespaces, Secret, TopicFilter};

mod api_keys;
mod broker;
mod dialects;
mod events;
mod intake;
mod namespace;
mod pusher;
mod remembered;
mod sinks;
mod traces;

pub(crate) use self::{
    api_keys::no_scope,
    broker::{BrokerSettings, FileSettings, NatsServers, ServerSettings},
    events::EventSettings,
    intake::IntakeWish,
};
use crate::{
    fault::Faults,
    layers::Layers,
    lists::Texts,
    raw_settings::{LogFormat, RawAuth, RawSettings},
    span::Span,
};

/// Checked settings.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// For the hub; its TLS is empty until [`Settings::load_tls`].
    pub(crate) hub: HubSettings,
    /// Where clients connect.
    pub(crate) listen: SocketAddr,
    /// Where servers connect.
    pub(crate) admin_listen: SocketAddr,
    /// The keys of the application's servers that may do everything.
    pub(crate) api_keys: Vec<Secret>,
    /// Those that may do some things.
    pub(crate) hashed_keys: Vec<HashedKey>,
    /// Where the server API of Centrifugo is; `None` for nowhere.
    pub(crate) centrifugo_api: Option<ApiPrefix>,
    /// The files of the certificate.
    pub(crate) certificate: Option<CertificateFiles>,
    /// Where what topics remember is kept.
    pub(crate) broker: BrokerSettings,
    /// Who is told what happens.
    pub(crate) events: EventSettings,
    /// What is published through logs.
    pub(crate) intakes: Vec<IntakeWish>,
    /// Who is told which way publications go.
    pub(crate) traces: Option<TraceSettings>,
    pub(crate) log_level: String,
    pub(crate) log_format: LogFormat,
}

/// Where a certificate and its key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CertificateFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Settings {
    /// Checks what was read, each part and as a whole. Opens nothing.
    pub(crate) fn new(layers: &Layers) -> Result<Self, Faults> {
        let raw = &layers.raw;
        let mut checks = Checks {
            layers,
            faults: Faults::default(),
        };
        let hub = hub_settings(raw, &mut checks);
        let events = events::events(raw, &hub.pusher.apps, &mut checks);
        let api_keys = raw.admin.api_key.0.iter().map(|key| key.text.clone());
        let settings = Self {
            hub,
            listen: raw.listen,
            admin_listen: raw.admin.listen,
            api_keys: api_keys.collect(),
            hashed_keys: api_keys::hashed_keys(&raw.admin, &mut checks),
            centrifugo_api: dialects::centrifugo_api(&raw.centrifugo, &mut checks),
            certificate: certificate_files(raw, &mut checks),
            broker: broker::broker(&raw.broker, &mut checks),
            events,
            intakes: intake::intakes(&raw.intake, &mut checks),
            traces: traces::traces(&raw.traces, &mut checks),
            log_level: raw.log.level.clone(),
            log_format: raw.log.format,
        };
        checks.whole(&settings, raw);
        checks.remembered(raw);
        checks.faults.unless_any(settings)
    }

    /// Whether somebody could be let in.
    pub(crate) fn has_auth(&self) -> bool {
        let auth = &self.hub.door.auth;
        let keys = !auth.hmac_secrets.is_empty() || !auth.public_keys.is_empty();
        keys || auth.jwks.is_some() || auth.anonymous.is_some()
    }

    /// Whether a server of the application could be let in.
    pub(crate) fn has_api_keys(&self) -> bool {
        !self.api_keys.is_empty() || !self.hashed_keys.is_empty()
    }

    /// Whether both listeners can be reached from this machine only.
    pub(crate) fn is_local(&self) -> bool {
        self.listen.ip().is_loopback() && self.admin_listen.ip().is_loopback()
    }

    /// What works, but hardly as it is meant.
    pub(crate) fn advice(&self) -> Vec<String> {
        let within = self.hub.sessions.resume_within;
        let deadline = self.hub.drain.deadline;
        let short = !within.is_zero() && within < deadline.saturating_mul(2);
        let text = || {
            format!(
                "`sessions.resume_within` = {} is less than twice `drain.deadline` = {}: who is \
                 sent away late by a drain may come back too late for its session",
                Span(within),
                Span(deadline)
            )
        };
        short.then(text).into_iter().collect()
    }

    /// Reads the certificate, if there is one.
    pub(crate) fn load_tls(&mut self) -> Result<(), Faults> {
        if let Some(files) = &self.certificate {
            let (certificate, key) = files.read()?;
            let tls = Tls::new(&certificate, &key);
            let place = files.certificate.display().to_string();
            self.hub.tls = Some(tls.map_err(|error| Faults::one(Some(place), error.to_string()))?);
        }
        Ok(())
    }
}

impl CertificateFiles {
    /// Reads both files.
    pub(crate) fn read(&self) -> Result<(Vec<u8>, Vec<u8>), Faults> {
        let read = |path: &Path, key: &str| {
            fs::read(path).map_err(|error| {
                let place = path.display().to_string();
                Faults::one(Some(place), format!("failed to read `{key}`: {error}"))
            })
        };
        let certificate = read(&self.certificate, "tls.certificate")?;
        Ok((certificate, read(&self.key, "tls.key")?))
    }
}

/// Collects faults with the places of the settings they name.
struct Checks<'a> {
    layers: &'a Layers,
    faults: Faults,
}

impl Checks<'_> {
    fn fault(&mut self, message: impl Into<String>) {
        let message = message.into();
        self.faults.add(self.layers.places(&message), message);
    }

    fn require(&mut self, holds: bool, message: &str) {
        if !holds {
            self.fault(message);
        }
    }

    fn good<T, E: std::fmt::Display>(&mut self, result: Result<T, E>) {
        if let Err(error) = result {
            self.fault(error.to_string());
        }
    }

    fn filter(&mut self, key: &str, text: &str) -> Option<TopicFilter> {
        let filter = TopicFilter::parse(text);
        filter
            .map_err(|error| self.fault(format!("`{key}` has {text:?}: {error}")))
            .ok()
    }

    fn filters(&mut self, key: &str, texts: &Texts) -> Vec<TopicFilter> {
        let filters = texts.0.iter();
        filters.filter_map(|text| self.filter(key, text)).collect()
    }

    /// What has to fit together.
    fn whole(&mut self, settings: &Settings, raw: &RawSettings) {
        let hub = &settings.hub;
        self.require(hub.path.starts_with('/'), "`path` must begin with `/`");
        self.good(hub.check_paths());
        let spans = [
            ("heartbeat.interval", raw.heartbeat.interval),
            ("heartbeat.timeout", raw.heartbeat.timeout),
            ("limits.handshake_timeout", raw.limits.handshake_timeout),
            (
                "limits.authentication_timeout",
                raw.limits.authentication_timeout,
            ),
            ("limits.close_timeout", raw.limits.close_timeout),
        ];
        for (key, span) in spans {
            self.require(!span.0.is_zero(), &format!("`{key}` must be above zero"));
        }
        self.require(
            raw.leak_check.0 >= Duration::from_secs(1),
            "`leak_check` must be 1s or more: each look goes through everything that the hub has",
        );
        if let Err(error) = hub.tcp.check(hub.heartbeat) {
            let places = self.layers.places_of_tables(&["tcp.", "heartbeat."]);
            self.faults.add(places, format!("`tcp`: {error}"));
        }
        self.good(crate::log::parse_level(&settings.log_level));
        if settings.has_auth() {
            self.good(Authenticator::new(hub.door.auth.clone()));
        }
        match OriginPolicy::new(&hub.door.origins) {
            Ok(origins) => {
                if let Some(name) = &hub.door.cookie {
                    self.good(CredentialPolicy::with_cookie(name, &origins));
                }
            }
            Err(error) => self.fault(error.to_string()),
        }
        self.good(ApiKeys::new(&settings.api_keys, &settings.hashed_keys));
        if !settings.listen.ip().is_loopback() && !settings.has_auth() {
            self.fault(format!(
                "`listen` = {} can be reached from other machines, but there is no key to check \
                 clients' tokens with; set `auth.hmac_secret` (WIREHUB_AUTH__HMAC_SECRET, made \
                 with `openssl rand -hex 32`), `auth.public_keys` or `auth.jwks_url`",
                settings.listen
            ));
        }
        if !settings.admin_listen.ip().is_loopback() && !settings.has_api_keys() {
            self.fault(format!(
                "`admin.listen` = {} can be reached from other machines, but no API key is set; set \
                 `admin.api_key` (WIREHUB_ADMIN__API_KEY, made with `openssl rand -hex 32`)",
                settings.admin_listen
            ));
        }
    }
}

fn certificate_files(raw: &RawSettings, checks: &mut Checks<'_>) -> Option<CertificateFiles> {
    let tls = &raw.tls;
    if tls.certificate.is_empty() != tls.key.is_empty() {
        checks.fault("`tls.certificate` and `tls.key` belong together; set both or neither");
    }
    (!tls.certificate.is_empty() && !tls.key.is_empty()).then(|| CertificateFiles {
        certificate: PathBuf::from(&tls.certificate),
        key: PathBuf::from(&tls.key),
    })
}

/// A text; none when it is empty.
fn named(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn hub_settings(raw: &RawSettings, checks: &mut Checks<'_>) -> HubSettings {
    let cores = available_parallelism().map_or(1, NonZero::get).clamp(1, 64) as u16;
    let list = raw.namespaces.iter();
    let list = list
        .filter_map(|entry| namespace::namespace(entry, &raw.limits, checks))
        .collect();
    HubSettings {
        listen: Some(raw.listen),
        shards: raw.shards.0.unwrap_or(cores),
        path: raw.path.clone(),
        streams: StreamSettings {
            events_path: named(&raw.sse_path),
            path: named(&raw.stream_path),
        },
        dialects: dialects::dialects(raw, checks),
        tcp: raw.tcp.settings(),
        tls: None,
        io_uring: raw.io_uring,
        proxy_protocol: raw.proxy_protocol,
        compression: raw.compression,
        ping_detail: raw.ping.detail,
        heartbeat: Heartbeat {
            interval: raw.heartbeat.interval.0,
            timeout: raw.heartbeat.timeout.0,
        },
        expiry_grace: raw.auth.expiry_grace.0,
        sessions: SessionSettings {
            resume_within: raw
                .sessions
                .resume_within
                .0
                .map_or(Duration::ZERO, |span| span.0),
            reconnects_per_second: raw.sessions.reconnects_per_second,
        },
        call_timeout: raw.call_timeout.0,
        leak_check: raw.leak_check.0,
        limits: raw.limits.limits(),
        namespaces: Namespaces::new(list, Namespace::new(TopicFilter::everything())),
        door: DoorSettings {
            auth: AuthSettings {
                centrifugo: dialects::centrifugo_claims(&raw.centrifugo),
                ..auth(&raw.auth, checks)
            },
            origins: OriginSettings {
                allowed: raw.auth.allowed_origins.0.clone(),
                allow_missing: raw.auth.allow_missing_origin,
                listens_on_loopback: raw.listen.ip().is_loopback(),
                own_files: false,
            },
            cookie: Some(raw.auth.cookie.clone()).filter(|name| !name.is_empty()),
        },
        drain: DrainSettings {
            moves_per_second: NonZero::new(raw.drain.moves_per_second),
            spread: raw.drain.spread.0,
            closes_per_second: raw.drain.closes_per_second,
            deadline: raw.drain.deadline.0,
            reason: raw.drain.reason.into(),
        },
        pusher: pusher::pusher(&raw.pusher, checks),
    }
}

fn auth(raw: &RawAuth, checks: &mut Checks<'_>) -> AuthSettings {
    let secrets = raw.hmac_secret.0.iter().map(|key| HmacSecret {
        kid: key.kid.clone(),
        secret: key.text.clone(),
    });
    let public_keys = raw.public_keys.0.iter().map(|key| PublicKeyPem {
        kid: key.kid.clone(),
        pem: key.text.expose().to_owned(),
    });
    let [shortest, longest] = raw.jwks_cache_ttl_bounds;
    let jwks = (!raw.jwks_url.is_empty()).then(|| JwksSettings {
        url: raw.jwks_url.clone(),
        cache_ttl: raw.jwks_cache_ttl.0,
        cache_ttl_bounds: (shortest.0, longest.0),
        refresh_interval: raw.jwks_refresh_interval.0,
        connect_timeout: raw.jwks_connect_timeout.0,
        timeout: raw.jwks_timeout.0,
        response_bytes: raw.jwks_response_bytes.0,
        keys: raw.jwks_keys,
    });
    let anonymous = Capabilities {
        subscribe: checks.filters("auth.anonymous.subscribe", &raw.anonymous.subscribe),
        publish: checks.filters("auth.anonymous.publish", &raw.anonymous.publish),
        presence: checks.filters("auth.anonymous.presence", &raw.anonymous.presence),
        history: checks.filters("auth.anonymous.history", &raw.anonymous.history),
    };
    let enabled = raw.anonymous.enabled || anonymous != Capabilities::default();
    AuthSettings {
        hmac_secrets: secrets.collect(),
        public_keys: public_keys.collect(),
        jwks,
        audience: raw.audience.0.clone(),
        issuer: raw.issuer.0.clone(),
        leeway: raw.leeway.0,
        anonymous: enabled.then_some(anonymous),
        require_expiry: raw.require_expiry,
        require_user: raw.require_user,
        centrifugo: None,
        limits: TokenLimits {
            token_bytes: raw.limits.token_bytes.0,
            info_bytes: raw.limits.info_bytes.0,
            filters: raw.limits.filters,
            shared_sets: raw.limits.shared_sets,
        },
    }
}
