//! What a server is asked.

use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

use redis::Cmd;
use wirehub_broker::meeting::Ahead;

use crate::{
    RedisSettings,
    appends::{Appends, Publication},
    group::Spoken,
    keys::Keys,
    layout::Layout,
    scripts::{ScriptName, Scripts, Subject},
    slot::Slot,
};

/// A command. What depends on the connection and on the moment is put in when it leaves.
#[derive(Debug)]
pub(crate) enum Command {
    /// A script with its keys and what follows the arguments that all of its kind have.
    Script(ScriptName, Vec<String>, Vec<Vec<u8>>),
    /// A publication.
    Append(Publication),
    /// Anything else about a key.
    Plain(String, Cmd),
    /// Anything else to whoever has a slot.
    Server(Slot, Cmd),
}

impl Command {
    /// Bytes of what it says.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Script(_, _, arguments) => arguments.iter().map(Vec::len).sum(),
            Self::Append(publication) => publication.bytes,
            Self::Plain(..) | Self::Server(..) => 0,
        }
    }

    /// Whether what it does must not be lost once it is answered.
    pub(crate) const fn is_kept(&self) -> bool {
        matches!(self, Self::Append(_) | Self::Script(ScriptName::Forget, ..))
    }
}

/// The lives that a command is said in.
#[derive(Clone, Copy, Debug)]
struct Eras<'a> {
    /// That of the server.
    now: &'a str,
    /// What is to be done with a topic that was last written in another one.
    other: OtherEra<'a>,
}

/// What is to be done with a topic that was last written in another life of a server.
#[derive(Clone, Copy, Debug)]
enum OtherEra<'a> {
    /// It begins an epoch.
    Begins,
    /// Nothing: which one it is, is answered.
    IsAsked,
    /// It goes on, if it is this one.
    GoesOn(&'a str),
}

/// What all commands have in common.
pub(crate) struct Phrases {
    pub(crate) scripts: Scripts,
    keys: Keys,
    ahead: Ahead,
    everyone: String,
    forget_after: String,
    epochs: RandomState,
    /// Commands that were said, so that each one has a number.
    said: AtomicU64,
}

impl Phrases {
    pub(crate) fn new(settings: &RedisSettings, keys: &Keys, ahead: Ahead) -> Self {
        Self {
            scripts: Scripts::new(),
            keys: keys.clone(),
            ahead,
            everyone: keys.everyone(),
            forget_after: settings.bounds.forget_after.as_millis().to_string(),
            epochs: RandomState::new(),
            said: AtomicU64::new(0),
        }
    }

    /// The slot that a command is about.
    pub(crate) fn slot(&self, command: &Command, layout: &Layout) -> Slot {
        match command {
            Command::Script(_, keys, _) => layout.slot(keys.first().map_or("", String::as_str)),
            Command::Append(publication) if layout.is_cluster() => {
                Slot::of(&self.keys.channel(&publication.topic))
            }
            Command::Append(_) => Slot::ONLY,
            Command::Plain(key, _) => layout.slot(key),
            Command::Server(slot, _) => *slot,
        }
    }

    /// What is said, as it is sent to a server.
    pub(crate) fn say(&self, spoken: &Spoken<'_>, is_cluster: bool, now: &str) -> Cmd {
        let origin = match spoken {
            Spoken::Alone(item) => item.origin.as_deref(),
            Spoken::Appends(_, origin) => *origin,
        };
        let other = match origin {
            _ if !is_cluster => OtherEra::Begins,
            None => OtherEra::IsAsked,
            Some("") => OtherEra::Begins,
            Some(era) => OtherEra::GoesOn(era),
        };
        let eras = Eras { now, other };
        match spoken {
            Spoken::Alone(item) => self.say_alone(&item.command, eras),
            Spoken::Appends(appends, _) => self.say_appends(appends, eras),
        }
    }

    fn say_alone(&self, command: &Command, eras: Eras<'_>) -> Cmd {
        match command {
            Command::Plain(_, command) | Command::Server(_, command) => command.clone(),
            Command::Script(name, keys, arguments) => {
                let mut said = self.begin(*name, keys, eras);
                for argument in arguments {
                    said.arg(argument.as_slice());
                }
                said
            }
            Command::Append(publication) => self.say_appends(&Appends::one(publication), eras),
        }
    }

    fn say_appends(&self, appends: &Appends<'_>, eras: Eras<'_>) -> Cmd {
        let keys = self.keys.publications(appends.topic());
        let mut said = self.begin(ScriptName::Append, &keys, eras);
        for argument in appends.arguments() {
            said.arg(argument);
        }
        said
    }

    /// What all scripts about a subject are told first.
    fn begin(&self, name: ScriptName, keys: &[String], eras: Eras<'_>) -> Cmd {
        let mut said = redis::cmd("EVALSHA");
        said.arg(self.scripts.hash(name)).arg(keys.len()).arg(keys);
        let ahead = self.ahead.millis();
        match name.subject() {
            Subject::Topic => {
                let epoch = self
                    .epochs
                    .hash_one(self.said.fetch_add(1, Ordering::Relaxed));
                said.arg(ahead);
                match eras.other {
                    OtherEra::Begins => said.arg(eras.now),
                    OtherEra::IsAsked => said.arg(format!("{} ?", eras.now)),
                    OtherEra::GoesOn(era) => said.arg(format!("{} {era}", eras.now)),
                };
                said.arg(epoch).arg(&self.forget_after);
            }
            Subject::Crowd | Subject::Stay => {}
            Subject::Nodes => {
                said.arg(ahead).arg(&self.everyone);
            }
        }
        said
    }
}
