//! A configuration of Centrifugo (version 6), translated into settings of ours.
//!
//! What a file sets goes one of three ways: it becomes a setting, or it needs none because it is as
//! Centrifugo has it when nobody says, or it is named with what to do instead. Nothing that was set
//! is passed over in silence.

mod advice;
mod channels;
mod clients;
mod document;
mod draft;
mod known;
mod note;
mod servers;
mod source;

use std::path::Path;

pub(crate) use self::note::Note;
use self::{document::read, draft::Draft, source::Source};
use crate::fault::Faults;

/// What a configuration comes to.
#[derive(Debug)]
pub(crate) struct Import {
    /// Settings in TOML.
    pub(crate) settings: String,
    /// What was set and is not among them.
    pub(crate) notes: Vec<Note>,
}

/// Translates the text of a file, whose name says how it is written.
pub(crate) fn import(path: &Path, text: &str) -> Result<Import, Faults> {
    let values = read(path, text)?;
    let mut source = Source::new(&values);
    let mut draft = Draft::default();
    servers::translate(&mut source, &mut draft);
    clients::translate(&mut source, &mut draft);
    channels::translate(&mut source, &mut draft);
    draft.keep_what_passes();
    let mut notes = source.notes();
    notes.append(&mut draft.notes);
    notes.sort();
    notes.dedup();
    let name = path.file_name().unwrap_or(path.as_os_str());
    let settings = draft.toml(&name.to_string_lossy());
    Ok(Import { settings, notes })
}

#[cfg(test)]
mod tests;
