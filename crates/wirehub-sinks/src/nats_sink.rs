//! A sink that is a subject of a NATS server.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use async_nats::{
    Client, ConnectOptions, Event, HeaderMap, RequestErrorKind, ServerAddr,
    connection::State,
    jetstream::{Context, ContextBuilder, context::PublishErrorKind},
};
use bytes::Bytes;
use futures_util::future::{self, BoxFuture};
use percent_encoding::percent_decode_str;
use tokio::sync;
use wirehub_events::{EventSink, Occurred, SinkError};

use crate::{NatsSinkSettings, WrongSetting, nats_fault::Fault};

/// The header by which a stream knows what it got twice.
const ID: &str = "Nats-Msg-Id";

/// A subject of a NATS server.
///
/// With JetStream a batch is taken when its stream has kept all of it; without, when the server has
/// read all of it. The connection is opened when there is something to bring, and looks for a
/// server by itself when it was lost.
pub struct NatsSink {
    settings: NatsSinkSettings,
    servers: Vec<ServerAddr>,
    open: sync::Mutex<Option<Open>>,
    said: Arc<Said>,
}

/// What the server said about us beside its answers, until somebody looked.
#[derive(Debug, Default)]
struct Said(Mutex<Option<String>>);

impl Said {
    fn hear(&self, event: &Event) {
        let text = match event {
            Event::ServerError(error) => error.to_string(),
            Event::ClientError(error) => error.to_string(),
            _ => return,
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
    }

    fn take(&self) -> Option<String> {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        said.take()
    }
}

#[derive(Clone)]
struct Open {
    client: Client,
    jetstream: Option<Context>,
}

impl NatsSink {
    /// Checks the settings. Nothing is connected to yet.
    ///
    /// # Errors
    /// What does not fit.
    pub fn new(settings: NatsSinkSettings) -> Result<Self, WrongSetting> {
        let addresses = settings.url.expose().split(',').map(str::trim);
        let servers: Result<Vec<ServerAddr>, _> = addresses.map(str::parse).collect();
        let servers = servers.map_err(|error| WrongSetting::NatsAddress(error.to_string()))?;
        if settings.trusted.is_some() && !servers.iter().all(ServerAddr::tls_required) {
            return Err(WrongSetting::NotEncrypted("tls://"));
        }
        check_subject(&settings.subject)?;
        Ok(Self {
            settings,
            servers,
            open: sync::Mutex::default(),
            said: Arc::default(),
        })
    }

    fn options(&self) -> ConnectOptions {
        let NatsSinkSettings {
            timeout, trusted, ..
        } = &self.settings;
        let said = Arc::clone(&self.said);
        let mut options = ConnectOptions::new()
            .name("wirehub")
            .no_echo()
            .connection_timeout(*timeout)
            .request_timeout(Some(*timeout))
            .event_callback(move |event| {
                said.hear(&event);
                future::ready(())
            });
        if let Some(path) = trusted {
            options = options.add_root_certificates(path.clone());
        }
        // The library leaves what an address says of the user aside.
        let named = self.servers.iter().find_map(|server| {
            let plain = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
            let user = plain(server.username()?);
            Some((user, server.password().map(plain)))
        });
        match named {
            Some((user, Some(password))) => options.user_and_password(user, password),
            Some((token, None)) => options.token(token),
            None => options,
        }
    }

    async fn connected(&self) -> Result<Open, Fault> {
        let mut open = self.open.lock().await;
        if let Some(open) = &*open {
            return match open.client.connection_state() {
                State::Connected => Ok(open.clone()),
                _ => Err(Fault::Lost(self.said.take())),
            };
        }
        let mut options = self.options();
        if let Some(path) = &self.settings.credentials {
            let read = options.credentials_file(path).await;
            options = read.map_err(|error| Fault::Credentials(error.to_string()))?;
        }
        let client = options.connect(self.servers.clone()).await;
        let client = client.map_err(Fault::Connect)?;
        let context = || {
            let builder = ContextBuilder::new();
            builder
                .ack_timeout(self.settings.timeout)
                .build(client.clone())
        };
        let jetstream = self.settings.jetstream.then(context);
        Ok(open.insert(Open { client, jetstream }).clone())
    }

