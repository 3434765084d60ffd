//! What the server is asked.

use redis::Cmd;
use wirehub_broker::meeting::Ahead;

use crate::{
    RedisSettings,
    appends::Appends,
    keys::Keys,
    scripts::{ScriptName, Scripts, Subject},
};

/// A command. What depends on the connection and on the moment is put in when it leaves.
pub(crate) enum Command {
    /// A script with its keys and what follows the arguments that all of its kind have.
    Script(ScriptName, Vec<String>, Vec<Vec<u8>>),
    /// Publications of a topic.
    Append(Appends),
    /// Anything else.
    Plain(Cmd),
}

/// What all commands have in common.
pub(crate) struct Phrases {
    pub(crate) scripts: Scripts,
    keys: Keys,
    ahead: Ahead,
    everyone: String,
    forget_after: String,
    epochs: std::hash::RandomState,
}

impl Phrases {
    pub(crate) fn new(settings: &RedisSettings, keys: &Keys, ahead: Ahead) -> Self {
        Self {
            scripts: Scripts::new(),
            keys: keys.clone(),
            ahead,
            everyone: keys.everyone(),
            forget_after: settings.forget_after.as_millis().to_string(),
            epochs: std::hash::RandomState::new(),
        }
    }

    /// The command as it is sent over a connection of this era; `number` is never the same.
    pub(crate) fn say(&self, command: &Command, era: &str, number: u64) -> Cmd {
        match command {
            Command::Plain(command) => command.clone(),
            Command::Script(name, keys, arguments) => {
                let mut said = self.begin(*name, keys, era, number);
                for argument in arguments {
                    said.arg(argument.as_slice());
                }
                said
            }
            Command::Append(appends) => {
                let keys = self.keys.publications(&appends.topic);
                let mut said = self.begin(ScriptName::Append, &keys, era, number);
                for argument in appends.arguments() {
                    said.arg(argument);
                }
                said
            }
        }
    }

    /// What all scripts about a subject are told first.
    fn begin(&self, name: ScriptName, keys: &[String], era: &str, number: u64) -> Cmd {
        let mut said = redis::cmd("EVALSHA");
        said.arg(self.scripts.hash(name)).arg(keys.len()).arg(keys);
        let ahead = self.ahead.millis();
        match name.subject() {
            Subject::Topic => {
                let epoch = std::hash::BuildHasher::hash_one(&self.epochs, number);
                said.arg(ahead).arg(era).arg(epoch);
                said.arg(&self.forget_after);
            }
            Subject::Crowd => {}
            Subject::Nodes => {
                said.arg(ahead).arg(&self.everyone);
            }
        }
        said
    }
}
