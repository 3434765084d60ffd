//! Who is told what happens, checked.

use std::{path::PathBuf, sync::Arc};

use wirehub::events::{
    Journal, JournalSettings, OccurrenceKind, OccurrenceKinds, OutletSettings, Outlets, Selection,
    Source, Webhook, WebhookSettings,
};

use super::Checks;
use crate::{
    lists::Texts,
    raw_settings::{RawEventFile, RawEvents, RawWebhook},
};

/// Who is told, and where those letters go that nobody takes.
#[derive(Clone, Debug)]
pub(crate) struct EventSettings {
    source: String,
    dead_letters: Option<PathBuf>,
    webhooks: Vec<(OutletSettings, Arc<Webhook>)>,
    files: Vec<(OutletSettings, JournalSettings)>,
}

/// Checks the table and each of its entries.
pub(super) fn events(raw: &RawEvents, checks: &mut Checks<'_>) -> EventSettings {
    let dead_letters = Some(&raw.dead_letters).filter(|path| !path.is_empty());
    let webhooks = raw.webhooks.iter();
    let webhooks = webhooks
        .filter_map(|entry| webhook(entry, checks))
        .collect();
    let files = raw.files.iter().map(|entry| file(entry, checks)).collect();
    EventSettings {
        source: raw.source.clone(),
        dead_letters: dead_letters.map(PathBuf::from),
        webhooks,
        files,
    }
}

fn webhook(raw: &RawWebhook, checks: &mut Checks<'_>) -> Option<(OutletSettings, Arc<Webhook>)> {
    let selection = selection("events.webhooks", &raw.kinds, &raw.topics, checks);
    let secrets = [&raw.secret, &raw.previous_secret];
    let secrets = secrets.into_iter().filter(|secret| !secret.is_empty());
    let webhook = Webhook::new(&WebhookSettings {
        url: raw.url.clone(),
        secrets: secrets.map(|secret| secret.secret()).collect(),
        timeout: raw.timeout.0,
        plain_http: raw.plain_http,
    });
    let outlet = OutletSettings {
        queue: raw.queue,
        give_up_after: raw.give_up_after.0,
        ..OutletSettings::new(&raw.name, selection)
    };
    match webhook {
        Ok(webhook) => Some((outlet, Arc::new(webhook))),
        Err(error) => {
            checks.fault(format!("`events.webhooks` {:?}: {error}", raw.name));
            None
        }
    }
}

fn file(raw: &RawEventFile, checks: &mut Checks<'_>) -> (OutletSettings, JournalSettings) {
    let selection = selection("events.files", &raw.kinds, &raw.topics, checks);
    let journal = JournalSettings {
        max_bytes: raw.max_bytes.0 as u64,
        keep: raw.keep,
        ..JournalSettings::new(&raw.path)
    };
    (OutletSettings::new(&raw.path, selection), journal)
}

fn selection(list: &str, kinds: &Texts, topics: &Texts, checks: &mut Checks<'_>) -> Selection {
    let most = OccurrenceKind::ALL.into_iter();
    let most = most.filter(|kind| *kind != OccurrenceKind::Published);
    let named = kinds.0.iter().filter_map(|name| {
        let kind = OccurrenceKind::named(name);
        if kind.is_none() {
            let known = OccurrenceKind::ALL.map(OccurrenceKind::name).into_iter();
            let nearest = crate::catalogue::nearest(name, known);
            let hint = nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
            checks.fault(format!("`{list}`: no events are called {name:?}{hint}"));
        }
        kind
    });
    let kinds: OccurrenceKinds = match kinds.0.is_empty() {
        true => most.collect(),
        false => named.collect(),
    };
    Selection {
        kinds,
        topics: checks.filters(list, topics),
    }
}

impl EventSettings {
    /// Opens the files, and puts everything together.
    ///
    /// # Errors
    /// Which file cannot be opened, and why.
    pub(crate) fn outlets(&self, run: u64) -> Result<Outlets, String> {
        let open = |settings: JournalSettings| {
            let path = settings.path.display().to_string();
            let journal = Journal::open(settings);
            let journal = journal.map_err(|error| format!("failed to open {path}: {error}"));
            journal.map(Arc::new)
        };
        let dead_letters = self.dead_letters.as_ref();
        let dead_letters = dead_letters.map(|path| open(JournalSettings::new(path)));
        let dead_letters = dead_letters.transpose()?;
        let mut outlets = Outlets::new(Source::new(&self.source, run));
        for (outlet, webhook) in &self.webhooks {
            let outlet = OutletSettings {
                dead_letters: dead_letters.clone(),
                ..outlet.clone()
            };
            outlets.add(outlet, Arc::clone(webhook) as _);
        }
        for (outlet, journal) in &self.files {
            outlets.add(outlet.clone(), open(journal.clone())?);
        }
        Ok(outlets)
    }
}
