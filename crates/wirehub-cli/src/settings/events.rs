//! Who is told what happens, checked.

use std::{path::PathBuf, sync::Arc};

use wirehub::{
    events::{
        EventSink, Journal, JournalSettings, OccurrenceKind, OccurrenceKinds, OutletSettings,
        Outlets, Selection, Source, Webhook, WebhookSettings,
    },
    pusher::{AppWebhook, Apps},
};

use super::{Checks, sinks};
use crate::{
    catalogue,
    lists::Texts,
    raw_settings::{RawAppWebhook, RawEventFile, RawSettings, RawWebhook},
    span::Span,
};

/// Who is told, and where those letters go that nobody takes.
#[derive(Clone, Debug)]
pub(crate) struct EventSettings {
    source: String,
    dead_letters: Option<PathBuf>,
    sinks: Vec<Told>,
    files: Vec<(OutletSettings, JournalSettings)>,
}

/// The most lines that are written at once.
const LINES: usize = 1_000;

/// Somebody who is told over a network, and the way there.
pub(super) type Told = (OutletSettings, Arc<dyn EventSink>);

/// Checks the table, each of its entries, and the webhooks of Pusher's apps.
pub(super) fn events(raw: &RawSettings, apps: &Apps, checks: &mut Checks<'_>) -> EventSettings {
    let of_apps = raw.pusher.webhooks.iter();
    let of_apps: Vec<Told> = of_apps
        .filter_map(|entry| app_webhook(entry, apps, checks))
        .collect();
    let raw = &raw.events;
    let dead_letters = Some(&raw.dead_letters).filter(|path| !path.is_empty());
    let webhooks = raw.webhooks.iter();
    let webhooks = webhooks.filter_map(|entry| webhook(entry, checks));
    let webhooks: Vec<Told> = webhooks.collect();
    let files = raw.files.iter().map(|entry| file(entry, checks)).collect();
    EventSettings {
        source: raw.source.clone(),
        dead_letters: dead_letters.map(PathBuf::from),
        sinks: [webhooks, of_apps, sinks::sinks(raw, checks)].concat(),
        files,
    }
}

fn app_webhook(raw: &RawAppWebhook, apps: &Apps, checks: &mut Checks<'_>) -> Option<Told> {
    let place = format!("`pusher.webhooks` {:?}", raw.app);
    if apps.by_id(&raw.app).is_none() {
        checks.fault(format!("{place}: there is no `pusher.apps` with this `id`"));
    }
    let names = AppWebhook::EVENTS.map(|(name, _)| name);
    let wanted: Vec<&str> = match raw.events.0.is_empty() {
        true => names.to_vec(),
        false => raw.events.0.iter().map(String::as_str).collect(),
    };
    let kinds = AppWebhook::kinds(wanted).map_err(|name| no_events(name, names));
    let (apps, app) = (apps.clone(), raw.app.clone());
    let webhook = AppWebhook::new(apps, app, &raw.url, raw.timeout.0, raw.plain_http);
    let webhook = webhook.map_err(|error| error.to_string());
    match kinds.and_then(|kinds| Ok((kinds, webhook?))) {
        Ok((kinds, webhook)) => {
            let topics = Vec::new();
            let name = format!("pusher-{}", raw.app);
            let outlet = outlet(
                name,
                Selection::of(kinds, topics),
                raw.queue,
                raw.give_up_after,
            );
            Some((outlet, Arc::new(webhook)))
        }
        Err(error) => {
            checks.fault(format!("{place}: {error}"));
            None
        }
    }
}

fn webhook(raw: &RawWebhook, checks: &mut Checks<'_>) -> Option<Told> {
    let selection = selection("events.webhooks", &raw.kinds, &raw.topics, checks);
    let secrets = [&raw.secret, &raw.previous_secret];
    let secrets = secrets.into_iter().filter(|secret| !secret.is_empty());
    let webhook = Webhook::new(&WebhookSettings {
        url: raw.url.clone(),
        secrets: secrets.map(|secret| secret.secret()).collect(),
        timeout: raw.timeout.0,
        plain_http: raw.plain_http,
    });
    let outlet = outlet(raw.name.clone(), selection, raw.queue, raw.give_up_after);
    match webhook {
        Ok(webhook) => Some((outlet, Arc::new(webhook))),
        Err(error) => {
            checks.fault(format!("`events.webhooks` {:?}: {error}", raw.name));
            None
        }
    }
}

pub(super) fn outlet(
    name: String,
    selection: Selection,
    queue: usize,
    give_up_after: Span,
) -> OutletSettings {
    OutletSettings {
        queue,
        give_up_after: give_up_after.0,
        ..OutletSettings::new(name, selection)
    }
}

fn file(raw: &RawEventFile, checks: &mut Checks<'_>) -> (OutletSettings, JournalSettings) {
    let selection = selection("events.files", &raw.kinds, &raw.topics, checks);
    let journal = JournalSettings {
        max_bytes: raw.max_bytes.0 as u64,
        keep: raw.keep,
        ..JournalSettings::new(&raw.path)
    };
    let outlet = OutletSettings {
        batch: LINES,
        ..OutletSettings::new(&raw.path, selection)
    };
    (outlet, journal)
}

pub(super) fn selection(
    list: &str,
    kinds: &Texts,
    topics: &Texts,
    checks: &mut Checks<'_>,
) -> Selection {
    let most = OccurrenceKind::ALL.into_iter();
    let most = most.filter(|kind| !OccurrenceKinds::BY_NAME.has(*kind));
    let named = kinds.0.iter().filter_map(|name| {
        let kind = OccurrenceKind::named(name);
        if kind.is_none() {
            let known = OccurrenceKind::ALL.map(OccurrenceKind::name);
            checks.fault(format!("`{list}`: {}", no_events(name, known)));
        }
        kind
    });
    let kinds: OccurrenceKinds = match kinds.0.is_empty() {
        true => most.collect(),
        false => named.collect(),
    };
    Selection::of(kinds, checks.filters(list, topics))
}

/// That a name is none, with the nearest that is one.
fn no_events<const N: usize>(name: &str, known: [&'static str; N]) -> String {
    let nearest = catalogue::nearest(name, known.into_iter());
    let hint = nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
    format!("no events are called {name:?}{hint}")
}

impl EventSettings {
    /// Opens the files, and puts everything together.
    ///
    /// # Errors
    /// Which file cannot be opened, and why.
    pub(crate) fn outlets(&self) -> Result<Outlets, String> {
        let open = |settings: JournalSettings| {
            let path = settings.path.display().to_string();
            let journal = Journal::open(settings);
            let journal = journal.map_err(|error| format!("failed to open {path}: {error}"));
            journal.map(Arc::new)
        };
        let dead_letters = self.dead_letters.as_ref();
        let dead_letters = dead_letters.map(|path| open(JournalSettings::new(path)));
        let dead_letters = dead_letters.transpose()?;
        let mut outlets = Outlets::new(Source::of_this_run(&self.source));
        for (outlet, sink) in &self.sinks {
            let outlet = OutletSettings {
                dead_letters: dead_letters.clone(),
                ..outlet.clone()
            };
            outlets.add(outlet, Arc::clone(sink));
        }
        for (outlet, journal) in &self.files {
            outlets.add(outlet.clone(), open(journal.clone())?);
        }
        Ok(outlets)
    }
}
