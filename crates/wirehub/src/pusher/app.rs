//! One application that speaks Pusher.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use wirehub_model::{Capabilities, Secret, TopicError, TopicFilter};
use wirehub_protocol::pusher::Scope;

use super::signature::Signer;

/// What is said of an app in the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppSettings {
    /// What its servers put into paths.
    pub id: String,
    /// What its clients put into the path, and everybody into signatures. It is no secret.
    pub key: String,
    /// What its servers sign with.
    pub secret: Secret,
    /// Whose channels these are.
    pub scope: Scope,
    /// The topics within the scope that its clients may hear without a signature, as public
    /// channels. Without any: all of a scope that has a name, and of the whole hub those that a
    /// namespace lets everybody hear.
    pub public: Vec<TopicFilter>,
    /// Whether clients may speak to each other on private and presence channels.
    pub client_events: bool,
    /// How many connections it may have; `None` for as many as the hub has.
    pub connections: Option<usize>,
    /// Bytes of an event's data.
    pub payload_bytes: usize,
}

impl AppSettings {
    /// Bytes of an event's data when nobody says otherwise, as Pusher has it.
    pub const PAYLOAD_BYTES: usize = 10 * 1024;

    /// An app that may do what an app of Pusher may, on topics of the whole hub.
    #[must_use]
    pub const fn new(id: String, key: String, secret: Secret, scope: Scope) -> Self {
        Self {
            id,
            key,
            secret,
            scope,
            public: Vec::new(),
            client_events: false,
            connections: None,
            payload_bytes: Self::PAYLOAD_BYTES,
        }
    }

    /// What its clients may do without a signature.
    pub(super) fn capabilities(&self) -> Result<Capabilities, TopicError> {
        let subscribe = match self.scope.name() {
            None => self.public.clone(),
            Some(name) if self.public.is_empty() => {
                vec![TopicFilter::parse(&format!("~{name}/#"))?]
            }
            Some(name) => {
                let within = |filter: &TopicFilter| {
                    TopicFilter::parse(&format!("~{name}/{}", filter.as_str()))
                };
                self.public.iter().map(within).collect::<Result<_, _>>()?
            }
        };
        Ok(Capabilities {
            subscribe,
            ..Capabilities::default()
        })
    }
}

/// An app at work: its settings, its secret ready to check with, and how many connections it has.
#[derive(Debug)]
pub struct App {
    settings: AppSettings,
    signer: Signer,
    capabilities: Arc<Capabilities>,
    open: Arc<AtomicUsize>,
}

/// A place among the connections of an app; dropping it makes room.
#[derive(Debug)]
pub(crate) struct Seat(Arc<AtomicUsize>);

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl App {
    /// Takes over from an app of the same id, whose connections go on.
    pub(super) fn new(settings: AppSettings, before: Option<&Self>) -> Self {
        Self {
            signer: Signer::new(&settings.secret),
            // Whoever made the list of apps has checked this.
            capabilities: Arc::new(settings.capabilities().unwrap_or_default()),
            open: before.map(|app| Arc::clone(&app.open)).unwrap_or_default(),
            settings,
        }
    }

    /// What is said of it in the settings.
    #[must_use]
    pub const fn settings(&self) -> &AppSettings {
        &self.settings
    }

    /// How many connections it has.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// A place for one more connection; none when the app has as many as it may.
    pub(crate) fn take_seat(&self) -> Option<Seat> {
        let seat = Seat(Arc::clone(&self.open));
        // The seat that is given back when there was no room is the one that was taken here.
        let taken = self.open.fetch_add(1, Ordering::Relaxed);
        let most = self.settings.connections.unwrap_or(usize::MAX);
        (taken < most).then_some(seat)
    }

    /// The signature of a request's or a webhook's text, in hexadecimal.
    #[must_use]
    pub fn sign(&self, text: &[u8]) -> String {
        self.signer.sign(text)
    }

    pub(super) const fn signer(&self) -> &Signer {
        &self.signer
    }

    pub(super) const fn capabilities(&self) -> &Arc<Capabilities> {
        &self.capabilities
    }

    /// Checks a signature with the key in front, as clients present it.
    pub(super) fn has_signed(&self, text: &str, auth: &Secret) -> bool {
        let parts = auth.expose().split_once(':');
        parts.is_some_and(|(key, signature)| {
            key == self.settings.key && self.signer.proves(text.as_bytes(), signature)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(connections: Option<usize>) -> App {
        let secret = Secret::new("secret".to_owned());
        let settings = AppSettings {
            connections,
            ..AppSettings::new("1".to_owned(), "key".to_owned(), secret, Scope::default())
        };
        App::new(settings, None)
    }

    #[test]
    fn a_signature_is_good_for_one_text_and_key() {
        let app = app(None);
        let signature = app.sign(b"1.2:private-a");
        let auth = |text: String| Secret::new(text);
        let fine = auth(format!("key:{signature}"));
        assert!(app.has_signed("1.2:private-a", &fine));
        assert!(!app.has_signed("1.3:private-a", &fine));
        for bad in [
            signature.clone(),
            format!("other:{signature}"),
            "key:".to_owned(),
        ] {
            assert!(!app.has_signed("1.2:private-a", &auth(bad)));
        }
    }

    #[test]
    fn public_channels_are_those_of_the_scope() {
        let secret = Secret::new("secret".to_owned());
        let filters = |scope: &str, public: &[&str]| {
            let scope = Scope::named(scope).unwrap_or_default();
            let public = public.iter().map(|text| TopicFilter::parse(text).unwrap());
            let settings = AppSettings {
                public: public.collect(),
                ..AppSettings::new("1".to_owned(), "key".to_owned(), secret.clone(), scope)
            };
            let subscribe = settings.capabilities().unwrap().subscribe;
            let subscribe = subscribe.iter().map(ToString::to_string);
            subscribe.collect::<Vec<_>>()
        };
        assert!(filters("", &[]).is_empty());
        assert_eq!(filters("", &["news/#"]), ["news/#"]);
        assert_eq!(filters("shop", &[]), ["~shop/#"]);
        assert_eq!(filters("shop", &["news/#"]), ["~shop/news/#"]);
    }

    #[test]
    fn seats_are_counted_and_given_back() {
        let app = app(Some(1));
        let seat = app.take_seat();
        assert!(seat.is_some() && app.take_seat().is_none());
        assert_eq!(app.connections(), 1);
        drop(seat);
        assert!(app.take_seat().is_some());
        assert_eq!(app.connections(), 0);
    }
}