    async fn send(&self, occurrences: &[Arc<Occurred>]) -> Result<(), Fault> {
        let open = self.connected().await?;
        match &open.jetstream {
            Some(jetstream) => self.keep(jetstream, occurrences).await,
            None => self.tell(&open.client, occurrences).await,
        }
    }

    /// Has a stream keep all of it.
    async fn keep(&self, jetstream: &Context, occurrences: &[Arc<Occurred>]) -> Result<(), Fault> {
        let mut kept = Vec::with_capacity(occurrences.len());
        for occurred in occurrences {
            let mut headers = self.headers();
            headers.insert(ID, occurred.id());
            let subject = self.settings.subject.clone();
            let written = self.written(occurred);
            let sent = jetstream.publish_with_headers(subject, headers, written);
            kept.push(
                sent.await
                    .map_err(|error| self.refused(error.kind(), &error))?,
            );
        }
        for answer in kept {
            answer
                .await
                .map_err(|error| self.refused(error.kind(), &error))?;
        }
        Ok(())
    }

    /// Sends all of it, and asks for something that the server answers by itself when it has read
    /// what came before.
    async fn tell(&self, client: &Client, occurrences: &[Arc<Occurred>]) -> Result<(), Fault> {
        for occurred in occurrences {
            let written = self.written(occurred);
            if written.len() > client.max_payload() {
                return Err(Fault::TooLarge);
            }
            let subject = self.settings.subject.clone();
            let sent = client.publish_with_headers(subject, self.headers(), written);
            sent.await
                .map_err(|error| Fault::Other(error.to_string()))?;
        }
        let nobody = client.new_inbox();
        match client.request(nobody, Bytes::new()).await {
            Err(error) if error.kind() == RequestErrorKind::NoResponders => {}
            Err(error) => return Err(Fault::Unread(error.to_string(), self.said.take())),
            Ok(_) => {}
        }
        self.said
            .take()
            .map_or(Ok(()), |said| Err(Fault::Said(said)))
    }

    fn refused(&self, kind: PublishErrorKind, error: &dyn fmt::Display) -> Fault {
        match kind {
            PublishErrorKind::StreamNotFound => Fault::NoStream,
            PublishErrorKind::MaxPayloadExceeded => Fault::TooLarge,
            PublishErrorKind::TimedOut => Fault::Unread(error.to_string(), self.said.take()),
            _ => Fault::Other(error.to_string()),
        }
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", self.settings.form.media_type());
        headers
    }

    fn written(&self, occurred: &Occurred) -> Bytes {
        self.settings.form.write(occurred).into()
    }
}

/// A subject that can be published to, as the server's documents say: tokens with dots between
/// them, and no wildcard.
fn check_subject(subject: &str) -> Result<(), WrongSetting> {
    let good = |token: &str| {
        let wild = matches!(token, "*" | ">");
        !token.is_empty() && !wild && !token.contains(|c: char| c.is_whitespace() || c.is_control())
    };
    if subject.split('.').all(good) {
        return Ok(());
    }
    Err(WrongSetting::Name(
        "`subject` must have tokens with dots between them, without spaces and wildcards",
    ))
}

impl EventSink for NatsSink {
    fn bring<'a>(
        &'a self,
        occurrences: &'a [Arc<Occurred>],
    ) -> BoxFuture<'a, Result<(), SinkError>> {
        Box::pin(async {
            let sent = self.send(occurrences).await;
            sent.map_err(|fault| fault.for_outlet(&self.settings))
        })
    }
}

/// Without the address, which may hold a password.
impl fmt::Debug for NatsSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NatsSink")
            .field(&self.settings.subject)
            .finish()
    }
}
